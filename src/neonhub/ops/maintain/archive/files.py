"""An archive on disk: a file a table, tenant and month, and beside each what it should be.

``audit_logs/organization=<id>/2025-10.parquet`` and ``2025-10.manifest.json``. A file is written
under another name, flushed, read back, and only then put in its place; the manifest that tells of
it comes a moment before, and says too what was there until then, so that whichever of the two a
killed run has left can be told from a file that somebody altered.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from neonhub.db.errors import NeonHubError
from neonhub.ops.maintain.archive.columns import arrow, same, schema_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from neonhub.ops.maintain.archive.columns import Column

__all__ = [
    "ArchiveDamaged",
    "ArchiveNotWritten",
    "Place",
    "Rows",
    "Version",
    "read_rows",
    "version_of",
]

FORMAT = 1
_PARTIAL = ".partial-"
_CHUNK = 65_536


class ArchiveDamaged(NeonHubError):
    """The archive {path} is damaged: {reason}."""

    hint = "Nothing was deleted. Put the file back from a copy, or move it and its manifest away."
    exit_code = 65


class ArchiveNotWritten(NeonHubError):
    """The archive {path} cannot be written: {reason}."""

    hint = "Nothing was deleted. Make room or give rights, then run it again."
    exit_code = 74


@dataclass(frozen=True, slots=True)
class Version:
    """A file's rows and its SHA-256."""

    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where the rows of one table, tenant and month are archived."""

    root: Path
    table: str
    tenant_column: str
    tenant: str
    month: str

    @property
    def folder(self) -> Path:
        """Of this table and tenant. An id is quoted: it is whatever somebody has inserted."""
        scope = self.tenant_column.removesuffix("_id")
        return self.root / self.table / f"{scope}={quote(self.tenant, safe='')}"

    @property
    def path(self) -> Path:
        """The Parquet file."""
        return self.folder / f"{self.month}.parquet"

    @property
    def manifest(self) -> Path:
        """What the file should be."""
        return manifest_of(self.path)

    def write(
        self, columns: Sequence[Column], keys: Sequence[str], chunks: Iterable[Any]
    ) -> Iterator[Any]:
        """Put ``chunks`` of rows into the file, before those that are in it already.

        A row that is in it already, by its ``keys``, is there once: as it is now. Gives back the
        chunks as they are read from the file again. Raises ``ArchiveDamaged`` and
        ``ArchiveNotWritten``, which leave the file as it was.
        """
        before = version_of(self.path)
        partial = self.folder / f"{_PARTIAL}{self.month}.parquet"
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            new, old = self._write(partial, columns, keys, chunks, before)
            self._commit(partial, columns, Version(new + old, _sha256(partial)), before)
        except OSError as error:
            with contextlib.suppress(OSError):
                partial.unlink(missing_ok=True)
            reason = error.strerror or str(error)
            raise ArchiveNotWritten(path=self.path, reason=reason) from error
        return read_rows(self.path, first=new)

    def found(self, rows: Any, keys: Sequence[str]) -> Any | None:
        """The rows of the file with the keys of ``rows``; None where there is no file."""
        pa = arrow()
        from pyarrow import compute as pc

        if version_of(self.path) is None:
            return None
        wanted = _key(rows, keys)
        parts = [
            _fitted(chunk, rows.schema).filter(pc.is_in(_key(chunk, keys), value_set=wanted))
            for chunk in read_rows(self.path)
        ]
        return pa.concat_tables(parts) if parts else rows.schema.empty_table()

    def not_the_same(self) -> ArchiveNotWritten:
        """The error of a file that says other than was written."""
        return ArchiveNotWritten(path=self.path, reason="what was read back is not the same")

    def _write(
        self,
        partial: Path,
        columns: Sequence[Column],
        keys: Sequence[str],
        chunks: Iterable[Any],
        before: Version | None,
    ) -> tuple[int, int]:
        """Write and read back; how many rows are new and how many were there."""
        pa = arrow()
        from pyarrow import parquet as pq

        about = {"neonhub.table": self.table, "neonhub.month": self.month}
        schema = schema_of(columns, about)
        if before is not None:
            schema = self._united(schema)
        seen: list[Any] = []
        new = 0
        with pq.ParquetWriter(
            partial, schema, compression="zstd", write_page_checksum=True
        ) as writer:
            for chunk in chunks:
                new += chunk.num_rows
                seen.append(_key(chunk, keys))
                writer.write_table(_fitted(chunk, schema))
            known = pa.chunked_array(seen, pa.string())
            old = 0
            for chunk in self._kept(before, keys, known):
                old += chunk.num_rows
                writer.write_table(_fitted(chunk, schema))
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        self._check_old(partial, new, self._kept(before, keys, known), schema)
        return new, old

    def _united(self, schema: Any) -> Any:
        """The schema of what is there and what comes: a table may have gained columns since."""
        pa = arrow()
        from pyarrow import parquet as pq

        try:
            return pa.unify_schemas([schema, pq.read_schema(self.path)])
        except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
            reason = f"its columns are not the table's ({str(error).partition(chr(10))[0]})"
            raise ArchiveDamaged(path=self.path, reason=reason) from error

    def _kept(self, before: Version | None, keys: Sequence[str], known: Any) -> Iterator[Any]:
        """The rows that are there and are not among the ``known`` ones."""
        from pyarrow import compute as pc

        if before is None:
            return
        for chunk in read_rows(self.path):
            stays = pc.invert(pc.is_in(_key(chunk, keys), value_set=known.combine_chunks()))
            kept = chunk.filter(stays)
            if kept.num_rows:
                yield kept

    def _check_old(self, partial: Path, skip: int, expected: Iterator[Any], schema: Any) -> None:
        """That rows of which this is the only copy are in the new file as they were."""
        pa = arrow()
        written = Rows(read_rows(partial, skip=skip))
        for chunk in expected:
            if not same(written.take(chunk.num_rows, schema), _fitted(chunk, schema)):
                raise self.not_the_same()
        if written.take(1, pa.schema(schema)).num_rows:
            raise ArchiveNotWritten(path=self.path, reason="more was read back than was written")

    def _commit(
        self, partial: Path, columns: Sequence[Column], made: Version, before: Version | None
    ) -> None:
        import orjson

        from neonhub import __version__

        body = {
            **{"format": FORMAT, "table": self.table, "month": self.month},
            self.tenant_column: self.tenant,
            **{"rows": made.rows, "sha256": made.sha256, "neonhub": __version__},
            "columns": {each.name: each.declared for each in columns},
            "written_at": dt.datetime.now(dt.UTC),
            "before": None if before is None else {"rows": before.rows, "sha256": before.sha256},
        }
        note = self.folder / f"{_PARTIAL}{self.month}.manifest.json"
        with note.open("wb") as file:
            file.write(orjson.dumps(body, option=orjson.OPT_INDENT_2) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        note.replace(self.manifest)
        sync_folder(self.folder)
        partial.replace(self.path)
        sync_folder(self.folder)


class Rows:
    """Chunks of whatever size, taken in sizes that somebody asks for."""

    def __init__(self, chunks: Iterator[Any]):
        self._chunks = chunks
        self._left: Any = None

    def take(self, number: int, schema: Any) -> Any:
        """The next ``number`` rows, or fewer at the end."""
        pa = arrow()
        parts, wanted = [], number
        while wanted:
            if self._left is None or not self._left.num_rows:
                self._left = next(self._chunks, None)
                if self._left is None:
                    break
            part = self._left.slice(0, wanted)
            self._left = self._left.slice(part.num_rows)
            wanted -= part.num_rows
            parts.append(_fitted(part, schema))
        return pa.concat_tables(parts) if parts else schema.empty_table()


def read_rows(path: Path, *, skip: int = 0, first: int | None = None) -> Iterator[Any]:
    """The rows of a file as Arrow tables, without those before ``skip`` or from ``first`` on.

    Raises ``ArchiveDamaged`` where it cannot be read.
    """
    pa = arrow()
    from pyarrow import parquet as pq

    place, end = 0, first
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            for batch in file.iter_batches(_CHUNK):
                low = max(skip - place, 0)
                high = batch.num_rows if end is None else min(end - place, batch.num_rows)
                place += batch.num_rows
                if low < high:
                    yield pa.Table.from_batches([batch.slice(low, high - low)])
                if end is not None and place >= end:
                    return
    except (OSError, pa.ArrowInvalid) as error:
        reason = f"it cannot be read: {str(error).partition(chr(10))[0]}"
        raise ArchiveDamaged(path=path, reason=reason) from error


def manifest_of(path: Path) -> Path:
    """The manifest beside the Parquet file ``path``."""
    return path.with_name(f"{path.stem}.manifest.json")


def version_of(path: Path) -> Version | None:
    """The file at ``path``, held against its manifest; None where there is neither.

    Raises ``ArchiveDamaged`` where it is not what one that was whole would be.
    """
    import orjson

    body, known = None, []
    try:
        body = orjson.loads(manifest_of(path).read_bytes())
        known = [Version(body["rows"], body["sha256"])]
        if body["before"] is not None:
            known.append(Version(body["before"]["rows"], body["before"]["sha256"]))
    except FileNotFoundError:
        pass
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ArchiveDamaged(path=manifest_of(path), reason="it cannot be read") from error
    if not path.exists():
        # A first file's manifest, and then the kill: the file never was.
        if body is None or body["before"] is None:
            return None
        raise ArchiveDamaged(path=path, reason="it is missing, and its manifest is there")
    if body is None:
        raise ArchiveDamaged(path=path, reason="it has no manifest")
    found = _sha256(path)
    for version in known:
        if version.sha256 == found:
            return version
    raise ArchiveDamaged(path=path, reason="it was altered")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _key(table: Any, keys: Sequence[str]) -> Any:
    """A row's key as one text."""
    from pyarrow import compute as pc

    parts = [pc.cast(table[name], arrow().string()) for name in keys]
    joined = parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, "\x1f")
    return joined.combine_chunks()


def _fitted(table: Any, schema: Any) -> Any:
    """``table`` with the columns of ``schema``: NULL where it has none."""
    pa = arrow()
    columns = [
        table[field.name].cast(field.type)
        if field.name in table.column_names
        else pa.nulls(table.num_rows, field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)


def sync_folder(folder: Path) -> None:
    """Names on the disk, as well as what they stand for."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
