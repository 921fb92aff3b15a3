"""Statements on voice guides, their passages and the embedding spaces of these."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, NamedTuple

from neonhub.db.lazy import lazy_module
from neonhub.db.statements import command, int_arg, json_arg, statement, text_arg

if TYPE_CHECKING:
    import sqlalchemy as sa

    from neonhub.domains.brands import tables as t
else:
    sa = lazy_module("sqlalchemy")
    t = lazy_module("neonhub.domains.brands.tables")


class GuideRow(NamedTuple):
    """A live guide to a brand's voice."""

    id: str
    brand_id: str | None
    name: str
    content: str
    active: bool
    created_at: dt.datetime
    updated_at: dt.datetime


class PassageHashRow(NamedTuple):
    """A passage of a guide, without its text and vector."""

    idx: int
    content_hash: str
    embedding_space_id: str


class PassageVectorRow(NamedTuple):
    """A passage's vector, under the hash of the text that it was made from."""

    content_hash: str
    embedding: bytes


def _mine(table: Any) -> Any:
    return table.workspace_id == text_arg("workspace_id")


def _guide_columns() -> tuple[Any, ...]:
    g = t.BrandVoiceGuide
    return g.id, g.brand_id, g.name, g.content, g.active, g.created_at, g.updated_at


def _guide_called() -> Any:
    g = t.BrandVoiceGuide
    named = sa.or_(g.id == text_arg("ref"), g.name == text_arg("ref"))
    return sa.and_(_mine(g), g.deleted_at.is_(None), named)


# -- guides ----------------------------------------------------------------------------------


@statement(GuideRow)
def find_guide() -> Any:
    """The live guide with that id or name."""
    return sa.select(*_guide_columns()).where(_guide_called())


@command(GuideRow)
def lock_guide() -> Any:
    """The same, held: two who embed its passages take turns."""
    return sa.select(*_guide_columns()).where(_guide_called()).with_for_update(key_share=True)


@command(GuideRow)
def insert_guide() -> Any:
    """A new guide; nothing comes back where a live one has the name."""
    from sqlalchemy.dialects.postgresql import insert

    return (
        insert(t.BrandVoiceGuide)
        .values(
            id=text_arg("id"),
            workspace_id=text_arg("workspace_id"),
            brand_id=text_arg("brand_id"),
            name=text_arg("name"),
            content=text_arg("content"),
        )
        .on_conflict_do_nothing(
            index_elements=["workspace_id", "name"], index_where=sa.text("deleted_at IS NULL")
        )
        .returning(*_guide_columns())
    )


@command(GuideRow)
def set_guide_content() -> Any:
    """Give a live guide another text."""
    return (
        sa.update(t.BrandVoiceGuide)
        .where(_guide_called())
        .values(content=text_arg("content"))
        .returning(*_guide_columns())
    )


# -- passages --------------------------------------------------------------------------------


@statement(PassageHashRow)
def list_passage_hashes() -> Any:
    """A guide's passages in their order, as far as is needed to see what has changed."""
    e = t.BrandVoiceEmbedding
    return (
        sa.select(e.idx, e.content_hash, e.embedding_space_id)
        .where(_mine(e), e.guide_id == text_arg("guide_id"), e.embedding_bits.is_not(None))
        .order_by(e.idx)
    )


@statement(PassageVectorRow)
def list_passage_vectors() -> Any:
    """The vectors that a guide has in a space: what has not changed is not embedded again."""
    e = t.BrandVoiceEmbedding
    return sa.select(e.content_hash, e.embedding).where(
        _mine(e),
        e.guide_id == text_arg("guide_id"),
        e.embedding_space_id == text_arg("embedding_space_id"),
        e.embedding.is_not(None),
    )


@command(type(None))
def delete_passages() -> Any:
    """Remove a guide's passages, to put new ones in their place."""
    e = t.BrandVoiceEmbedding
    return sa.delete(e).where(_mine(e), e.guide_id == text_arg("guide_id"))


# -- embedding spaces ------------------------------------------------------------------------


@command(str)
def upsert_space() -> Any:
    """The id of the embedding space of that name, made if it is not there."""
    from sqlalchemy.dialects.postgresql import insert

    s = t.EmbeddingSpace
    made = insert(s).values(
        id=text_arg("id"),
        workspace_id=text_arg("workspace_id"),
        name=text_arg("name"),
        provider=text_arg("provider"),
        model=text_arg("model"),
        dimension=int_arg("dimension"),
        metadata_=json_arg("metadata"),
    )
    # An update that changes nothing, so that RETURNING gives the row that was there.
    return made.on_conflict_do_update(
        index_elements=["workspace_id", "name"], set_={"name": made.excluded.name}
    ).returning(s.id)


@statement(str)
def list_voice_spaces() -> Any:
    """The names of the spaces in which the passages of live guides are embedded."""
    e, g, s = t.BrandVoiceEmbedding, t.BrandVoiceGuide, t.EmbeddingSpace
    held = (
        sa.select(e.id)
        .join(g, sa.and_(_mine(g), g.id == e.guide_id, g.deleted_at.is_(None)))
        .where(_mine(e), e.embedding_space_id == s.id)
    )
    return sa.select(s.name).where(_mine(s), held.exists()).order_by(s.name)
