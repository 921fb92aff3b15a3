"""The server as an operator sees it: how to reach it, what it holds, keeping and stopping it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from neonhub.db.errors import ConfigurationError, InvalidInput, NeonHubError

if TYPE_CHECKING:
    from neonhub.db.embedded import EmbeddedServer
    from neonhub.settings import Settings

__all__ = [
    "ROLE_NAMES",
    "ServerInUse",
    "administrator",
    "connection_url",
    "embedded_of",
    "login_of",
    "scratch_server",
    "stop",
    "with_role",
]

Notify = Callable[[str], None]

ROLE_NAMES = ("owner", "migrate", "app", "auth", "readonly", "maintenance", "backup")


class ServerInUse(NeonHubError):
    """The embedded server is in use by {users}."""

    hint = "End them first, or cut them off with --force."
    exit_code = 75


@dataclass(frozen=True, slots=True)
class Stopped:
    """What ``stop`` did: whether a server ran, and who used it."""

    ran: bool
    users: tuple[str, ...]


def embedded_of(settings: Settings, notify: Notify = lambda _line: None) -> EmbeddedServer:
    """The embedded server of these settings, neither started nor claimed."""
    from neonhub.db.embedded import EmbeddedServer, default_home

    home = settings.home if "home" in settings.model_fields_set else default_home()
    return EmbeddedServer(home, port=settings.pg_port, notify=notify)


def login_of(name: str) -> str:
    """``app`` as ``neonhub_app``. The owner has no login: ``neonhub_migrate``'s sessions act as
    it. Raises ``InvalidInput``."""
    short = name.removeprefix("neonhub_")
    if short not in ROLE_NAMES:
        raise InvalidInput(field="--role", reason=f"it is one of {', '.join(ROLE_NAMES)}")
    return "neonhub_migrate" if short == "owner" else f"neonhub_{short}"


@contextlib.contextmanager
def administrator(settings: Settings, notify: Notify) -> Iterator[str]:
    """The URL of who may make roles and migrate, as long as the block lasts.

    The embedded server is started, with its roles and its database; a database of the user's own
    is taken as ``DIRECT_DATABASE_URL`` or else ``DATABASE_URL`` name it.
    """
    if settings.direct_url is not None:
        yield settings.direct_url.get_secret_value()
        return
    from neonhub.ops.bootstrap import _ensure_own_database

    server = embedded_of(settings, notify)
    with server as info:
        _ensure_own_database(info, server)
        yield info.dsn(role="postgres")


@contextlib.contextmanager
def scratch_server(settings: Settings, notify: Notify) -> Iterator[str]:
    """The URL of an administrator of the embedded server, whatever ``DATABASE_URL`` says: for what
    makes databases of its own and looks at no other. The roles are there."""
    from neonhub.ops.prepare import connected
    from neonhub.ops.roles import ensure_roles

    with embedded_of(settings, notify) as info:
        dsn = info.dsn(role="postgres", dbname="postgres")
        with connected(dsn) as conn:
            ensure_roles(conn)
        yield dsn


def connection_url(settings: Settings, role: str | None, notify: Notify) -> str:
    """A URL for another client, by TCP, with its password; the owner's unless ``role`` says else.

    The embedded server is prepared, and kept for the client by ``neonhub.ops.hold``. The login of
    ``DATABASE_URL`` is the user's own: with a role, its sessions take that role.
    """
    if settings.direct_url is not None:
        url = settings.direct_url.get_secret_value()
        return url if role is None else with_role(url, role)
    from neonhub.ops.bootstrap import make_ready
    from neonhub.ops.hold import keep
    from neonhub.ops.passwords import settle
    from neonhub.ops.prepare import connected

    login = login_of(role or "owner")
    ready = make_ready(settings, notify=notify)
    assert ready.embedded is not None and ready.server is not None  # noqa: S101, PT018
    try:
        keep(ready.embedded.home)
        password = ready.embedded.secret(login)
        with connected(ready.server.dsn(role="postgres", dbname="postgres")) as conn:
            if settle(conn, login, password):
                notify(f"{login} had another password: it has the one that is kept here again.")
        return ready.server.dsn(role=login, password=password, tcp=True)
    finally:
        ready.embedded.release()


def with_role(url: str, role: str) -> str:
    """``url`` with sessions that act as ``role``: whatever login it has must be a member."""
    from urllib.parse import quote

    name = "neonhub_owner" if login_of(role) == "neonhub_migrate" else login_of(role)
    if "://" not in url:
        raise ConfigurationError(name="DATABASE_URL", reason="a role can be put into a URL only")
    if "options=" in url:
        raise ConfigurationError(
            name="DATABASE_URL", reason="it has options of its own beside which no role fits"
        )
    return f"{url}{'&' if '?' in url else '?'}options={quote(f'-c role={name}')}"


def stop(settings: Settings, notify: Notify, *, force: bool = False) -> Stopped:
    """Stop the embedded server. Raises ``ServerInUse`` unless ``force``, where others use it.

    Who holds it for other clients (``neonhub db url``) is not such a user.
    """
    if not settings.uses_embedded_server:
        raise ConfigurationError(
            name="DATABASE_URL",
            reason="it names a server of your own, which NeonHub does not stop",
            hint="Unset it to speak of the embedded server.",
        )
    from neonhub.ops.hold import holder_of

    server = embedded_of(settings, notify)
    status = server.status()
    holder = holder_of(server.home)
    users = tuple(_described(pid) for pid in status.users if pid != holder)
    if users and status.running and not force:
        raise ServerInUse(users=users)
    return Stopped(server.stop(), users)


def _described(pid: int) -> str:
    """``process 12 (neonhub up)``."""
    with contextlib.suppress(Exception):  # psutil's errors are its own, and this is a courtesy
        import psutil

        words = psutil.Process(pid).cmdline()
        return f"process {pid} ({' '.join(word.rpartition('/')[2] for word in words[:4])})"
    return f"process {pid}"
