"""Each backup, drill and restore in the log of operations, as far as the login may write there."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from neonhub.db.errors import NeonHubError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from neonhub.ops.records import Operation, State

    Notify = Callable[[str], None]

__all__ = ["NotAnAdministrator", "logged", "seal_of", "silent"]


class NotAnAdministrator(NeonHubError):
    """The login {user} may not restore or verify: {reason}."""

    hint = "Both take an administrator, who may make databases: set DIRECT_DATABASE_URL to his URL."
    http_status = 403
    exit_code = 77


def silent(_line: str) -> None:
    """For callers with nobody to tell."""


@contextlib.contextmanager
def logged(
    dsn: str, operation: Operation, about: dict[str, Any], notify: Notify
) -> Iterator[dict[str, Any]]:
    """Write ``started``, and ``good`` or ``failed``; the block adds to the detail.

    A detail with ``faults`` is a failure. Of an error only its kind is written: its words may
    quote a row.
    """
    detail = dict(about)
    if not _write(dsn, operation, "started", detail, notify):
        notify = silent  # said once
    try:
        yield detail
    except BaseException as error:
        code = error.code if isinstance(error, NeonHubError) else type(error).__name__
        _write(dsn, operation, "failed", detail | {"error": code}, notify)
        raise
    _write(dsn, operation, "failed" if detail.get("faults") else "good", detail, notify)


def _write(
    dsn: str, operation: Operation, state: State, detail: dict[str, Any], notify: Notify
) -> bool:
    import psycopg

    from neonhub.ops.records import record

    try:
        with psycopg.connect(dsn, autocommit=True, application_name="neonhub backup") as conn:
            record(conn, operation, state, detail)
    except psycopg.Error as error:
        why = str(error).strip().partition("\n")[0]
        notify(f"The log of operations has no line of this {operation}: {why}")
        return False
    return True


def seal_of(dsn: str, name: str) -> str | None:
    """The seal of the backup ``name`` as the database remembers it, where it does.

    Raises ``NotAnAdministrator`` for a login that may not ask.
    """
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    query = (
        "SELECT detail->>'seal' FROM neonhub.operation_log WHERE operation = 'backup' "
        "AND state = 'good' AND detail->>'name' = %s ORDER BY place LIMIT 1"
    )
    try:
        with psycopg.connect(dsn, autocommit=True, application_name="neonhub backup") as conn:
            row = conn.execute(query.encode(), [name]).fetchone()
    except psycopg.errors.InsufficientPrivilege as error:
        user = conninfo_to_dict(dsn).get("user") or "of this session"
        reason = str(error.diag.message_primary)
        raise NotAnAdministrator(user=user, reason=reason) from error
    except psycopg.Error:
        return None  # the database is lost, or has no log: then nobody remembers
    return None if row is None else row[0]
