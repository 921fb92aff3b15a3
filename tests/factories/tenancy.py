"""Rows of the tenancy domain."""

from __future__ import annotations

import datetime as dt

from tests.factories.base import Factory

_LATER = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)

ORGANIZATION = Factory("organizations", {"slug": "organization-{n}", "name": "Organization {n}"})
WORKSPACE = Factory(
    "workspaces",
    {"slug": "workspace-{n}", "name": "Workspace {n}"},
    needs=("organization_id",),
)
WORKSPACE_MEMBER = Factory("workspace_members", {}, needs=("workspace_id", "user_id"))
ORGANIZATION_ROLE = Factory(
    "organization_roles",
    {"slug": "role-{n}", "name": "Role {n}"},
    needs=("organization_id",),
)
ORGANIZATION_PERMISSION = Factory(
    "organization_permissions", {"key": "area-{n}:read"}, needs=("organization_id",)
)
ROLE_PERMISSION = Factory(
    "role_permissions", {}, needs=("organization_id", "role_id", "permission_id")
)
ORGANIZATION_MEMBER = Factory("organization_members", {}, needs=("organization_id", "user_id"))
INVITATION = Factory(
    "invitations",
    {"email": "invited-{n}@example.com", "token_hash": "hash-{n}", "expires_at": _LATER},
    needs=("organization_id",),
)
API_KEY = Factory(
    "api_keys",
    {"name": "Key {n}", "token_hash": "hash-{n}", "prefix": "neon_{n}"},
    needs=("organization_id", "created_by_id"),
)
TEAM_MEMBER = Factory("team_members", {}, needs=("organization_id", "user_id"))
