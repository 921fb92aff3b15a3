from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from neonhub.cli.console import emit, message
from neonhub.cli.keys._organization import Organization, in_organization, life, maker_of
from neonhub.cli.options import PRIMARY, AsJson

if TYPE_CHECKING:
    from neonhub.domains.tenancy.api_keys import NewApiKey
    from neonhub.hub import OrganizationUnit

_SCOPE = "A permission that the key holds; without any, a member's."


def command(  # noqa: PLR0917  (options, each by its name)
    name: Annotated[str, typer.Option("--name", help="What the key is for.")],
    organization: Organization = PRIMARY,
    workspace: Annotated[
        str | None, typer.Option("--workspace", "-w", help="The one workspace that it is good for.")
    ] = None,
    scope: Annotated[list[str] | None, typer.Option("--scope", help=_SCOPE)] = None,
    expires_in: Annotated[
        str | None, typer.Option("--expires-in", help="How long it is valid, such as 90d.")
    ] = None,
    maker: Annotated[
        str | None, typer.Option("--as", help="The e-mail address of its maker: else the owner.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make an API key; it is shown once."""
    expires = life(expires_in)

    async def work(unit: OrganizationUnit) -> NewApiKey:
        user_id = await maker_of(unit, maker)
        return await unit.tenancy.api_keys.create(
            name, scope or None, workspace=workspace, expires_in=expires, created_by=user_id
        )

    made = in_organization(organization, work)
    if not as_json:
        message(f"Key {made.key.prefix}… ({', '.join(made.key.scopes) or 'no scope'}), shown once:")
    emit({"token": made.token, **made.key._asdict()}, as_json=as_json, render=lambda d: d["token"])
