"""What the doctor's parts share: findings, limits, and a read-only look at the database."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    import psycopg

    from neonhub.settings import Settings

__all__ = ["Doctor", "Finding", "Limits", "Look", "Unjudged", "quoted", "span"]

Severity = Literal["urgent", "slow", "advice"]
MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that costs time, or will.

    ``severity``: ``urgent`` where somebody waits or the server is about to stop, ``slow`` where
    it costs time now, ``advice`` otherwise. ``remedy`` is SQL or a command, one a line.
    """

    name: str
    object: str
    severity: Severity
    what: str
    remedy: list[str]
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unjudged:
    """What could not be looked at, why, and what lets it be."""

    what: str
    why: str
    remedy: str | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """From where on something is told. Times in seconds, sizes in bytes."""

    statements: int = 10
    statement_mean_ms: float = 100.0
    statement_total_ms: float = 10_000.0
    statement_share: float = 0.1
    long_transaction_s: float = 300.0
    idle_transaction_s: float = 60.0
    blocked_s: float = 1.0
    cache_hit: float = 0.95
    cache_blocks: int = 100_000
    index_size: int = MB
    statistics_days: float = 7.0
    large_rows: int = 10_000
    sequential_scans: int = 50
    referring_rows: int = 1_000
    dead_rows: int = 1_000
    dead_share: float = 0.2
    bloat_size: int = 10 * MB
    bloat_share: float = 0.4
    lag_bytes: int = 100 * MB
    lag_s: float = 60.0
    slot_bytes: int = 1024 * MB
    transaction_age: int = 400_000_000
    connections_share: float = 0.8
    checkpoints: int = 10
    temp_bytes: int = 100 * MB
    unanalysed_rows: int = 1_000


@dataclass(slots=True)
class Look:
    """An open connection in a read-only transaction, and what comes of looking."""

    conn: psycopg.Connection[Any]
    settings: Settings
    limits: Limits
    sees_all: bool
    version: int
    unjudged: list[Unjudged] = field(default_factory=list)

    def rows(self, query: str, parameters: Sequence[Any] | None = None) -> list[dict[str, Any]]:
        """The rows of a query, by column."""
        from psycopg.rows import dict_row

        with self.conn.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(query.encode(), parameters).fetchall()

    def row(self, query: str, parameters: Sequence[Any] | None = None) -> dict[str, Any]:
        """The one row of a query."""
        (found,) = self.rows(query, parameters)
        return found


@dataclass(slots=True)
class Doctor:
    """All that was found. ``figures`` are of the database at large; ``by_total`` and ``by_mean``
    the statements that take most time, and longest; ``waiting`` who waits on whom."""

    database: str
    findings: list[Finding] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)
    by_total: list[dict[str, Any]] = field(default_factory=list)
    by_mean: list[dict[str, Any]] = field(default_factory=list)
    waiting: list[dict[str, Any]] = field(default_factory=list)
    pools: list[dict[str, Any]] = field(default_factory=list)
    unjudged: list[Unjudged] = field(default_factory=list)

    @property
    def ill(self) -> list[Finding]:
        """What is more than advice."""
        return [each for each in self.findings if each.severity != "advice"]

    @property
    def untold(self) -> bool:
        """Whether it cannot be said that all is well: nothing was found, but not all looked at."""
        return bool(self.unjudged) and not self.ill


def quoted(name: str) -> str:
    """An identifier as SQL takes it."""
    return '"' + name.replace('"', '""') + '"'


def span(seconds: float) -> str:
    """A time as people read it."""
    if seconds < 120:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h" if seconds < 172_800 else f"{seconds / 86_400:.0f} days"
