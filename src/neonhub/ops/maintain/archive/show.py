"""Archived rows, read again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from neonhub.db.errors import InvalidInput
from neonhub.ops.maintain.archive.files import ArchiveDamaged, read_rows, version_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Archived", "check", "rows_of"]


@dataclass(frozen=True, slots=True)
class Archived:
    """A file of the archive that is as its manifest says."""

    path: Path
    rows: int


def check(path: Path) -> list[Archived]:
    """Every file at or below ``path``, held against its manifest.

    Raises ``ArchiveDamaged`` for the first that is not as it was written, ``InvalidInput`` where
    there is none.
    """
    made = []
    for each in _files(path):
        version = version_of(each)
        if version is None:
            raise ArchiveDamaged(path=each, reason="it is missing")
        made.append(Archived(each, version.rows))
    return made


def rows_of(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of every file at or below ``path``; JSON columns as what they stand for."""
    import orjson

    for each in check(path):
        for chunk in read_rows(each.path):
            as_json = [
                field.name
                for field in chunk.schema
                if (field.metadata or {}).get(b"postgresql") in {b"jsonb", b"json"}
            ]
            for row in chunk.to_pylist():
                for name in as_json:
                    row[name] = None if row[name] is None else orjson.loads(row[name])
                yield {key: _plain(value) for key, value in row.items()}


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    found = sorted(each for each in path.rglob("*.parquet") if not each.name.startswith("."))
    if not found:
        raise InvalidInput(field="PATH", reason=f"there is no archive at {path}")
    return found


def _plain(value: Any) -> Any:
    """Bytes as PostgreSQL writes them."""
    return rf"\x{value.hex()}" if isinstance(value, bytes) else value
