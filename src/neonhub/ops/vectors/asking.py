"""Asking a part as the application does, with questions near to what it holds and far from it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from neonhub.ops.roles import become
from neonhub.ops.vectors.parts import Part, record_route

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import psycopg

    from neonhub.db.nearest import VectorSearch

__all__ = ["Vectors", "as_application", "ask", "between", "stored", "trying"]

Vectors = NDArray[np.float32]

_STORED = """
SELECT embedding::text FROM {table} WHERE workspace_id = $1 AND id = ANY (ARRAY(
    SELECT id FROM {table}
     WHERE workspace_id = $1 AND embedding_space_id = $2 AND embedding IS NOT NULL
     ORDER BY md5(id || $3) LIMIT $4))
"""
_MIXED = 8


def as_application(conn: psycopg.Connection[Any], part: Part) -> None:
    """Within the part's tenant, until the transaction ends or the role is reset."""
    conn.execute("SELECT set_config('neonhub.workspace_id', %s, true)", [part.workspace_id])
    become(conn, "neonhub_app")


@contextlib.contextmanager
def trying(conn: psycopg.Connection[Any], part: Part, route: Mapping[str, Any]) -> Iterator[None]:
    """Search ``part`` by ``route``, as the application and for this connection alone. Until it
    ends, who writes the row of the embedding space waits: keep it short."""
    with conn.transaction(force_rollback=True):
        _set_route(conn, part, route)
        yield


def _set_route(conn: psycopg.Connection[Any], part: Part, route: Mapping[str, Any]) -> None:
    """Search ``part`` so, within a transaction that is to be rolled back."""
    conn.execute("RESET ROLE")
    record_route(conn, part, route)
    as_application(conn, part)


def stored(conn: psycopg.Connection[Any], part: Part, n: int, seed: str) -> list[str]:
    """The vectors of ``n`` rows, the same for the same ``seed``."""
    from psycopg import RawCursor

    with RawCursor(conn) as cursor:
        given = [part.workspace_id, part.space_id, seed, n]
        rows = cursor.execute(_STORED.format(table=part.table).encode(), given)
        return [row[0] for row in rows]


def ask(
    conn: psycopg.Connection[Any],
    search: VectorSearch,
    space: str,
    question: str,
    numbers: tuple[int, int],
) -> list[float]:
    """The cosines that the function which searches call finds, nearest first.

    ``numbers``: the width where the route has none, and how many are taken.
    """
    from psycopg import RawCursor

    no_filter = "NULL::jsonb, " if search.filter else ""
    query = (
        f"SELECT similarity FROM neonhub.search_{search.table}_by_vector("
        f"$1::text, NULL::text[], $2::text::vector, {no_filter}$3::integer, $4::integer)"
    )
    with RawCursor(conn) as cursor:
        found = cursor.execute(query.encode(), [space, question, *numbers]).fetchall()
    return [float(row[0]) for row in found]


def between(rows: Sequence[str], apart: Sequence[float], each: int) -> list[str]:
    """``each`` questions for every share ``apart``: 0 is a row itself, 1 is nothing that it is
    about. What lies at 1 keeps the rows' middle and spread, and no one's direction."""
    held = np.array([row[1:-1].split(",") for row in rows], np.float32)
    held /= np.maximum(np.linalg.norm(held, axis=1, keepdims=True), 1e-9)
    dice = np.random.default_rng(len(held))
    made = []
    for share in apart:
        near = held[dice.integers(0, len(held), each)]
        pairs = dice.integers(0, len(held), (2, each, _MIXED))
        spread = (held[pairs[0]] - held[pairs[1]]).sum(axis=1) / np.sqrt(2 * _MIXED)
        far = held.mean(axis=0) + spread
        far /= np.maximum(np.linalg.norm(far, axis=1, keepdims=True), 1e-9)
        made.append((1 - share) * near + share * far)
    return ["[" + ",".join(map(str, one.tolist())) + "]" for one in np.concatenate(made)]
