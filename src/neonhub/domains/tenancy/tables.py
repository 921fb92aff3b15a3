"""Tables of the tenancy domain: the account, its workspaces, and who may do what in them."""

from __future__ import annotations

from sqlalchemy import func, text
from sqlalchemy.orm import Mapped, mapped_column

from neonhub.db.base import CASCADE, SET_NULL, Model, Scope, global_ref, index, tenant_ref, unique
from neonhub.db.mixins import Created, SoftDelete, Timestamps
from neonhub.db.policies import Access
from neonhub.db.types import CIText, Cuid, Instant, Json, TextArray, enum_column
from neonhub.domains.tenancy.enums import InvitationStatus

_SEARCHABLE = Access(searchable=True)
_BY_TOKEN = Access(searchable=True, hidden_from_readonly=("token_hash",))
# What a reference of the same organization points to: the tenant is part of the key.
_REFERABLE = unique("organization_id", "id", among_live=False)


class Organization(Timestamps, SoftDelete, Model, scope=Scope.ORGANIZATION, access=_SEARCHABLE):
    """The account: billing, roles, API keys, audit. Holds one or more workspaces."""

    __tablename__ = "organizations"
    __uniques__ = (unique("slug"),)

    slug: Mapped[str]
    name: Mapped[str]
    plan: Mapped[str] = mapped_column(server_default=text("'starter'::text"))
    settings: Mapped[Json | None]
    owner_id: Mapped[Cuid | None] = global_ref("users", SET_NULL)


class Workspace(Timestamps, SoftDelete, Model, scope=Scope.ORGANIZATION, access=_SEARCHABLE):
    """The tenant: the isolation boundary of every workspace-scoped table."""

    __tablename__ = "workspaces"
    __uniques__ = (unique("slug"), _REFERABLE)
    __indexes__ = (index("organization_id"), index("owner_id"))

    name: Mapped[str]
    slug: Mapped[str]
    owner_id: Mapped[Cuid | None] = global_ref("users", SET_NULL)
    settings: Mapped[Json | None]


class WorkspaceMember(Timestamps, Model, scope=Scope.WORKSPACE, access=_SEARCHABLE):
    """A user's place in a workspace."""

    __tablename__ = "workspace_members"
    __uniques__ = (unique("user_id"),)
    __indexes__ = (index("user_id", led_by_tenant=False),)

    user_id: Mapped[Cuid] = global_ref("users", CASCADE)
    role: Mapped[str] = mapped_column(server_default=text("'member'::text"))
    status: Mapped[str] = mapped_column(server_default=text("'active'::text"))
    joined_at: Mapped[Instant] = mapped_column(server_default=func.now())


class OrganizationRole(Timestamps, Model, scope=Scope.ORGANIZATION, access=_SEARCHABLE):
    """A named set of permissions: owner, admin, member, viewer, guest, and an account's own."""

    __tablename__ = "organization_roles"
    __uniques__ = (unique("organization_id", "slug"), _REFERABLE)

    name: Mapped[str]
    slug: Mapped[str]
    description: Mapped[str | None]
    is_system: Mapped[bool] = mapped_column(server_default=text("false"))


class OrganizationPermission(Created, Model, scope=Scope.ORGANIZATION, access=_SEARCHABLE):
    """Something that may be allowed: ``<area>:<action>``."""

    __tablename__ = "organization_permissions"
    __uniques__ = (unique("organization_id", "key"), _REFERABLE)

    key: Mapped[str]
    description: Mapped[str | None]
    category: Mapped[str | None]


class RolePermission(
    Model, scope=Scope.ORGANIZATION, key=("role_id", "permission_id"), access=_SEARCHABLE
):
    """What a role allows."""

    __tablename__ = "role_permissions"

    role_id: Mapped[Cuid] = tenant_ref("organization_roles", CASCADE)
    permission_id: Mapped[Cuid] = tenant_ref("organization_permissions", CASCADE)


class OrganizationMembership(Timestamps, Model, scope=Scope.ORGANIZATION, access=_SEARCHABLE):
    """A user's place in an organization, and the role that goes with it."""

    __tablename__ = "organization_members"
    __uniques__ = (unique("organization_id", "user_id"),)
    __indexes__ = (index("organization_id", "id"),)  # pages go by key

    user_id: Mapped[Cuid] = global_ref("users", CASCADE)
    role_id: Mapped[Cuid | None] = tenant_ref("organization_roles", SET_NULL)
    status: Mapped[str] = mapped_column(server_default=text("'active'::text"))
    invited_by_id: Mapped[Cuid | None]
    joined_at: Mapped[Instant] = mapped_column(server_default=func.now())


class Invitation(Timestamps, Model, scope=Scope.ORGANIZATION, access=_BY_TOKEN):
    """An address asked to join; the token is stored only as its SHA-256."""

    __tablename__ = "invitations"
    __uniques__ = (unique("token_hash"),)
    __indexes__ = (
        index("organization_id", "status"),
        index("email"),
        index("organization_id", "id"),
    )

    workspace_id: Mapped[Cuid | None] = tenant_ref("workspaces", CASCADE)
    email: Mapped[CIText]
    role_id: Mapped[Cuid | None] = tenant_ref("organization_roles", SET_NULL)
    token_hash: Mapped[str]
    invited_by_id: Mapped[Cuid | None] = global_ref("users", SET_NULL)
    status: Mapped[InvitationStatus] = enum_column(InvitationStatus, "pending")
    expires_at: Mapped[Instant]
    accepted_at: Mapped[Instant | None]


class ApiKey(Created, Model, scope=Scope.ORGANIZATION, access=_BY_TOKEN):
    """A key to the API; only its SHA-256 is stored. No workspace means every one."""

    __tablename__ = "api_keys"
    __uniques__ = (
        unique("organization_id", "token_hash"),
        unique("created_by_id", "token_hash"),
    )
    __indexes__ = (index("token_hash"), index("organization_id", "id"))

    created_by_id: Mapped[Cuid] = global_ref("users", CASCADE)
    name: Mapped[str]
    token_hash: Mapped[str]
    scopes: Mapped[TextArray]
    last_used_at: Mapped[Instant | None]
    expires_at: Mapped[Instant | None]
    revoked_at: Mapped[Instant | None]
    workspace_id: Mapped[Cuid | None] = tenant_ref("workspaces", CASCADE)
    prefix: Mapped[str]


class TeamMember(Timestamps, Model, scope=Scope.ORGANIZATION):
    """A line of the team's roster."""

    __tablename__ = "team_members"
    __uniques__ = (unique("user_id", "organization_id"),)
    __indexes__ = (index("role", "status"),)

    user_id: Mapped[Cuid] = global_ref("users", CASCADE)
    role: Mapped[str] = mapped_column(server_default=text("'Member'::text"))
    department: Mapped[str | None]
    status: Mapped[str] = mapped_column(server_default=text("'active'::text"))
    invited_by: Mapped[str | None]
    invited_at: Mapped[Instant | None]
    joined_at: Mapped[Instant] = mapped_column(server_default=func.now())
    # "metadata" is taken on mapped classes: the column has the name, the attribute an ending.
    metadata_: Mapped[Json | None] = mapped_column("metadata")
