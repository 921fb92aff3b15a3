"""Moving a workspace to another embedding space, while it is searched and written to.

The texts of its rows are embedded anew beside the rows, into ``neonhub.kept_vectors``, as slowly
as asked for; what is written meanwhile is followed. Searches go by the old vectors until the
switch: one transaction that puts the new vectors into the rows and keeps the old ones, so that
moving back is the same switch the other way. Killed at any moment, the next run goes on with what
is kept.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from neonhub.db.errors import InvalidInput, NeonHubError
from neonhub.ops.roles import become
from neonhub.ops.vectors.parts import Chosen, parts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import psycopg

    from neonhub.db.nearest import VectorSearch
    from neonhub.embedding.base import Embedder, SpaceSpec

__all__ = [
    "AlreadyMoving",
    "Move",
    "SpaceAmbiguous",
    "forget",
    "forget_the_gone",
    "reembed",
    "space_of",
]

_AT_ONCE = 256
_LEFT_FOR_THE_SWITCH = 64
"""So few rows are embedded while the datasets wait; with more, the switch is put off."""
_ROUNDS = 50
_LOCK = 7_236_032

# Rows of the old space whose text is not what the kept vector was made of. The hash is of the text
# as it stands: a vector is found stale though nobody has told.
_OUTDATED = """
SELECT c.id, t.text, md5(t.text) FROM <table> c
 CROSS JOIN LATERAL (SELECT <text> AS text) t
  LEFT JOIN neonhub.kept_vectors k
    ON k.workspace_id = c.workspace_id AND k.embedding_space_id = %(to)s
   AND k.relation = %(table)s AND k.row_id = c.id AND k.text_hash = md5(t.text)
 WHERE c.workspace_id = %(workspace)s AND c.embedding_space_id = %(from)s
   AND c.embedding IS NOT NULL AND t.text IS NOT NULL AND k.row_id IS NULL
 ORDER BY c.id LIMIT %(limit)s
"""
_KEEP = """
INSERT INTO neonhub.kept_vectors
VALUES (%(workspace)s, %(to)s, %(table)s, %(id)s, %(hash)s, %(vector)s)
ON CONFLICT (workspace_id, embedding_space_id, relation, row_id)
DO UPDATE SET text_hash = excluded.text_hash, embedding = excluded.embedding
"""
# Both see the rows as they were before: the old vectors take the places of the new.
_SWAP = """
WITH new AS (
    UPDATE <table> c SET embedding = k.embedding, embedding_space_id = %(to)s
      FROM neonhub.kept_vectors k
     WHERE k.workspace_id = %(workspace)s AND k.embedding_space_id = %(to)s
       AND k.relation = %(table)s AND c.workspace_id = %(workspace)s AND c.id = k.row_id
       AND c.embedding_space_id = %(from)s AND k.text_hash = md5(<text>)
 RETURNING c.id)
UPDATE neonhub.kept_vectors k SET embedding_space_id = %(from)s, embedding = c.embedding
  FROM <table> c, new
 WHERE k.workspace_id = %(workspace)s AND k.embedding_space_id = %(to)s
   AND k.relation = %(table)s AND k.row_id = new.id AND c.workspace_id = %(workspace)s
   AND c.id = new.id
"""
_OLD_ONES = """
DELETE FROM neonhub.kept_vectors k USING neonhub.kept_vectors n
 WHERE k.workspace_id = %(workspace)s AND k.embedding_space_id = %(from)s
   AND k.relation = %(table)s AND n.workspace_id = %(workspace)s
   AND n.embedding_space_id = %(to)s AND n.relation = %(table)s AND n.row_id = k.row_id
"""
_WITHOUT_VECTOR = """
UPDATE <table> SET embedding_space_id = %(to)s
 WHERE workspace_id = %(workspace)s AND embedding_space_id = %(from)s AND embedding IS NULL
"""
# What else says in which space a workspace lives.
_FOLLOWERS = (
    "UPDATE documents SET embedding_space_id = %(to)s "
    "WHERE workspace_id = %(workspace)s AND embedding_space_id = %(from)s",
    "UPDATE datasets SET embedding_space_id = %(to)s "
    "WHERE workspace_id = %(workspace)s AND embedding_space_id = %(from)s",
    "UPDATE embedding_spaces s SET is_default = (s.id = %(to)s) "
    "WHERE s.workspace_id = %(workspace)s AND s.id IN (%(to)s, %(from)s) AND EXISTS (SELECT FROM "
    "embedding_spaces d WHERE d.workspace_id = %(workspace)s AND d.id = %(from)s AND d.is_default)",
)


class AlreadyMoving(NeonHubError):
    """Another process is moving the workspace {workspace} to another embedding space."""

    hint = "Let it end, or end it: what it has made is kept."
    http_status = 409
    exit_code = 75


class SpaceAmbiguous(NeonHubError):
    """The workspace {workspace} has vectors in more than one space: {spaces}."""

    hint = "Say which is to be moved: --from SPACE."
    http_status = 409
    exit_code = 64


@dataclass(frozen=True, slots=True)
class Move:
    """What was done. ``embedded`` texts were embedded in this run, ``moved`` rows changed their
    space; ``switched`` is false where only vectors were made. ``seconds`` of the switch alone are
    what writers into the datasets waited at most."""

    workspace: str
    from_space: str
    to_space: str
    embedded: int
    moved: int
    switched: bool
    seconds: float
    switch_seconds: float


@dataclass(frozen=True, slots=True)
class _Way:
    """From where to where, and how what is on the way is named in statements."""

    workspace: str
    workspace_id: str
    source: str
    target: str
    searches: tuple[VectorSearch, ...]

    def values(self, search: VectorSearch, **more: Any) -> dict[str, Any]:
        return {
            **{"workspace": self.workspace_id, "from": self.source, "to": self.target},
            **{"table": search.table, **more},
        }


async def reembed(
    dsn: str,
    workspace: str,
    embedder: Embedder,
    *,
    from_space: str | None = None,
    per_second: float | None = None,
    switch: bool = True,
    notify: Callable[[str], None] = lambda _line: None,
) -> Move:
    """Move ``workspace`` (slug or id) to the space of ``embedder``.

    ``dsn`` is an administrator's. ``per_second``: so many texts are embedded at most. Without
    ``switch`` the vectors are made and kept, and nothing else changes. Raises ``InvalidInput``,
    ``SpaceAmbiguous``, ``AlreadyMoving``, and what the embedder raises.
    """
    from neonhub.ops.locks import only
    from neonhub.ops.migrate import require_head
    from neonhub.ops.prepare import connected

    began = time.perf_counter()
    to = await embedder.prepare()
    with connected(dsn) as conn:
        require_head(conn)
        way, names = _way(conn, workspace, to, from_space)
        with only(conn, _LOCK, _key(way), busy=lambda: AlreadyMoving(workspace=way.workspace)):
            become(conn, "neonhub_maintenance")
            embedded = moved = 0
            switching = 0.0
            for _round in range(_ROUNDS):
                embedded += await _follow(conn, way, embedder, per_second, notify)
                if not switch:
                    break
                started = time.perf_counter()
                with conn.transaction():
                    more, rows = await _switch(conn, way, embedder)
                embedded += more
                moved += rows
                switching = max(switching, time.perf_counter() - started)
                if not _left(conn, way):
                    break
            if switch:
                _give_up_routes(conn, way)
            seconds = round(time.perf_counter() - began, 3)
            return Move(
                way.workspace, *names, embedded, moved, switch, seconds, round(switching, 3)
            )


def _way(
    conn: psycopg.Connection[Any], workspace: str, to: SpaceSpec, from_space: str | None
) -> tuple[_Way, tuple[str, str]]:
    """Which rows go where. The space that they go to is made where the workspace lacks it."""
    from psycopg.types.json import Jsonb

    from neonhub.db.ids import cuid

    chosen = Chosen(workspace=workspace, space=from_space)
    there = [part for part in parts(conn, chosen) if from_space or part.space != to.name]
    spaces = {part.space: part.space_id for part in there}
    if not there:
        reason = f"the workspace {workspace!r} has no vectors outside of {to.name}"
        raise InvalidInput(field="--to", reason=reason)
    if len(spaces) > 1:
        raise SpaceAmbiguous(workspace=workspace, spaces=", ".join(sorted(spaces)))
    ((name, source),) = spaces.items()
    if name == to.name:
        raise InvalidInput(field="--to", reason=f"the vectors are in {name} already")
    become(conn, "neonhub_maintenance")
    row = conn.execute(
        "INSERT INTO embedding_spaces (id, workspace_id, name, provider, model, dimension, "
        "metadata) VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (workspace_id, name) "
        "DO UPDATE SET name = excluded.name RETURNING id",
        [
            *(cuid(), there[0].workspace_id, to.name, to.provider, to.model, to.dimension),
            Jsonb(dict(to.metadata)),
        ],
    ).fetchone()
    assert row is not None  # noqa: S101
    first = there[0]
    return (
        _Way(first.workspace, first.workspace_id, source, str(row[0]), chosen.searches),
        (name, to.name),
    )


def _key(way: _Way) -> int:
    """A number of 32 bits that stands for the workspace."""
    return int.from_bytes(
        hashlib.sha256(way.workspace_id.encode()).digest()[:4], "big", signed=True
    )


async def _follow(
    conn: psycopg.Connection[Any],
    way: _Way,
    embedder: Embedder,
    per_second: float | None,
    notify: Callable[[str], None],
) -> int:
    """Embed until few are left to embed; how many texts. Each batch is kept for good."""
    import asyncio

    done, told, began = 0, time.monotonic(), time.monotonic()
    at_once = _AT_ONCE if per_second is None else max(1, min(_AT_ONCE, int(per_second)))
    for search in way.searches:
        more = True
        while more and (rows := _todo(conn, way, search, at_once)):
            await _embed(conn, way, search, embedder, rows)
            # Not until there is none: with others writing there would always be one more.
            more = len(rows) == at_once
            done += len(rows)
            if time.monotonic() - told > 3:
                told = time.monotonic()
                notify(f"{done:,} texts embedded, {done / (told - began):,.0f} a second")
            if per_second is not None:
                await asyncio.sleep(max(0.0, began + done / per_second - time.monotonic()))
    return done


def _todo(
    conn: psycopg.Connection[Any], way: _Way, search: VectorSearch, limit: int
) -> list[tuple[str, str, str]]:
    return conn.execute(_for(_OUTDATED, search), way.values(search, limit=limit)).fetchall()


def _for(statement: str, search: VectorSearch) -> bytes:
    return statement.replace("<table>", search.table).replace("<text>", search.text).encode()


async def _embed(
    conn: psycopg.Connection[Any],
    way: _Way,
    search: VectorSearch,
    embedder: Embedder,
    rows: Sequence[tuple[str, str, str]],
) -> None:
    from pgvector import Vector
    from pgvector.psycopg import register_vector

    register_vector(conn)
    vectors = await embedder.embed_documents([text for _, text, _ in rows])
    given = [
        way.values(search, id=id_, hash=hash_, vector=Vector(vector))
        for (id_, _, hash_), vector in zip(rows, vectors, strict=True)
    ]
    with conn.transaction(), conn.cursor() as cursor:
        cursor.executemany(_KEEP.encode(), given)


async def _switch(conn: psycopg.Connection[Any], way: _Way, embedder: Embedder) -> tuple[int, int]:
    """The switch, within a transaction: texts that were embedded in it, rows that moved.

    Who puts documents into a dataset holds its row, so here they wait, and then find the dataset
    in its new space. Where too much has come since, nothing is switched.
    """
    conn.execute(
        "SELECT FROM datasets WHERE workspace_id = %s AND embedding_space_id = %s "
        "ORDER BY id FOR UPDATE",
        [way.workspace_id, way.source],
    )
    late = [
        (search, rows)
        for search in way.searches
        if (rows := _todo(conn, way, search, _LEFT_FOR_THE_SWITCH + 1))
    ]
    if sum(len(rows) for _, rows in late) > _LEFT_FOR_THE_SWITCH:
        return 0, 0
    for search, rows in late:
        await _embed(conn, way, search, embedder, rows)
    moved = 0
    for search in way.searches:
        values = way.values(search)
        conn.execute(_OLD_ONES.encode(), values)  # of an earlier move
        moved += conn.execute(_for(_SWAP, search), values).rowcount
        conn.execute(_for(_WITHOUT_VECTOR, search), values)
    for statement in _FOLLOWERS:
        conn.execute(statement.encode(), way.values(way.searches[0]))
    return sum(len(rows) for _, rows in late), moved


def _left(conn: psycopg.Connection[Any], way: _Way) -> bool:
    """Whether rows came into the old space meanwhile, or the switch was put off."""
    return any(
        conn.execute(
            f"SELECT FROM {search.table} c WHERE c.workspace_id = %s AND c.embedding_space_id = %s "
            f"AND c.embedding IS NOT NULL AND ({search.text}) IS NOT NULL LIMIT 1".encode(),
            [way.workspace_id, way.source],
        ).fetchone()
        for search in way.searches
    )


def _give_up_routes(conn: psycopg.Connection[Any], way: _Way) -> None:
    """The old space's indexes hold no row any more; `vectors maintain` drops them."""
    conn.execute(
        "UPDATE embedding_spaces SET metadata = metadata - 'routes' "
        "WHERE workspace_id = %s AND id = %s AND metadata ? 'routes'",
        [way.workspace_id, way.source],
    )


def space_of(conn: psycopg.Connection[Any], workspace: str, name: str) -> SpaceSpec:
    """The space of that name of a workspace (slug or id). Raises ``InvalidInput``."""
    from neonhub.embedding.base import SpaceSpec

    become(conn, "neonhub_maintenance")
    row = conn.execute(
        "SELECT s.provider, s.model, s.dimension, s.metadata FROM embedding_spaces s "
        "JOIN workspaces w ON w.id = s.workspace_id WHERE %s IN (w.slug, w.id) AND s.name = %s",
        [workspace, name],
    ).fetchone()
    conn.execute("RESET ROLE")
    if row is None:
        raise InvalidInput(
            field="--to",
            reason=f"the workspace {workspace!r} has no space {name!r}",
            hint="For a new one leave --to out and set NEONHUB_EMBEDDER (and OPENAI_* settings).",
        )
    provider, model, dimension, metadata = row
    return SpaceSpec(provider, model, dimension, dict(metadata or {}))


def forget(conn: psycopg.Connection[Any], chosen: Chosen) -> int:
    """Delete the vectors that are kept for moving back (or on, where a move was not ended) of the
    chosen workspaces, and of rows that are gone; how many."""
    become(conn, "neonhub_maintenance")
    deleted = conn.execute(
        "DELETE FROM neonhub.kept_vectors k USING workspaces w "
        "WHERE w.id = k.workspace_id AND (%(named)s::text IS NULL OR %(named)s IN (w.slug, w.id))",
        {"named": chosen.workspace},
    ).rowcount
    conn.execute("RESET ROLE")
    return deleted


def forget_the_gone(conn: psycopg.Connection[Any]) -> int:
    """Delete kept vectors whose row is gone: what was erased is not kept here either."""
    become(conn, "neonhub_maintenance")
    deleted = 0
    for search in Chosen().searches:
        deleted += conn.execute(
            f"DELETE FROM neonhub.kept_vectors k WHERE k.relation = %s AND NOT EXISTS (SELECT FROM "
            f"{search.table} c WHERE c.workspace_id = k.workspace_id AND c.id = k.row_id)".encode(),
            [search.table],
        ).rowcount
    conn.execute("RESET ROLE")
    return deleted
