"""A deploy's lines in the log of operations, and its lock: what tells that one was killed."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from neonhub.db.errors import NeonHubError
from neonhub.ops.records import last, record

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

__all__ = ["DeployRunning", "Journal", "opened"]

# Held from the first step to the last; migrations have a lock of their own (migrate.LOCK).
LOCK = 7_236_021


class DeployRunning(NeonHubError):
    """Another deploy of this database is running: {who}."""

    hint = "Wait for its end; `neonhub db status` shows who migrates."
    http_status = 409
    exit_code = 75


class Journal:
    """Writes where the deploy stands, by a connection that holds the deploy's lock."""

    def __init__(self, conn: psycopg.Connection[Any], about: dict[str, Any]):
        self._conn, self._about = conn, about

    def at(self, step: str) -> None:
        """A step begins."""
        record(self._conn, "deploy", "started", self._about | {"step": step})

    def ended(self, *, good: bool, detail: dict[str, Any]) -> None:
        """The last line."""
        record(self._conn, "deploy", "good" if good else "failed", self._about | detail)


@contextlib.contextmanager
def opened(dsn: str, target: str) -> Iterator[tuple[Journal, str | None]]:
    """The journal, while nobody else deploys; and where an earlier deploy stood that was killed.

    The database is prepared. Raises ``DeployRunning``.
    """
    from neonhub.ops.books import keep_books
    from neonhub.ops.locks import only
    from neonhub.ops.migrate import act_as_owner, current_of
    from neonhub.ops.prepare import connected

    with connected(dsn) as conn:
        act_as_owner(conn)
        conn.execute("SET application_name = 'neonhub deploy'")
        with only(conn, LOCK, busy=lambda: DeployRunning(who=_who(conn))):
            keep_books(conn)
            yield Journal(conn, {"from": current_of(conn), "target": target}), _killed(conn)


def _killed(conn: psycopg.Connection[Any]) -> str | None:
    """What the last deploy's last line says, where it is not its end: the lock was free."""
    from neonhub.ops.migrate import current_of

    newest = last(conn, "deploy")
    if newest is None or newest.state != "started":
        return None
    began, target = newest.detail.get("from"), newest.detail.get("target")
    step, now = newest.detail.get("step", "its beginning"), current_of(conn)
    where = "before any migration" if now == began else f"after migration {now}"
    return (
        f"The last deploy, of {newest.at:%Y-%m-%d %H:%M:%S %Z} to {target}, was killed {where}, "
        f"at the step: {step}."
    )


def _who(conn: psycopg.Connection[Any]) -> str:
    from neonhub.ops.locks import holder

    conn.execute("RESET ROLE")  # the owner may not see who others are
    found = holder(conn, LOCK)
    if found is None:
        return "it has just ended"
    since = f", since {found.since:%Y-%m-%d %H:%M:%S %Z}" if found.since else ""
    return f"process {found.pid} from {found.client}{since}"
