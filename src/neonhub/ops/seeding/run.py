"""One seeding of the baseline: its connection, its facts, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, LiteralString

from neonhub.db.errors import NeonHubError
from neonhub.ops.seeding.writing import insert_rows

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    import psycopg

__all__ = ["BaselineBlocked", "Run", "SeedReport", "facts"]

_FACTS = Path(__file__).with_name("facts")


class BaselineBlocked(NeonHubError):
    """The baseline's {what} {slug!r} cannot be made: another one has that slug."""

    hint = "Rename the other one, then run `neonhub db seed` again."
    http_status = 409


@dataclass(slots=True)
class SeedReport:
    """How many rows of the baseline were written, and how many left as they were."""

    written: int = 0
    left: int = 0


@cache
def facts() -> dict[str, Any]:
    """What the baseline consists of, as the files of ``facts`` have it."""
    import orjson

    found: dict[str, Any] = {}
    for name in ("organization", "marketing", "connectors", "agents"):
        found |= orjson.loads((_FACTS / f"{name}.json").read_bytes())
    return found


@dataclass(slots=True)
class Run:
    """One seeding: the connection, the day, and the ids that sections give each other."""

    conn: psycopg.Connection[Any]
    today: dt.date
    facts: dict[str, Any] = field(default_factory=facts)
    report: SeedReport = field(default_factory=SeedReport)
    ids: dict[str, str] = field(default_factory=dict)

    def insert(self, statement: LiteralString, *values: Any, rows: int = 1) -> None:
        """Run an ``INSERT … ON CONFLICT DO NOTHING`` of so many rows."""
        self._count(self.conn.execute(statement, values).rowcount, rows)

    def add(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert those of ``rows`` that are not there, by any of the table's keys."""
        self._count(insert_rows(self.conn, table, rows), len(rows))

    def _count(self, written: int, rows: int) -> None:
        self.report.written += written
        self.report.left += rows - written

    def must_exist(self, table: str, row_id: str, what: str, slug: str) -> None:
        """Raise ``BaselineBlocked`` where the row could not be made."""
        query = f"SELECT FROM {table} WHERE id = %s"
        if self.conn.execute(query.encode(), [row_id]).fetchone() is None:
            raise BaselineBlocked(what=what, slug=slug)

    def ids_by(self, table: str, column: str, names: Sequence[str]) -> dict[str, str]:
        """The ids of the rows of the tenant whose ``column`` is among ``names``, by that name.

        What somebody has made under a name of ours stands for ours.
        """
        query = f"SELECT {column}, id FROM {table} WHERE {column} = ANY(%s)"
        return dict(self.conn.execute(query.encode(), [list(names)]).fetchall())
