"""From a command to a unit of work in an organization, and what the commands on keys share."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from neonhub.cli.console import message
from neonhub.cli.run import run
from neonhub.db.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from neonhub.hub import OrganizationUnit

Result = TypeVar("Result")
Organization = Annotated[
    str, typer.Option("--organization", "-o", help="The organization: its slug or id.")
]

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def in_organization(ref: str, work: Callable[[OrganizationUnit], Awaitable[Result]]) -> Result:
    """Do ``work`` in one unit of work in the organization ``ref`` and return its result.

    The embedded server is started where it is needed, and left at the end.
    """
    from neonhub.hub import NeonHub
    from neonhub.ops.bootstrap import make_ready
    from neonhub.settings_quick import read_settings

    settings = read_settings()
    ready = make_ready(settings, notify=message, always=False)

    async def unit() -> Result:
        async with NeonHub(settings, ready=ready) as hub, hub.organization(ref) as opened:
            return await work(opened)

    try:
        return run(unit)
    finally:
        if ready.embedded is not None:
            ready.embedded.release()


async def maker_of(unit: OrganizationUnit, email: str | None) -> str:
    """The user with that e-mail address; without one, the organization's owner."""
    if email is not None:
        from neonhub.domains.identity.service import Users

        user = await Users(unit.session).find(email)
        if user is None:
            raise NotFound(what="user", key=email)
        return user.id
    organization = await unit.tenancy.get_organization()
    if organization.owner_id is None:
        raise NotFound("The organization has no owner.", hint="Name a member by --as EMAIL.")
    return organization.owner_id


def life(text: str | None) -> dt.timedelta | None:
    """``90d`` as a time: minutes, hours, days or weeks. Raises ``InvalidInput``.

    Whether it is too short or too long is for the service to say, which knows the bounds.
    """
    if text is None:
        return None
    found = re.fullmatch(r"([0-9]+)([mhdw])", text.strip().lower(), re.ASCII)
    if found is None:
        reason = f"{text!r} is not a number with m, h, d or w behind it, such as 90d"
        raise InvalidInput(field="--expires-in", reason=reason)
    try:
        return dt.timedelta(**{_UNITS[found[2]]: int(found[1])})
    except (OverflowError, ValueError):  # ValueError: thousands of digits
        return dt.timedelta.max
