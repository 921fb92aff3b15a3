"""From a command to a unit of work in a workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from neonhub.cli.console import message
from neonhub.cli.run import run
from neonhub.db.errors import NeonHubError, NotFound

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from neonhub.db.tenancy import Tenant
    from neonhub.hub import NeonHub, WorkspaceUnit

Result = TypeVar("Result")

_NO_SUCH_OBJECT = {"42883", "42P01", "3F000"}


class NotMigrated(NeonHubError):
    """The database of DATABASE_URL lacks what NeonHub needs, or part of it."""

    hint = "Run `neonhub db migrate`, then `neonhub db seed`."
    exit_code = 78


def in_workspace(ref: str, work: Callable[[WorkspaceUnit], Awaitable[Result]]) -> Result:
    """Do ``work`` in one unit of work in the workspace ``ref`` and return its result.

    The embedded server is started where it is needed, and left at the end.
    """
    from neonhub.hub import NeonHub
    from neonhub.ops.bootstrap import make_ready
    from neonhub.settings_quick import read_settings

    settings = read_settings()
    ready = make_ready(settings, notify=message, always=False)

    async def unit() -> Result:
        async with NeonHub(settings, ready=ready) as hub:
            tenant = await _find(hub, ref)
            async with hub.workspace(tenant) as ws:
                return await work(ws)

    try:
        return run(unit)
    finally:
        if ready.embedded is not None:
            ready.embedded.release()


async def _find(hub: NeonHub, ref: str) -> Tenant:
    from neonhub.db.errors import StatementRejected

    try:
        return await hub.find_workspace(ref)
    except NotFound as error:
        error.hint = "A fresh database has `primary`; `neonhub db seed` makes it."
        raise
    except StatementRejected as error:
        if error.details.get("sqlstate") in _NO_SUCH_OBJECT:
            raise NotMigrated from error
        raise
