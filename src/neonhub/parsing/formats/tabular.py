"""CSV and TSV: each row a block of ``field: value`` lines."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from neonhub.parsing.builder import Builder
from neonhub.parsing.encoding import decode
from neonhub.parsing.errors import BrokenFile
from neonhub.parsing.model import ParsedRecord

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neonhub.parsing.builder import Source
    from neonhub.parsing.model import ParsedDocument

__all__ = ["parse", "records"]

_DELIMITERS = ",;\t|"
_SAMPLE_LINES = 50
_SAMPLE_CHARS = 16_384


def parse(source: Source) -> ParsedDocument:
    """One block a row; metadata: ``encoding``, ``delimiter``, ``columns``, ``rows``."""
    text, encoding = decode(source)
    delimiter = _delimiter(text, source.mime_type)
    builder = Builder()
    count, columns = 0, list[str]()
    for record in records(text, delimiter=delimiter, name=source.name):
        count = record.number
        columns = columns or [name for name, _ in record.fields]
        builder.add("list", record.text)
    metadata = {"encoding": encoding, "delimiter": delimiter, "columns": columns, "rows": count}
    return builder.build(source, title=source.stem, metadata=metadata)


def records(text: str, *, delimiter: str, name: str) -> Iterator[ParsedRecord]:
    """The rows below the header; columns without a name are called ``column 3``.

    Raises:
        BrokenFile: a quote that never ends, or a field too large; the message names row and line.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header: list[str] | None = None
    number = 0
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            where = f" (row {number + 1}, line {reader.line_num})"
            raise BrokenFile(name=name, where=where, reason=str(error)) from error
        cells = [" ".join(cell.split()) for cell in row]
        if not any(cells):
            continue
        if header is None:
            header = cells if _is_header(cells) else []
            if header:
                continue
        number += 1
        names = (header[i] if i < len(header) else "" for i in range(len(cells)))
        fields = ((field or f"column {i}") for i, field in enumerate(names, 1))
        yield ParsedRecord(number, reader.line_num, tuple(zip(fields, cells, strict=True)))


def _is_header(cells: list[str]) -> bool:
    """Names are there, differ, and are no numbers."""
    return all(cells) and len(set(cells)) == len(cells) and not any(map(_is_number, cells))


def _is_number(cell: str) -> bool:
    return cell.lstrip("+-").replace(".", "").replace(",", "").replace("%", "").isdigit()


def _delimiter(text: str, mime_type: str) -> str:
    """The one that cuts the first lines into the same number of fields; a tie goes to the most.

    ``csv.Sniffer`` guesses letters as delimiters and takes minutes on some quoted text.
    """
    if mime_type == "text/tab-separated-values":
        return "\t"
    sample = text[:_SAMPLE_CHARS]
    best, best_score = ",", (0.0, 0)
    for delimiter in _DELIMITERS:
        lines = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
        widths: list[int] = []
        try:
            for row, _ in zip(lines, range(_SAMPLE_LINES), strict=False):
                if row:
                    widths.append(len(row))
        except csv.Error:
            continue
        if len(sample) < len(text) and len(widths) > 1:
            widths.pop()  # the sample may end within a row
        width = max(set(widths), key=widths.count, default=1)
        score = (widths.count(width) / len(widths), width) if width > 1 else (0.0, 0)
        if score > best_score:
            best, best_score = delimiter, score
    return best
