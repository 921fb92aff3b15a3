"""From whatever is there to a database ready for work: server, roles, migrations, baseline."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neonhub.db.embedded import EmbeddedServer, ServerInfo
    from neonhub.settings import Settings

__all__ = ["Ready", "make_ready", "start_embedded"]

Notify = Callable[[str], None]
_LOGINS = (
    "neonhub_migrate",
    "neonhub_app",
    "neonhub_auth",
    "neonhub_readonly",
    "neonhub_maintenance",
    "neonhub_backup",
)


@dataclass(slots=True)
class Ready:
    """A database ready for work: how to reach it, what had to be done, and how long it took.

    ``steps`` are (what, seconds), in order.
    """

    app_dsn: str
    direct_app_dsn: str
    admin_dsn: str
    embedded: EmbeddedServer | None = None
    server: ServerInfo | None = None
    steps: list[tuple[str, float]] = field(default_factory=list)


class _Clock:
    def __init__(self, steps: list[tuple[str, float]], notify: Notify):
        self._steps, self._notify = steps, notify
        self._at = time.perf_counter()

    def step(self, what: str) -> None:
        now = time.perf_counter()
        self._steps.append((what, now - self._at))
        self._notify(f"{what} ({now - self._at:.2f} s)")
        self._at = time.perf_counter()


def start_embedded(settings: Settings, notify: Notify) -> tuple[EmbeddedServer, ServerInfo]:
    """The embedded server, running, with this process among its users."""
    from neonhub.db.embedded import EmbeddedServer, default_home

    home = settings.home if "home" in settings.model_fields_set else default_home()
    server = EmbeddedServer(home, port=settings.pg_port, notify=notify)
    return server, server.acquire()


def make_ready(
    settings: Settings,
    *,
    notify: Notify = lambda _line: None,
    step: Notify = lambda _line: None,
    always: bool = True,
) -> Ready:
    """Start the embedded server if there is no ``DATABASE_URL``; migrate and seed what is not.

    With ``always`` off, a database of the user's own is left as it is: only the embedded server's
    is brought up to date by the way.
    """
    if settings.uses_embedded_server:
        return _embedded(settings, notify, step)
    assert settings.database_url is not None and settings.direct_url is not None  # noqa: S101, PT018
    pooled = settings.database_url.get_secret_value()
    direct = settings.direct_url.get_secret_value()
    ready = Ready(app_dsn=pooled, direct_app_dsn=direct, admin_dsn=direct)
    if always:
        _bring_up_to_date(ready, notify, step, prepare_with=None)
    return ready


def _embedded(settings: Settings, notify: Notify, step: Notify) -> Ready:
    steps: list[tuple[str, float]] = []
    clock = _Clock(steps, step)
    server, info = start_embedded(settings, notify)
    what = "initialised and started" if info.initialised else "started" if info.started else "found"
    try:
        clock.step(f"PostgreSQL {what}, port {info.port}")
        app = info.dsn(role="neonhub_app")
        ready = Ready(app, app, info.dsn(role="postgres"), server, info, steps)
        _bring_up_to_date(ready, notify, step, prepare_with=server)
    except BaseException:
        server.release()
        raise
    return ready


def _bring_up_to_date(
    ready: Ready, notify: Notify, step: Notify, *, prepare_with: EmbeddedServer | None
) -> None:
    """Roles, migrations and baseline; a database that has them costs one short look."""
    from neonhub.ops.migrate import head
    from neonhub.ops.state import state_of

    clock = _Clock(ready.steps, step)
    if prepare_with is not None and ready.server is not None:
        _ensure_own_database(ready.server, prepare_with)
    state = state_of(ready.admin_dsn)
    if not state.prepared:
        from neonhub.ops.prepare import prepare

        prepare(ready.admin_dsn)
        clock.step("roles, extensions and schema made")
    if state.revision != head():
        from neonhub.ops.migrate import migrate, run_in_words

        steps = migrate(ready.admin_dsn, notify=notify)
        clock.step(run_in_words(len(steps)))
    if not state.seeded:
        from neonhub.ops.seed import seed

        report = seed(ready.admin_dsn)
        clock.step(f"baseline seeded ({report.written} rows)")


def _ensure_own_database(info: ServerInfo, server: EmbeddedServer) -> None:
    """Make roles with logins and the database ``neonhub`` in the embedded server."""
    import psycopg

    from neonhub.ops.prepare import connected, ensure_database
    from neonhub.ops.roles import ensure_roles

    try:
        with psycopg.connect(info.dsn(role="neonhub_app"), connect_timeout=5):
            return
    except psycopg.OperationalError:
        passwords = {role: server.secret(role) for role in _LOGINS}
    with connected(info.dsn(role="postgres", dbname="postgres")) as conn:
        ensure_roles(conn, passwords=passwords, logins=True)
        ensure_database(conn)
