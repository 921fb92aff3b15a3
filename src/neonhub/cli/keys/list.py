from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neonhub.cli.keys._organization import Organization, in_organization
from neonhub.cli.options import PRIMARY, After, AsJson, Limit
from neonhub.cli.paging import emit_page

if TYPE_CHECKING:
    from neonhub.domains.tenancy.access_queries import ApiKeyRow
    from neonhub.hub import OrganizationUnit

_COLUMNS = ("Key", "Name", "Status", "Scopes", "Workspace", "Used", "Expires", "Id")


def command(
    organization: Organization = PRIMARY,
    limit: Limit = 50,
    after: After = None,
    as_json: AsJson = False,
) -> None:
    """List the API keys."""

    async def work(unit: OrganizationUnit) -> Any:
        return await unit.tenancy.api_keys.list_keys(cursor=after, limit=limit)

    emit_page(
        in_organization(organization, work),
        as_json=as_json,
        columns=_COLUMNS,
        cells=_cells,
        empty="There is no API key yet: `neonhub keys create --name NAME` makes one.",
    )


def _cells(key: ApiKeyRow) -> tuple[object, ...]:
    used, expires = (
        None if at is None else f"{at:%Y-%m-%d %H:%M}" for at in (key.last_used_at, key.expires_at)
    )
    scopes = ", ".join(key.scopes)
    return key.prefix, key.name, key.status, scopes, key.workspace_id, used, expires, key.id
