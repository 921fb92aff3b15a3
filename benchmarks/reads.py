"""Reads: through a unit of work in a tenant, beside raw psycopg running the same SQL prepared.

The peer connects as the superuser, with no tenant's settings and no row-level security, decodes
rows in binary and JSON by orjson, and keeps one connection and one cursor for itself.
"""

from __future__ import annotations

import datetime as dt
import re
import statistics
import time
from collections.abc import Awaitable, Callable
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
import psycopg
from psycopg.types.json import set_json_loads

from benchmarks.harness import Figure, Mark, Times, interleaved, platform
from benchmarks.tenants import Admin, connect, make_dataset, make_space, make_workspaces
from neonhub.db.ids import cuid
from neonhub.db.lazy import lazy_module
from neonhub.db.pools import Database
from neonhub.db.session import Session
from neonhub.db.statements import Statement, int_arg, statement, text_arg

if TYPE_CHECKING:
    import sqlalchemy as sa

    from neonhub.db.tenancy import Tenant
    from neonhub.domains.knowledge import tables as t
else:
    sa = lazy_module("sqlalchemy")
    t = lazy_module("neonhub.domains.knowledge.tables")

MARK = Mark(1.25)
TENANTS, DOCUMENTS, CHUNKS = 20, 500, 4


class DocumentRow(NamedTuple):
    """A document without its text."""

    id: str
    dataset_id: str | None
    title: str
    status: str
    source_uri: str | None
    metadata: dict[str, Any] | None
    created_at: dt.datetime
    updated_at: dt.datetime


class ParentRow(NamedTuple):
    """A document with its chunks."""

    id: str
    title: str
    source_uri: str | None
    updated_at: dt.datetime
    chunks: list[dict[str, Any]]


@statement(DocumentRow)
def one_document() -> Any:
    """The live document of that id."""
    d = t.Document
    columns = (d.id, d.dataset_id, d.title, d.status, d.source_uri)
    return sa.select(*columns, d.metadata_, d.created_at, d.updated_at).where(
        d.workspace_id == text_arg("workspace_id"), d.id == text_arg("id"), d.deleted_at.is_(None)
    )


@statement(ParentRow)
def parents_with_children() -> Any:
    """Live documents of a dataset after a key, each with its chunks as JSON beside it."""
    d, c = t.Document, t.Chunk
    each = sa.func.json_build_object("id", c.id, "idx", c.idx, "text", c.text)
    children = (
        sa.select(sa.func.json_agg(each).label("chunks"))
        .where(c.workspace_id == d.workspace_id, c.document_id == d.id)
        .lateral("children")
    )
    return (
        sa.select(d.id, d.title, d.source_uri, d.updated_at, children.c.chunks)
        .join(children, sa.true())
        .where(
            d.workspace_id == text_arg("workspace_id"),
            d.dataset_id == text_arg("dataset_id"),
            d.id > text_arg("after"),
            d.deleted_at.is_(None),
        )
        .order_by(d.id)
        .limit(int_arg("limit"))
    )


_DOCUMENTS = "COPY documents (id, workspace_id, dataset_id, title, content, source_uri, metadata) \
FROM STDIN"
_CHUNKS = "COPY chunks (id, workspace_id, dataset_id, document_id, embedding_space_id, idx, text, \
content_hash) FROM STDIN"


def fill(admin: Admin) -> tuple[Tenant, str, list[str]]:
    """Tenants with documents and chunks; the one to read, its dataset and its documents' ids."""
    filled = [(tenant, *_fill_one(admin, tenant)) for tenant in make_workspaces(admin, TENANTS)]
    admin.execute("VACUUM (ANALYZE) documents, chunks")
    return filled[TENANTS // 2]


def _fill_one(admin: Admin, tenant: Tenant) -> tuple[str, list[str]]:
    space = make_space(admin, tenant)
    dataset = make_dataset(admin, tenant, space)
    ids = [cuid() for _ in range(DOCUMENTS)]
    where = (tenant.workspace_id, dataset)
    with admin.cursor() as cursor:
        with cursor.copy(_DOCUMENTS) as copy:
            for n, each in enumerate(ids):
                texts = (f"Page {n} of the guide", "Some words of the page. " * 20)
                uri = f"/docs/guide/page-{n}.html"
                copy.write_row((each, *where, *texts, uri, '{"team": "email"}'))
        with cursor.copy(_CHUNKS) as copy:
            for each in ids:
                for idx in range(CHUNKS):
                    text = f"Passage {idx}, with words. " * 8
                    copy.write_row((cuid(), *where, each, space, idx, text, f"hash-{idx}"))
    return dataset, ids


def for_psycopg(made: Statement[Any]) -> str:
    """The statement's own SQL, its ``$1`` as psycopg writes parameters."""
    sql = made.compiled.sql.decode().replace("%", "%%")
    return re.sub(r"\$(\d+)", lambda m: f"%({made.compiled.params[int(m[1]) - 1]})s", sql)


def _block(calls: int, call: Callable[[], Awaitable[int]], rows: int) -> Callable[[], Any]:
    async def run() -> float:
        took = []
        for _ in range(calls):
            began = time.perf_counter()
            got = await call()
            took.append(time.perf_counter() - began)
            if got != rows:
                raise AssertionError("the read did not give the rows that it should")
        return statistics.median(took)

    return run


async def _compare(
    database: Database,
    admin_dsn: str,
    tenant: Tenant,
    made: Statement[Any],
    values: Callable[[], dict[str, Any]],
    shape: tuple[int, int, int],
) -> dict[str, Times]:
    """Ours, and psycopg async and sync, in blocks of calls; ``shape``: rows, calls, rounds."""
    rows, calls, rounds = shape
    sql, key = for_psycopg(made), {"workspace_id": tenant.workspace_id}
    raw: psycopg.AsyncConnection[Any] = await psycopg.AsyncConnection.connect(
        admin_dsn, autocommit=True
    )
    plain: psycopg.Connection[Any] = psycopg.connect(admin_dsn, autocommit=True)
    set_json_loads(orjson.loads, raw)
    set_json_loads(orjson.loads, plain)
    raw_cursor, plain_cursor = raw.cursor(binary=True), plain.cursor(binary=True)

    async def ours() -> int:
        async with Session(database.pooled, tenant) as session:
            return len(await session.all(made, **values()))

    async def psycopg_async() -> int:
        await raw_cursor.execute(sql, key | values(), prepare=True)
        return len(await raw_cursor.fetchall())

    async def psycopg_sync() -> int:
        plain_cursor.execute(sql, key | values(), prepare=True)
        return len(plain_cursor.fetchall())

    contestants = {"ours": ours, "async": psycopg_async, "sync": psycopg_sync}
    blocks = {name: _block(calls, call, rows) for name, call in contestants.items()}
    async with raw:
        with plain:
            await interleaved(blocks, rounds=1)  # plans are settled after five runs
            return await interleaved(blocks, rounds=rounds)


def _figures(name: str, times: dict[str, Times]) -> list[Figure]:
    ours, peers = times["ours"], {"async": MARK, "sync": None}
    return [
        Figure(
            name,
            ours.median,
            reference=times[peer].median,
            beside=f"psycopg {peer}",
            mark=mark,
            spread=ours.spread,
        )
        for peer, mark in peers.items()
    ]


async def run(*, quick: bool) -> list[Figure]:
    """Both reads."""
    calls, rounds = (50, 5) if quick else (200, 15)
    with platform() as under_test, connect(under_test.ready.admin_dsn) as admin:
        tenant, dataset, ids = fill(admin)
        numbers = count()

        def one() -> dict[str, Any]:
            return {"id": ids[next(numbers) * 7 % len(ids)]}

        def twenty() -> dict[str, Any]:
            after = ids[next(numbers) * 7 % (len(ids) - 21)]
            return {"dataset_id": dataset, "after": after, "limit": 20}

        dsn = under_test.ready.admin_dsn
        async with Database(under_test.ready.app_dsn) as database:
            first = await _compare(database, dsn, tenant, one_document, one, (1, calls, rounds))
            shape = (20, max(calls // 4, 10), rounds)
            second = await _compare(database, dsn, tenant, parents_with_children, twenty, shape)
    return [
        *_figures("read of one row", first),
        *_figures("read of 20 rows with their children", second),
    ]
