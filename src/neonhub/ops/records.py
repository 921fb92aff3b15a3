"""What was done to this database, and when: backups, drills, deployments, maintenance.

``neonhub.operation_log`` is added to and never changed. An operation that takes a while writes
``started`` and then ``good`` or ``failed``: one that was killed has written no end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from neonhub.ops.books import OPERATIONS_TABLE, VERSION_SCHEMA

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import psycopg

__all__ = ["Operation", "Record", "State", "last", "record"]

Operation = Literal[
    "backup", "drill", "restore", "basebackup", "deploy", "maintain", "vectors", "reembed"
]
State = Literal["started", "good", "failed"]
_LOG = f"{VERSION_SCHEMA}.{OPERATIONS_TABLE}"


@dataclass(frozen=True, slots=True)
class Record:
    """One line of the log. ``detail`` is what the operation says of itself: no secret in it."""

    operation: str
    state: str
    detail: dict[str, Any]
    at: dt.datetime
    by: str


def record(
    conn: psycopg.Connection[Any],
    operation: Operation,
    state: State,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Write a line, in whatever transaction ``conn`` is in."""
    from psycopg.types.json import Jsonb

    conn.execute(
        f"INSERT INTO {_LOG} (operation, state, detail) VALUES (%s, %s, %s)".encode(),
        [operation, state, Jsonb(dict(detail or {}))],
    )


def last(conn: psycopg.Connection[Any], operation: Operation, *states: State) -> Record | None:
    """The newest line of an operation in one of these states (any, where none is named)."""
    row = conn.execute(
        f"SELECT operation, state, detail, at, by FROM {_LOG} "
        "WHERE operation = %s AND state = ANY(%s) ORDER BY place DESC LIMIT 1".encode(),
        [operation, list(states or get_args(State))],
    ).fetchone()
    return None if row is None else Record(*row)
