"""Ingest end to end, beside COPY of the same finished rows.

What is fair: the rows that an ingest left (documents, and chunks with their vectors) are read back
in PostgreSQL's binary form, the tables are emptied, and the superuser copies them into the very
same tables in one transaction: the same columns, generated ones included, the same indexes,
references and triggers, but no parsing, no embedding, no row-level security, no commit in between.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.corpus import MANUAL
from benchmarks.harness import (
    Figure,
    Mark,
    NotMeasured,
    Platform,
    Times,
    platform,
    say,
    temporary_home,
)
from benchmarks.tenants import Admin, connect
from neonhub.domains.knowledge.progress import IngestReport
from neonhub.hub import NeonHub

MARK = Mark(3.0)
TABLES = ("documents", "chunks")


@contextmanager
def manual(files: int | None) -> Iterator[Path]:
    """The manual's folder, or one with the first ``files`` of it."""
    if not MANUAL.is_dir():
        raise NotMeasured("install the Debian package postgresql-doc-15")
    if files is None:
        yield MANUAL
        return
    with temporary_home() as folder:
        for path in sorted(MANUAL.glob("*.html"))[:files]:
            shutil.copy(path, folder)
        yield folder


def columns(admin: Admin, table: str) -> str:
    """The columns that are given; generated ones follow from them."""
    found = admin.execute(
        "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute "
        "WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
        [table],
    ).fetchone()
    assert found is not None
    return str(found[0])


def read_back(admin: Admin) -> dict[str, list[bytes]]:
    """The finished rows of each table, in COPY's binary form."""
    rows: dict[str, list[bytes]] = {}
    for table in TABLES:
        statement = f"COPY {table} ({columns(admin, table)}) TO STDOUT (FORMAT binary)"
        with admin.cursor().copy(statement.encode()) as copy:
            rows[table] = [bytes(block) for block in copy]
    return rows


def copy_in(admin: Admin, rows: dict[str, list[bytes]]) -> float:
    """Seconds that COPY of the finished rows takes."""
    lists = {table: columns(admin, table) for table in TABLES}
    began = time.perf_counter()
    with admin.transaction():
        for table, blocks in rows.items():
            statement = f"COPY {table} ({lists[table]}) FROM STDIN (FORMAT binary)"
            with admin.cursor().copy(statement.encode()) as copy:
                for block in blocks:
                    copy.write(block)
    return time.perf_counter() - began


def empty(admin: Admin) -> None:
    """Empty the tables, and let nothing of the last run be written in this one's time."""
    admin.execute("TRUNCATE documents, chunks, document_versions CASCADE")
    admin.execute("CHECKPOINT")


async def ingest(under_test: Platform, folder: Path) -> tuple[float, IngestReport]:
    """Seconds of one ingest, with nothing kept from the last one: no pool, no vocabulary."""
    async with NeonHub(under_test.settings, ready=under_test.ready) as hub:
        began = time.perf_counter()
        async with hub.workspace("primary") as ws:
            report = await ws.knowledge.ingest(folder, dataset="manual")
        took = time.perf_counter() - began
    if [f for f in report.failures if f.code != "unsupported"] or not report.added:
        raise NotMeasured(f"the ingest did not do its work: {report}")
    return took, report


async def run(*, quick: bool) -> list[Figure]:
    """Ingest and COPY in turn."""
    rounds = 1 if quick else 5
    ours, raw = Times(), Times()
    documents = chunks = 0
    with (
        platform() as under_test,
        connect(under_test.ready.admin_dsn) as admin,
        manual(100 if quick else None) as folder,
    ):
        for number in range(rounds + 1):
            empty(admin)
            took, report = await ingest(under_test, folder)
            documents, chunks = report.added, report.chunks
            rows = read_back(admin)
            empty(admin)
            copied = copy_in(admin, rows)
            say(f"  {documents} documents, {chunks} chunks: {took:.2f} s, {copied:.2f} s")
            if number:  # the first one reads the files from the disk
                ours.runs.append(took)
                raw.runs.append(copied)
    figure = Figure(
        f"ingest, {documents:,} HTML pages, {chunks:,} chunks",
        ours.median,
        reference=raw.median,
        beside="COPY of the rows",
        mark=MARK,
        spread=ours.spread,
        note=f"{documents / ours.median:.0f} documents and {chunks / ours.median:.0f} chunks a "
        "second, parsed, embedded by the offline embedder and searchable",
    )
    return [figure]
