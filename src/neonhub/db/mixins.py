"""Columns that many tables share. The database keeps their values, not the application."""

from __future__ import annotations

from sqlalchemy import func
from sqlalchemy.orm import Mapped, mapped_column

from neonhub.db.types import Instant

__all__ = ["Created", "SoftDelete", "Timestamps"]


class Created:
    """``created_at``, set when the row is made."""

    created_at: Mapped[Instant] = mapped_column(server_default=func.now(), sort_order=90)


class Timestamps(Created):
    """``created_at``, and ``updated_at`` set by a trigger at every update."""

    updated_at: Mapped[Instant] = mapped_column(
        server_default=func.now(), sort_order=91, info={"touched": True}
    )


class SoftDelete:
    """``deleted_at``: a row with it is hidden from ordinary queries and frees its unique names."""

    deleted_at: Mapped[Instant | None] = mapped_column(sort_order=92)
