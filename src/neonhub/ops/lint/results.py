"""What lint tells: locks as they were seen, and findings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Finding", "Linted", "Lock", "Severity"]

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a migration, or a file.

    ``error``: it must not be deployed so. ``warning``: there is a better way, or a reason to write
    down. ``note``: good to know. ``accepted`` is the reason of ``MIGRATION_RISK.md`` for letting it
    pass. ``line`` counts from 1.
    """

    rule: str
    severity: Severity
    file: str
    line: int
    message: str
    remedy: str = ""
    table: str | None = None
    revision: str | None = None
    accepted: str | None = None

    @property
    def stands(self) -> bool:
        """Whether it is an error or a warning that nothing excuses."""
        return self.accepted is None and self.severity != "note"


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock on a table that was there before, from the line that takes it to the end of its
    transaction.

    ``blocks`` is who waits for it. ``seconds`` is an estimate of how long it is held, by the work
    that follows in the same transaction and the size that the live table has: ``rows``,
    ``bytes``. What is done to this very table is in ``work``.
    """

    table: str
    mode: str
    blocks: str
    file: str
    line: int
    rows: int
    bytes: int
    work: list[str]
    seconds: float
    revision: str | None = None


@dataclass(frozen=True, slots=True)
class Linted:
    """``what`` are the migrations, or files, that were looked at. ``concurrently`` are the indexes
    that each builds outside of a transaction: those that a killed run may leave invalid."""

    what: list[str]
    findings: list[Finding] = field(default_factory=list)
    locks: list[Lock] = field(default_factory=list)
    concurrently: dict[str, list[str]] = field(default_factory=dict)

    @property
    def standing(self) -> list[Finding]:
        """The errors and warnings that nothing excuses."""
        return [each for each in self.findings if each.stands]

    @property
    def errors(self) -> list[Finding]:
        """Of those, what must not be deployed."""
        return [each for each in self.standing if each.severity == "error"]
