"""Tables of the people domain."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Mapped, mapped_column

from neonhub.db.base import SET_NULL, Model, Scope, index, tenant_ref, unique
from neonhub.db.mixins import SoftDelete, Timestamps
from neonhub.db.types import CIText, Cuid, Instant, Json, TextArray


class Person(Timestamps, SoftDelete, Model, scope=Scope.WORKSPACE):
    """One human being, whatever the channels. A merged person keeps its row."""

    __tablename__ = "people"
    __uniques__ = (unique("external_id"),)
    __indexes__ = (index("primary_email"), index("primary_phone"), index("last_seen_at"))

    external_id: Mapped[str | None]
    display_name: Mapped[str | None]
    primary_email: Mapped[CIText | None]
    primary_phone: Mapped[str | None]
    primary_handle: Mapped[str | None]
    locale: Mapped[str] = mapped_column(server_default=text("'en-US'::text"))
    timezone: Mapped[str] = mapped_column(server_default=text("'UTC'::text"))
    persona_tags: Mapped[TextArray]
    attributes: Mapped[Json | None]
    last_seen_at: Mapped[Instant | None]
    first_name: Mapped[str | None]
    last_name: Mapped[str | None]
    merged_into_id: Mapped[Cuid | None] = tenant_ref("people", SET_NULL)
