from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from neonhub.cli.console import emit
from neonhub.cli.keys._organization import Organization, in_organization
from neonhub.cli.options import PRIMARY, AsJson

if TYPE_CHECKING:
    from neonhub.domains.tenancy.access_queries import ApiKeyRow
    from neonhub.hub import OrganizationUnit


def command(
    key: Annotated[str, typer.Argument(help="The key: its id or its first 12 characters.")],
    organization: Organization = PRIMARY,
    as_json: AsJson = False,
) -> None:
    """Revoke an API key."""

    async def work(unit: OrganizationUnit) -> ApiKeyRow:
        return await unit.tenancy.api_keys.revoke(key)

    revoked = in_organization(organization, work)
    emit(
        revoked._asdict(),
        as_json=as_json,
        render="Revoked the key {prefix}… ({name}).".format_map,
    )
