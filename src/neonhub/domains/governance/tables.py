"""Tables of the governance domain."""

from __future__ import annotations

from sqlalchemy import func
from sqlalchemy.orm import Mapped, mapped_column

from neonhub.db.base import (
    Model,
    Scope,
    index,
)
from neonhub.db.policies import Access
from neonhub.db.types import (
    BigInt,
    Cuid,
    Inet,
    Instant,
    Json,
    enum_column,
)
from neonhub.domains.governance.enums import ActorType


class AuditLog(
    Model,
    scope=Scope.ORGANIZATION,
    key=("organization_id", "id", "created_at"),
    refers_to_tenant=False,
    access=Access(append_only=True),
):
    """Who did what: hash-chained per organization, only ever added to, kept by month."""

    __tablename__ = "audit_logs"
    __table_args__ = ({"postgresql_partition_by": "RANGE (created_at)"},)
    __indexes__ = (
        index("organization_id", "created_at"),
        index("user_id", "created_at"),
        index("action"),
    )

    user_id: Mapped[Cuid | None]
    actor_type: Mapped[ActorType | None] = enum_column(ActorType)
    action: Mapped[str]
    resource_id: Mapped[str | None]
    resource_type: Mapped[str | None]
    request_hash: Mapped[str | None]
    metadata_: Mapped[Json | None] = mapped_column("metadata")
    ip: Mapped[Inet | None]
    created_at: Mapped[Instant] = mapped_column(server_default=func.now())
    workspace_id: Mapped[Cuid | None]
    seq: Mapped[BigInt]
    prev_hash: Mapped[bytes | None]
    hash: Mapped[bytes]
    user_agent: Mapped[str | None]
