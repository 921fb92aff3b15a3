"""The server to be archived: restarted where it is the embedded one."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from neonhub.settings import Settings

__all__ = ["restarting"]

Restart = tuple[str, "Callable[[], str] | None", "Callable[[Path], Path]"]


@contextlib.contextmanager
def restarting(settings: Settings, notify: Callable[[str], None]) -> Iterator[Restart]:
    """The administrator's URL, what restarts the server, and what gives a folder to its account.

    A server of one's own is not restarted, and its account is not ours to know.
    """
    from neonhub.ops.server import administrator, embedded_of

    with administrator(settings, notify) as dsn:
        if settings.direct_url is not None:
            yield dsn, None, lambda path: path
            return
        server = embedded_of(settings, notify)

        def restart() -> str:
            server.stop()
            return server.acquire().dsn(role="postgres")

        def own(path: Path) -> Path:
            from neonhub.db._embedded_home import account_for, make_private
            from neonhub.ops.physical.archive import WAL

            path.mkdir(mode=0o755, parents=True, exist_ok=True)
            make_private(path / WAL, account_for(server.home))
            return path

        try:
            yield dsn, restart, own
        finally:
            server.release()
