"""Tables of the brands domain."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Mapped, mapped_column

from neonhub.db.base import Model, Scope, unique
from neonhub.db.mixins import Timestamps
from neonhub.db.policies import Access
from neonhub.db.types import Json


class EmbeddingSpace(Timestamps, Model, scope=Scope.WORKSPACE, access=Access(searchable=True)):
    """Provider, model and dimension that made a vector. Two spaces are never compared."""

    __tablename__ = "embedding_spaces"
    __uniques__ = (unique("name"),)

    name: Mapped[str]
    provider: Mapped[str]
    model: Mapped[str]
    dimension: Mapped[int]
    metadata_: Mapped[Json | None] = mapped_column("metadata")
    is_default: Mapped[bool] = mapped_column(server_default=text("false"))
