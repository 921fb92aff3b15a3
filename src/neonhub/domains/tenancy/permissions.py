"""What may be allowed, and the five roles that every organization begins with."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["OWNER", "PERMISSIONS", "SYSTEM_ROLES", "WORKING", "SystemRole"]

PERMISSIONS: dict[str, str] = {
    "workspace:manage": "Create, rename and set up workspaces, and manage API keys.",
    "workspace:billing": "See invoices and change the plan and the means of payment.",
    "workspace:delete": "Delete a workspace or the organization.",
    "users:invite": "Invite people and add members.",
    "users:remove": "Remove members.",
    "users:roles": "Change what roles allow, and who has which.",
    "agents:create": "Create agents.",
    "agents:execute": "Run agents.",
    "agents:configure": "Change an agent's configuration, tools and limits.",
    "agents:delete": "Delete agents.",
    "campaigns:create": "Create and edit campaigns.",
    "campaigns:publish": "Send or schedule campaigns.",
    "campaigns:analytics": "See how campaigns perform.",
    "campaigns:delete": "Delete campaigns.",
    "content:create": "Create and edit content.",
    "content:publish": "Publish content.",
    "people:read": "See people and what is known of them.",
    "people:write": "Create, correct and merge people.",
    "data:export": "Export data.",
    "data:import": "Import data and documents.",
    "data:delete": "Delete datasets, documents and other data.",
    "connectors:auth": "Connect outside services.",
    "connectors:execute": "Use connected services.",
    "connectors:revoke": "Disconnect outside services.",
}
"""Every permission, ``<area>:<action>``, and what it allows."""


class SystemRole(NamedTuple):
    """A role that every organization has and none can change."""

    slug: str
    name: str
    description: str
    permissions: frozenset[str]


OWNER = "owner"
_ALL = frozenset(PERMISSIONS)
WORKING = frozenset(
    {
        "agents:create",
        "agents:execute",
        "campaigns:create",
        "campaigns:publish",
        "campaigns:analytics",
        "content:create",
        "content:publish",
        "people:read",
        "people:write",
        "data:import",
        "connectors:execute",
    }
)
"""What a member may do, and an API key unless it is made with less or more."""

SYSTEM_ROLES: tuple[SystemRole, ...] = (
    SystemRole(OWNER, "Owner", "May do everything; there is always at least one.", _ALL),
    SystemRole(
        "admin",
        "Admin",
        "Runs the organization: everything but deleting it or a workspace.",
        _ALL - {"workspace:delete"},
    ),
    SystemRole("member", "Member", "Makes, runs and publishes; manages nobody.", WORKING),
    SystemRole(
        "viewer",
        "Viewer",
        "Reads people and results, and changes nothing.",
        frozenset({"people:read", "campaigns:analytics"}),
    ),
    SystemRole("guest", "Guest", "Holds no permission until a role gives some.", frozenset()),
)
"""The roles of the baseline, the most powerful first."""
