"""Bulk insert of rows of which half are there already, beside COPY and INSERT by raw psycopg.

The peer connects as the superuser, past row-level security, names no tenant, writes in binary too,
and does no more than COPY into a temporary table and INSERT … ON CONFLICT DO NOTHING. Both start
from a table that was emptied and filled again with the rows that are to be skipped.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import orjson
import psycopg
from psycopg.types.json import Jsonb, set_json_dumps

from benchmarks.harness import Figure, Mark, interleaved, platform
from benchmarks.tenants import Admin, connect, make_dataset, make_workspaces
from neonhub.db.bulk import BulkTarget, copy_rows
from neonhub.db.ids import cuid
from neonhub.db.pools import Database
from neonhub.db.session import Session

if TYPE_CHECKING:
    from neonhub.db.tenancy import Tenant

MARK = Mark(1.1)
COLUMNS = {
    "id": "text",
    "workspace_id": "text",
    "dataset_id": "text",
    "title": "text",
    "content": "text",
    "status": "text",
    "metadata": "jsonb",
    "source_uri": "text",
    "content_hash": "text",
}
TARGET = BulkTarget("documents", COLUMNS)
NAMES = ", ".join(COLUMNS)
Row = tuple[Any, ...]


def make_rows(tenant: Tenant, dataset: str, first: int, how_many: int) -> list[Row]:
    """Rows of some 1.2 kB; the same numbers make duplicates by dataset and source."""
    content = "A sentence of the page, as long as sentences are. " * 20
    return [
        (
            *(cuid(), tenant.workspace_id, dataset, f"Page {n}", f"{content} {n}", "ready"),
            Jsonb({"team": "email", "page": n, "tags": ["guide", "draft"]}),
            *(f"/docs/guide/page-{n}.html", f"{n:064x}"),
        )
        for n in range(first, first + how_many)
    ]


def reset(admin: Admin) -> None:
    """Empty the table and put back what is to be skipped."""
    admin.execute("TRUNCATE documents CASCADE")
    admin.execute(f"INSERT INTO documents ({NAMES}) SELECT {NAMES} FROM bench_there ORDER BY id")
    admin.execute("VACUUM (ANALYZE) documents")
    admin.execute("CHECKPOINT")


def keep(admin: Admin, rows: list[Row]) -> None:
    """Keep the rows that are there before, for ``reset``."""
    shape = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    admin.execute(f"CREATE UNLOGGED TABLE bench_there ({shape})")
    with admin.cursor().copy(f"COPY bench_there ({NAMES}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


async def through_psycopg(raw: psycopg.AsyncConnection[Any], rows: list[Row]) -> int:
    """What is measured against: bare COPY, bare INSERT, one transaction. The rows written."""
    shape = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    async with raw.transaction(), raw.cursor() as cursor:
        await cursor.execute(f"CREATE TEMPORARY TABLE staged ({shape}) ON COMMIT DROP")
        async with cursor.copy(f"COPY staged ({NAMES}) FROM STDIN (FORMAT binary)") as copy:
            copy.set_types(list(COLUMNS.values()))
            for row in rows:
                await copy.write_row(row)
        await cursor.execute(
            f"INSERT INTO documents ({NAMES}) SELECT {NAMES} FROM staged ON CONFLICT DO NOTHING"
        )
        return cursor.rowcount


async def run(*, quick: bool) -> list[Figure]:
    """The one figure."""
    size, rounds = (2000, 3) if quick else (20_000, 9)
    with platform() as under_test, connect(under_test.ready.admin_dsn) as admin:
        tenant = make_workspaces(admin, 1)[0]
        dataset = make_dataset(admin, tenant)
        keep(admin, make_rows(tenant, dataset, 0, size // 2))
        rows = make_rows(tenant, dataset, 0, size)
        raw: psycopg.AsyncConnection[Any] = await psycopg.AsyncConnection.connect(
            under_test.ready.admin_dsn, autocommit=True
        )
        set_json_dumps(orjson.dumps, raw)
        async with Database(under_test.ready.direct_app_dsn) as database, raw:

            async def ours() -> float:
                reset(admin)
                began = time.perf_counter()
                async with Session(database.direct, tenant) as session:
                    written = (await copy_rows(session, TARGET, rows)).written
                return _counted(time.perf_counter() - began, written, size)

            async def peer() -> float:
                reset(admin)
                began = time.perf_counter()
                written = await through_psycopg(raw, rows)
                return _counted(time.perf_counter() - began, written, size)

            contestants = {"ours": ours, "peer": peer}
            await interleaved(contestants, rounds=1)
            times = await interleaved(contestants, rounds=rounds)
    figure = Figure(
        f"bulk insert, {size:,} rows, half there",
        times["ours"].median,
        reference=times["peer"].median,
        beside="COPY and INSERT",
        mark=MARK,
        spread=times["ours"].spread,
    )
    return [figure]


def _counted(took: float, written: int, size: int) -> float:
    if written != size // 2:
        raise AssertionError(f"{written} rows were written of {size}, half of which were there")
    return took
