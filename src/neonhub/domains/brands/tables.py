"""Tables of the brands domain."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Mapped, mapped_column

from neonhub.db.base import (
    CASCADE,
    RESTRICT,
    Model,
    Scope,
    index,
    tenant_ref,
    unique,
)
from neonhub.db.mixins import Created, SoftDelete, Timestamps
from neonhub.db.policies import Access
from neonhub.db.types import (
    Cuid,
    Json,
    embedding_bits_column,
    embedding_column,
)


class Brand(Timestamps, SoftDelete, Model, scope=Scope.WORKSPACE):
    """What is marketed: a name, its colours and its slogan."""

    __tablename__ = "brands"
    __uniques__ = (unique("slug"),)

    name: Mapped[str]
    slug: Mapped[str]
    description: Mapped[str | None]
    main_color: Mapped[str | None]
    slogan: Mapped[str | None]
    metadata_: Mapped[Json | None] = mapped_column("metadata")


class BrandVoice(Timestamps, Model, scope=Scope.WORKSPACE):
    """How a brand speaks: a prompt template, style rules, and their vector."""

    __tablename__ = "brand_voices"
    __indexes__ = (
        index(
            "embedding_space_id",
            name="brand_voices_embedding_cosine_idx",
            include=("id", "embedding_bits"),
        ),
    )

    brand_id: Mapped[Cuid] = tenant_ref("brands", CASCADE)
    embedding_space_id: Mapped[Cuid] = tenant_ref("embedding_spaces", RESTRICT)
    prompt_template: Mapped[str]
    style_rules_json: Mapped[Json]
    embedding: Mapped[Any] = embedding_column()
    embedding_bits: Mapped[Any] = embedding_bits_column()
    metrics: Mapped[Json | None]
    name: Mapped[str | None]
    is_default: Mapped[bool] = mapped_column(server_default=text("false"))


class BrandAsset(Created, Model, scope=Scope.WORKSPACE):
    """A logo, a picture, a font: something of a brand's, by its address."""

    __tablename__ = "brand_assets"

    brand_id: Mapped[Cuid] = tenant_ref("brands", CASCADE)
    kind: Mapped[str]
    name: Mapped[str]
    url: Mapped[str | None]
    metadata_: Mapped[Json | None] = mapped_column("metadata")


class BrandVoiceGuide(Timestamps, SoftDelete, Model, scope=Scope.WORKSPACE):
    """A guide to a brand's voice, as a text; its passages are what is searched."""

    __tablename__ = "brand_voice_guides"
    __uniques__ = (unique("name"),)

    brand_id: Mapped[Cuid | None] = tenant_ref("brands", CASCADE)
    name: Mapped[str]
    content: Mapped[str]
    active: Mapped[bool] = mapped_column(server_default=text("true"))


class BrandVoiceEmbedding(Timestamps, Model, scope=Scope.WORKSPACE):
    """A passage of a guide, with its vector."""

    __tablename__ = "brand_voice_embeddings"
    __uniques__ = (unique("guide_id", "idx"),)
    __indexes__ = (
        index(
            "embedding_space_id",
            "guide_id",
            name="brand_voice_embeddings_embedding_cosine_idx",
            include=("id", "embedding_bits"),
        ),
    )

    guide_id: Mapped[Cuid] = tenant_ref("brand_voice_guides", CASCADE)
    embedding_space_id: Mapped[Cuid] = tenant_ref("embedding_spaces", RESTRICT)
    idx: Mapped[int]
    chunk: Mapped[str]
    content_hash: Mapped[str]
    embedding: Mapped[Any] = embedding_column()
    embedding_bits: Mapped[Any] = embedding_bits_column()


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
