from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neonhub.cli.keys._organization import Organization, in_organization
from neonhub.cli.options import PRIMARY, After, AsJson, Limit
from neonhub.cli.paging import emit_page
from neonhub.db.errors import NotFound

if TYPE_CHECKING:
    from neonhub.domains.tenancy.access_queries import ApiKeyRow
    from neonhub.hub import OrganizationUnit

# What fits into 80 columns: `keys revoke` takes the key as it is shown, and JSON holds all.
_COLUMNS = ("Key", "Name", "Status", "Scopes", "Workspace", "Used", "Expires")


def command(
    organization: Organization = PRIMARY,
    limit: Limit = 50,
    after: After = None,
    as_json: AsJson = False,
) -> None:
    """List the API keys."""
    names: dict[str, str] = {}

    async def work(unit: OrganizationUnit) -> Any:
        page = await unit.tenancy.api_keys.list_keys(cursor=after, limit=limit)
        if not as_json:
            for id_ in {key.workspace_id for key in page.items if key.workspace_id}:
                names[id_] = await _name_of(unit, id_)
        return page

    emit_page(
        in_organization(organization, work),
        as_json=as_json,
        columns=_COLUMNS,
        cells=lambda key: _cells(key, names),
        empty="There is no API key yet: `neonhub keys create --name NAME` makes one.",
    )


async def _name_of(unit: OrganizationUnit, workspace_id: str) -> str:
    try:
        return (await unit.tenancy.get_workspace(workspace_id)).slug
    except NotFound:  # deleted since
        return workspace_id


def _cells(key: ApiKeyRow, names: dict[str, str]) -> tuple[object, ...]:
    used, expires = (
        None if at is None else f"{at:%Y-%m-%d}" for at in (key.last_used_at, key.expires_at)
    )
    scopes = f"{len(key.scopes)} scope{'' if len(key.scopes) == 1 else 's'}"
    workspace = None if key.workspace_id is None else names[key.workspace_id]
    return key.prefix, key.name, key.status, scopes, workspace, used, expires
