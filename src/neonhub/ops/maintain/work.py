"""What every step works with: one connection, a moment that is "now", and an end of its time."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from neonhub.db.errors import NeonHubError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    import psycopg

    from neonhub.ops.maintain.periods import Period

__all__ = ["MAINTENANCE", "OWNER", "StillLocked", "Work", "acting", "patiently", "tell_all"]

MAINTENANCE, OWNER = "neonhub_maintenance", "neonhub_owner"
# Below deadlock_timeout (1 s): where we and a writer wait for each other it is we who give up.
# Whoever queues behind us waits as long at most.
LOCK_WAIT_MS = 500
_TRIES = 10
Made = TypeVar("Made")


class StillLocked(NeonHubError):
    """Others hold locks on {what} that this needs; it gave up after {tries} tries."""

    hint = "Run it again; `SELECT * FROM pg_stat_activity` shows long transactions."
    http_status = 503
    exit_code = 75


@dataclass(slots=True)
class Work:
    """One run. ``ends`` is on the monotonic clock; ``did`` and ``told`` are the current step's."""

    conn: psycopg.Connection[Any]
    now: dt.datetime
    ends: float
    dry_run: bool = False
    archive_to: Path | None = None
    overrides: Mapping[str, Period] = field(default_factory=dict)
    did: dict[str, int] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    unfinished: bool = False
    marks: dict[str, Any] = field(default_factory=dict)
    """What the next run must know, by the name of its roll-up."""

    def count(self, what: str, number: int = 1) -> None:
        """Add to what the step did."""
        if number:
            self.did[what] = self.did.get(what, 0) + number

    def tell(self, line: str) -> None:
        """Something that an operator should read."""
        self.told.append(line)

    def out_of_time(self) -> bool:
        """Whether the step should stop here; what is left is for the next run."""
        if time.monotonic() < self.ends:
            return False
        self.unfinished = True
        return True


def tell_all(work: Work, failures: list[NeonHubError]) -> None:
    """Raise the first of what went wrong with some while others were done; the rest are told."""
    for failure in failures[1:]:
        work.tell(str(failure))
    if failures:
        raise failures[0]


@contextlib.contextmanager
def acting(conn: psycopg.Connection[Any], role: str, *, snapshot: bool = False) -> Iterator[None]:
    """A transaction as ``role``; with ``snapshot`` it reads one moment and writes nothing."""
    import psycopg

    with conn.transaction():
        if snapshot:
            conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        try:
            conn.execute(f"SET LOCAL ROLE {role}".encode())
        except psycopg.errors.InsufficientPrivilege as error:
            from neonhub.ops.migrate import NotTheOwner
            from neonhub.ops.roles import MayNotAct

            if role == OWNER:
                raise NotTheOwner(user=conn.info.user) from error
            raise MayNotAct(user=conn.info.user, role=role) from error
        conn.execute(f"SET LOCAL lock_timeout = {LOCK_WAIT_MS}".encode())
        yield


def patiently(what: str, attempt: Callable[[], Made]) -> Made:
    """Call ``attempt``, a transaction of its own, until no lock is in its way.

    Raises ``StillLocked`` after the tenth time.
    """
    import psycopg

    busy = (
        psycopg.errors.LockNotAvailable,
        psycopg.errors.DeadlockDetected,
        psycopg.errors.SerializationFailure,
        psycopg.errors.ForeignKeyViolation,  # what a row refers to was deleted meanwhile
    )
    for number in range(1, _TRIES + 1):
        try:
            return attempt()
        except busy as error:
            if number == _TRIES:
                raise StillLocked(what=what, tries=_TRIES) from error
            time.sleep(min(0.05 * 2**number, 2.0))
    raise AssertionError("unreachable")
