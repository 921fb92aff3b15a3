"""Write the rows, and take them away again.

Each table is one COPY of all tenants, straight into the table where the login is past row security
(COPY is refused under it), else into a temporary table and from there as ``neonhub_maintenance``.
"""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from neonhub.db.errors import InvalidInput, NeonHubError
from neonhub.ops.seeding.scale import account, knowledge, marketing, people, work
from neonhub.ops.seeding.scale.stream import Clock, Stream
from neonhub.ops.seeding.scale.tenants import LARGEST_SCALE, MARK, tenants_of
from neonhub.ops.seeding.writing import act_as

if TYPE_CHECKING:
    from collections.abc import Callable

    import psycopg

    from neonhub.ops.seeding.scale.tenants import Tenant

__all__ = ["ROWS_A_UNIT", "STREAMS", "ScaleReport", "ScaleThere", "load", "remove"]

STREAMS: tuple[Stream, ...] = (
    *account.STREAMS,
    *people.STREAMS,
    *marketing.STREAMS,
    *work.STREAMS,
    *knowledge.STREAMS,
)
"""In the order in which they are written: those referred to first."""

ROWS_A_UNIT = 15_500
"""About so many rows come with each unit of scale."""

_MAKER = "neonhub_maintenance"
# Their rows go with what they belong to: consents are append-only, pairs have no id.
_GO_ALONG = {"person_consents", "role_permissions"}


class ScaleThere(NeonHubError):
    """This database holds rows of `--scale` already: {rows} workspaces of them."""

    hint = "Remove them first: `neonhub db seed --remove-scale`."
    exit_code = 2


@dataclass(slots=True)
class ScaleReport:
    """Rows written by table, how many tenants they belong to, and how long it took."""

    tenants: int
    seconds: float
    tables: dict[str, int] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """All of them."""
        return sum(self.tables.values())


def load(
    dsn: str,
    scale: int,
    *,
    anchor: dt.date | None = None,
    progress: Callable[[str, int], None] = lambda _table, _rows: None,
) -> ScaleReport:
    """Write ``scale`` times a realistic tenant, over four tenants a unit, few of them large.

    All in one transaction; the same rows at every run, but for their times, which lie in the
    thirty days before ``anchor`` (today, where none is given). ``progress`` hears of each block.
    Raises ``InvalidInput`` and ``ScaleThere``.
    """
    if not 1 <= scale <= LARGEST_SCALE:
        raise InvalidInput(field="--scale", reason=f"a whole number from 1 to {LARGEST_SCALE}")
    began = time.perf_counter()
    tenants = tenants_of(scale)
    clock = Clock(anchor or dt.datetime.now(dt.UTC).date())
    report = ScaleReport(len(tenants), 0.0)
    with _connected(dsn) as conn:
        _must_be_free(conn)
        direct = _past_row_security(conn)
        if not direct:
            act_as(conn, _MAKER)
        for stream in STREAMS:
            write = _copy if direct else _copy_aside
            report.tables[stream.table] = write(conn, stream, tenants, clock, progress)
    with _connected(dsn, autocommit=True) as conn:
        conn.execute(f"ANALYZE {', '.join(stream.table for stream in STREAMS)}".encode())
    report.seconds = time.perf_counter() - began
    return report


def remove(dsn: str) -> int:
    """Delete what ``load`` wrote; return how many workspaces that were."""
    with _connected(dsn) as conn:
        if not _past_row_security(conn):
            act_as(conn, _MAKER)
        there = _workspaces(conn)
        for stream in reversed(STREAMS):
            if stream.table not in _GO_ALONG:
                conn.execute(
                    f"DELETE FROM {stream.table} WHERE id >= %s AND id < %s".encode(),
                    [MARK, f"{MARK}~"],
                )
    return there


def _connected(dsn: str, *, autocommit: bool = False) -> Any:
    import contextlib

    import psycopg

    from neonhub.db.errors import translate

    @contextlib.contextmanager
    def connection() -> Any:
        try:
            with psycopg.connect(
                dsn, autocommit=autocommit, application_name="neonhub seed scale"
            ) as conn:
                yield conn
        except psycopg.Error as error:
            raise translate(error) from error

    return connection()


def _workspaces(conn: psycopg.Connection[Any]) -> int:
    row = conn.execute(
        "SELECT count(*) FROM workspaces WHERE id >= %s AND id < %s", [MARK, f"{MARK}~"]
    ).fetchone()
    return int(row[0]) if row else 0


def _must_be_free(conn: psycopg.Connection[Any]) -> None:
    with conn.transaction(force_rollback=True):
        act_as(conn, _MAKER)
        if there := _workspaces(conn):
            raise ScaleThere(rows=there)


def _past_row_security(conn: psycopg.Connection[Any]) -> bool:
    row = conn.execute("SELECT row_security_active('workspaces')").fetchone()
    return row is not None and not row[0]


def _copy(
    conn: psycopg.Connection[Any],
    stream: Stream,
    tenants: list[Tenant],
    clock: Clock,
    progress: Callable[[str, int], None],
    into: str | None = None,
) -> int:
    statement = stream.copy_sql()
    if into is not None:
        statement = statement.replace(f"COPY {stream.table} ", f"COPY {into} ", 1)
    written = 0
    with conn.cursor() as cursor, cursor.copy(statement.encode()) as copy:
        for rows, block in stream.blocks(tenants, clock):
            copy.write(block)
            written += rows
            progress(stream.table, rows)
    return written


def _copy_aside(
    conn: psycopg.Connection[Any],
    stream: Stream,
    tenants: list[Tenant],
    clock: Clock,
    progress: Callable[[str, int], None],
) -> int:
    aside = f"scale_{stream.table}"
    columns = ", ".join(stream.columns)
    conn.execute(
        f"CREATE TEMP TABLE {aside} ON COMMIT DROP AS "
        f"SELECT {columns} FROM {stream.table} WHERE false".encode()
    )
    written = _copy(conn, stream, tenants, clock, progress, f"pg_temp.{aside}")
    conn.execute(
        f"INSERT INTO {stream.table} ({columns}) SELECT {columns} FROM pg_temp.{aside}".encode()
    )
    return written
