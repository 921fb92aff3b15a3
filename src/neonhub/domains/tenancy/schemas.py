"""What the tenancy domain's routes take and give."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pydantic import Field

from neonhub.domains.http import Name, Shape, Text


class Me(Shape):
    """Who the key is, and what it may do."""

    kind: str
    id: str
    user_id: str | None
    organization_id: str | None
    workspace_id: str | None = Field(description="the one workspace that it is bound to, if any")
    permissions: list[str]


class Organization(Shape):
    """The account."""

    id: str
    slug: str
    name: str
    plan: str
    settings: dict[str, Any] | None
    owner_id: str | None
    created_at: dt.datetime
    updated_at: dt.datetime


class NewWorkspace(Shape):
    """A workspace to make. Without a slug one is made of the name."""

    name: Name
    slug: Name | None = None


class Workspace(Shape):
    """A tenant: what is in it, no other sees."""

    id: str
    slug: str
    name: str
    owner_id: str | None
    settings: dict[str, Any] | None
    created_at: dt.datetime
    updated_at: dt.datetime


class Member(Shape):
    """A member of the organization; ``role`` is the role's slug."""

    id: str
    user_id: str
    email: str
    name: str | None
    role: str | None
    status: str
    joined_at: dt.datetime


class RoleChange(Shape):
    """The role that a member is to have: its slug or id."""

    role: Name


class Role(Shape):
    """What its holders may do."""

    id: str
    slug: str
    name: str
    description: str | None
    is_system: bool
    permissions: list[str]
    holders: int


class NewInvitation(Shape):
    """An address to invite. Without a workspace, to the default one."""

    email: Text = Field(min_length=3, max_length=320)
    role: Name = "member"
    workspace: Text | None = Field(None, max_length=200)
    expires_in_days: int = Field(7, ge=1, le=30)


class Invitation(Shape):
    """An invitation; ``status`` is pending, accepted, revoked or expired."""

    id: str
    email: str
    role: str | None
    workspace_id: str | None
    status: str
    invited_by_id: str | None
    expires_at: dt.datetime
    accepted_at: dt.datetime | None
    created_at: dt.datetime


class InvitationMade(Invitation):
    """A new invitation with its token, which is shown this once."""

    token: str


class NewApiKey(Shape):
    """A key to make. ``scopes`` are permissions that its maker holds; without any, a member's."""

    name: Name
    scopes: list[Name] | None = Field(None, max_length=100)
    workspace: Text | None = Field(None, max_length=200)
    expires_in_days: int | None = Field(None, ge=1, le=3660)


class ApiKey(Shape):
    """A key without its secret; ``status`` is active, expired or revoked."""

    id: str
    name: str
    prefix: str
    scopes: list[str]
    workspace_id: str | None
    created_by_id: str
    status: str
    created_at: dt.datetime
    last_used_at: dt.datetime | None
    expires_at: dt.datetime | None


class ApiKeyMade(ApiKey):
    """A new key with its token, which is shown this once."""

    token: str
