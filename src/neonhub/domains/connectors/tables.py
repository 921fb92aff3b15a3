"""Tables of the connectors domain."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Mapped, mapped_column

from neonhub.db.base import (
    CASCADE,
    SET_NULL,
    Model,
    Scope,
    global_ref,
    index,
    tenant_ref,
    unique,
)
from neonhub.db.mixins import SoftDelete, Timestamps
from neonhub.db.policies import Access
from neonhub.db.types import (
    Cuid,
    Instant,
    Json,
    JsonArray,
    Sealed,
    TextArray,
    enum_column,
)
from neonhub.domains.connectors.enums import ConnectorKind


class Connector(
    Timestamps, Model, scope=Scope.GLOBAL, access=Access(app=("SELECT",), readonly=("SELECT",))
):
    """A platform that can be connected: the catalogue, the same for everybody."""

    __tablename__ = "connectors"
    __uniques__ = (unique("name"),)

    name: Mapped[str]
    display_name: Mapped[str]
    description: Mapped[str]
    category: Mapped[ConnectorKind] = enum_column(ConnectorKind)
    icon_url: Mapped[str | None]
    website_url: Mapped[str | None]
    auth_type: Mapped[str]
    auth_config: Mapped[Json]
    is_enabled: Mapped[bool] = mapped_column(server_default=text("true"))
    is_verified: Mapped[bool] = mapped_column(server_default=text("false"))
    triggers: Mapped[JsonArray]
    actions: Mapped[JsonArray]
    metadata_: Mapped[Json | None] = mapped_column("metadata")


class ConnectorInstance(Timestamps, SoftDelete, Model, scope=Scope.WORKSPACE):
    """A connector switched on in a workspace."""

    __tablename__ = "connector_instances"
    __indexes__ = (index("connector_id"),)

    connector_id: Mapped[Cuid] = global_ref("connectors", CASCADE)
    credential_id: Mapped[Cuid | None] = tenant_ref("oauth_tokens", SET_NULL)
    name: Mapped[str | None]
    enabled: Mapped[bool] = mapped_column(server_default=text("true"))
    config: Mapped[Json | None]


class ConnectorAuth(
    Timestamps,
    Model,
    scope=Scope.WORKSPACE,
    access=Access(hidden_from_readonly=("access_token", "refresh_token", "api_key", "api_secret")),
):
    """A workspace's sign-in at a platform; its secrets are encrypted at rest."""

    __tablename__ = "connector_auths"
    __uniques__ = (unique("user_id", "connector_id", "account_id", nulls_not_distinct=True),)
    __indexes__ = (index("connector_kind"),)

    user_id: Mapped[Cuid] = global_ref("users", CASCADE)
    connector_id: Mapped[Cuid | None] = global_ref("connectors", SET_NULL)
    connector_kind: Mapped[ConnectorKind] = enum_column(ConnectorKind)
    account_id: Mapped[str | None]
    account_name: Mapped[str | None]
    access_token: Mapped[Sealed | None]
    refresh_token: Mapped[Sealed | None]
    api_key: Mapped[Sealed | None]
    api_secret: Mapped[Sealed | None]
    scopes: Mapped[TextArray]
    scope: Mapped[str | None]
    token_type: Mapped[str | None]
    expires_at: Mapped[Instant | None]
    status: Mapped[str] = mapped_column(server_default=text("'active'::text"))
    last_used_at: Mapped[Instant | None]
    last_error: Mapped[str | None]
    metadata_: Mapped[Json | None] = mapped_column("metadata")


class OAuthToken(
    Timestamps,
    Model,
    scope=Scope.WORKSPACE,
    access=Access(hidden_from_readonly=("access_token", "refresh_token")),
):
    """The tokens of a sign-in; encrypted at rest."""

    __tablename__ = "oauth_tokens"
    __indexes__ = (index("expires_at"),)

    connector_auth_id: Mapped[Cuid | None] = tenant_ref("connector_auths", CASCADE)
    provider: Mapped[str]
    account_id: Mapped[str | None]
    access_token: Mapped[Sealed]
    refresh_token: Mapped[Sealed | None]
    token_type: Mapped[str | None]
    scope: Mapped[str | None]
    expires_at: Mapped[Instant | None]
    status: Mapped[str] = mapped_column(server_default=text("'active'::text"))
    last_refreshed_at: Mapped[Instant | None]


class TriggerConfig(Timestamps, Model, scope=Scope.WORKSPACE):
    """What of a platform's events sets something off."""

    __tablename__ = "trigger_configs"
    __indexes__ = (index("connector_auth_id", "is_active"),)

    connector_auth_id: Mapped[Cuid] = tenant_ref("connector_auths", CASCADE)
    name: Mapped[str]
    trigger_type: Mapped[str]
    config: Mapped[Json]
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    last_triggered_at: Mapped[Instant | None]
    trigger_count: Mapped[int] = mapped_column(server_default=text("0"))
    metadata_: Mapped[Json | None] = mapped_column("metadata")


class ActionConfig(Timestamps, Model, scope=Scope.WORKSPACE):
    """What is done at a platform, and how."""

    __tablename__ = "action_configs"
    __indexes__ = (index("connector_auth_id", "is_active"),)

    connector_auth_id: Mapped[Cuid] = tenant_ref("connector_auths", CASCADE)
    name: Mapped[str]
    action_type: Mapped[str]
    config: Mapped[Json]
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    last_executed_at: Mapped[Instant | None]
    execution_count: Mapped[int] = mapped_column(server_default=text("0"))
    metadata_: Mapped[Json | None] = mapped_column("metadata")
