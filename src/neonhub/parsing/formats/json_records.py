"""JSON and JSON lines: each object a block of ``field: value`` lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from neonhub.parsing.builder import Builder
from neonhub.parsing.encoding import decode
from neonhub.parsing.errors import BrokenFile
from neonhub.parsing.model import ParsedRecord

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neonhub.parsing.builder import Source
    from neonhub.parsing.model import ParsedDocument

__all__ = ["parse", "records"]

# Deeper names repeat themselves for every value below them: a small file could grow without end.
_NAME_PARTS, _PART_CHARS = 4, 60


def parse(source: Source) -> ParsedDocument:
    """One block an object; a ``.json`` file is one object or an array of them."""
    text, encoding = decode(source)
    builder = Builder()
    count, title = 0, None
    for record in records(text, lines=source.mime_type != "application/json", name=source.name):
        count = record.number
        if count == 1:
            title = next((v for k, v in record.fields if k.lower() in ("title", "name")), None)
        builder.add("list", record.text)
    metadata = {"encoding": encoding, "records": count}
    title = title if count == 1 and title else source.stem
    return builder.build(source, title=title, metadata=metadata)


def records(text: str, *, lines: bool, name: str) -> Iterator[ParsedRecord]:
    """The objects, nested ones flattened to ``outer.inner`` fields.

    Raises:
        BrokenFile: not JSON; the message names the line.
    """
    if not lines:
        value = _loads(text, name, 1)
        for number, item in enumerate(value if isinstance(value, list) else [value], 1):
            yield ParsedRecord(number, 1, _flatten(item))
        return
    number = 0
    for line, content in enumerate(text.split("\n"), 1):
        if content.strip():
            number += 1
            yield ParsedRecord(number, line, _flatten(_loads(content, name, line)))


def _loads(content: str, name: str, line: int) -> Any:
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError as error:
        where = f" (line {line + error.lineno - 1}, column {error.colno})"
        raise BrokenFile(name=name, where=where, reason=error.msg) from error


def _flatten(value: Any) -> tuple[tuple[str, str], ...]:
    """Scalars by their path, lists of scalars on one line; null is left out."""
    fields: list[tuple[str, str]] = []
    stack: list[tuple[tuple[str, ...], Any]] = [((), value)]
    while stack:
        path, item = stack.pop()
        if isinstance(item, dict):
            entries = [((*path, key[:_PART_CHARS])[-_NAME_PARTS:], v) for key, v in item.items()]
            stack.extend(reversed(entries))
        elif isinstance(item, list):
            if not any(isinstance(entry, dict | list) for entry in item):
                fields.append((_name(path), ", ".join(_scalar(entry) for entry in item)))
            else:
                stack.extend((path, entry) for entry in reversed(item))
        elif item is not None:
            fields.append((_name(path), _scalar(item)))
    return tuple(fields)


def _name(path: tuple[str, ...]) -> str:
    return ".".join(path) or "value"


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value).strip()
