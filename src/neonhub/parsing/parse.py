"""The way in: bytes or a file to a ``ParsedDocument``, by the format's own module."""

from __future__ import annotations

import os
import stat
from importlib import import_module
from pathlib import Path, PurePath
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Protocol, cast

from neonhub.parsing.builder import Source
from neonhub.parsing.errors import (
    BrokenFile,
    EmptyFile,
    ParseError,
    TooLarge,
    UnreadableFile,
    UnsupportedType,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from neonhub.parsing.model import ParsedDocument

__all__ = ["DEFAULT_MAX_BYTES", "SUPPORTED", "mime_type_of", "parse_bytes", "parse_file"]

DEFAULT_MAX_BYTES: Final = 50 * 1024 * 1024

_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

SUPPORTED: Final[Mapping[str, str]] = MappingProxyType(
    {
        ".csv": "text/csv",
        ".docx": _DOCX,
        ".htm": "text/html",
        ".html": "text/html",
        ".json": "application/json",
        ".jsonl": "application/jsonl",
        ".log": "text/plain",
        ".markdown": "text/markdown",
        ".md": "text/markdown",
        ".ndjson": "application/x-ndjson",
        ".pdf": "application/pdf",
        ".rest": "text/x-rst",
        ".rst": "text/x-rst",
        ".text": "text/plain",
        ".tsv": "text/tab-separated-values",
        ".txt": "text/plain",
        ".xhtml": "application/xhtml+xml",
    }
)

_MODULES: Final[Mapping[str, str]] = {
    "text/csv": "tabular",
    "text/tab-separated-values": "tabular",
    _DOCX: "docx",
    "text/html": "html",
    "application/xhtml+xml": "html",
    "application/json": "json_records",
    "application/jsonl": "json_records",
    "application/x-jsonlines": "json_records",
    "application/x-ndjson": "json_records",
    "text/markdown": "markdown",
    "text/x-markdown": "markdown",
    "application/pdf": "pdf",
    "text/x-rst": "rst",
    "text/prs.fallenstein.rst": "rst",
    "text/plain": "text",
}
# What uploads say when they do not know: the name knows better.
_GENERIC = frozenset({"", "application/octet-stream", "binary/octet-stream"})


class _Format(Protocol):
    def parse(self, source: Source) -> ParsedDocument: ...


def mime_type_of(name: str) -> str | None:
    """The type that a file's suffix stands for; None where it is not read."""
    return SUPPORTED.get(PurePath(name).suffix.lower())


def parse_bytes(
    data: bytes, *, name: str, mime_type: str | None = None, max_bytes: int = DEFAULT_MAX_BYTES
) -> ParsedDocument:
    """Read a file's content.

    Args:
        data: the content, whole.
        name: path or file name: it decides the type where ``mime_type`` does not, gives the
            title where the content has none, and stands in messages.
        mime_type: as in a Content-Type header; a ``charset`` parameter is heeded.
        max_bytes: larger content is refused.

    Raises:
        ParseError: one of its kinds, whatever is wrong with the content.
    """
    name = _printable(name)
    source = _source(data, name, mime_type)
    if len(data) > max_bytes:
        raise TooLarge(name=name, what="content", size=len(data), limit=max_bytes)
    if not data.strip():
        raise EmptyFile(name=name)
    reader = cast("_Format", import_module(f"neonhub.parsing.formats.{_MODULES[source.mime_type]}"))
    try:
        document = reader.parse(source)
    except ParseError:
        raise
    except RecursionError as error:
        raise BrokenFile(name=name, where="", reason="it is nested too deeply") from error
    except Exception as error:
        # The libraries raise whatever they stumble over; one bad file must not end a run.
        said = str(error)[:300].rstrip(".")
        reason = f"{type(error).__name__}: {said}" if said else type(error).__name__
        raise BrokenFile(name=name, where="", reason=_printable(reason)) from error
    if not document.blocks:
        raise EmptyFile(name=name)
    return document


def parse_file(path: Path, *, max_bytes: int = DEFAULT_MAX_BYTES) -> ParsedDocument:
    """Read a file from disk; a larger one than ``max_bytes`` is refused without reading it.

    Raises:
        ParseError: also where the file cannot be opened.
    """
    name = _printable(os.fspath(path))
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            # Opening a named pipe would wait for a writer, for ever.
            raise UnreadableFile(name=name, reason="it is not a regular file")
        if status.st_size > max_bytes:
            raise TooLarge(name=name, what="content", size=status.st_size, limit=max_bytes)
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UnreadableFile(name=name, reason=reason) from error
    return parse_bytes(data, name=name, max_bytes=max_bytes)


def _source(data: bytes, name: str, mime_type: str | None) -> Source:
    stated, _, parameters = (mime_type or "").partition(";")
    stated = stated.strip().lower()
    known = mime_type_of(name)
    kind = known if stated in _GENERIC else stated
    if kind == "text/plain" and known is not None:
        kind = known  # servers send Markdown, CSV and the like as text/plain
    if kind is None or kind not in _MODULES:
        shown = kind or PurePath(name).suffix or "no suffix"
        raise UnsupportedType(name=name, type=shown, known=" ".join(SUPPORTED))
    charset = None
    for parameter in parameters.split(";"):
        key, _, value = parameter.partition("=")
        if key.strip().lower() == "charset":
            charset = value.strip(" \t\"'")
    return Source(data=data, name=name, mime_type=kind, charset=charset)


def _printable(name: str) -> str:
    """Bytes in a file name that are no UTF-8 reach Python as lone surrogates: show them as ?."""
    return name.encode("utf-8", "replace").decode("utf-8")
