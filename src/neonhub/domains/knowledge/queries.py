"""Every statement of the knowledge domain."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, NamedTuple

from neonhub.db.lazy import lazy_module
from neonhub.db.statements import command, int_arg, json_arg, statement, text_arg

if TYPE_CHECKING:
    import sqlalchemy as sa

    from neonhub.domains.brands import tables as brands
    from neonhub.domains.knowledge import tables as t
else:
    sa = lazy_module("sqlalchemy")
    brands = lazy_module("neonhub.domains.brands.tables")
    t = lazy_module("neonhub.domains.knowledge.tables")


class SpaceRow(NamedTuple):
    """An embedding space."""

    id: str
    name: str
    provider: str
    model: str
    dimension: int
    metadata: dict[str, Any] | None


class SearchSpaceRow(NamedTuple):
    """An embedding space, and the ids of the live datasets in it."""

    id: str
    name: str
    provider: str
    model: str
    dimension: int
    metadata: dict[str, Any] | None
    dataset_ids: list[str]


class DatasetKeyRow(NamedTuple):
    """What work with a live dataset needs to know of it."""

    id: str
    slug: str
    name: str
    kind: str
    embedding_space_id: str | None


class HeldDatasetRow(NamedTuple):
    """A dataset that cannot be hidden or moved for now, unless it is already."""

    slug: str
    live: bool
    embedding_space_id: str | None


class DatasetRow(NamedTuple):
    """A live dataset with the size of what it holds: to show, since the size is counted."""

    id: str
    slug: str
    name: str
    kind: str
    description: str | None
    embedding_space_id: str | None
    space_name: str | None
    documents: int
    created_at: dt.datetime
    updated_at: dt.datetime


class HitRow(NamedTuple):
    """A passage found, with the ranks it had by vector and by words."""

    chunk_id: str
    document_id: str
    dataset_id: str
    idx: int
    title: str
    source_uri: str | None
    text: str
    marked: str
    metadata: dict[str, Any] | None
    document_metadata: dict[str, Any] | None
    vector_rank: int | None
    similarity: float | None
    text_rank: int | None
    text_score: float | None
    score: float


class NearRow(NamedTuple):
    """A chunk near a vector."""

    chunk_id: str
    document_id: str
    similarity: float


def _mine(table: Any) -> Any:
    return table.workspace_id == text_arg("workspace_id")


def _live(table: Any) -> Any:
    return sa.and_(_mine(table), table.deleted_at.is_(None))


# -- embedding spaces ----------------------------------------------------------------------


def _space_columns() -> tuple[Any, ...]:
    s = brands.EmbeddingSpace
    return s.id, s.name, s.provider, s.model, s.dimension, s.metadata_


@statement(SpaceRow)
def get_space() -> Any:
    """The embedding space of that id."""
    s = brands.EmbeddingSpace
    return sa.select(*_space_columns()).where(_mine(s), s.id == text_arg("id"))


@command(SpaceRow)
def upsert_space() -> Any:
    """The embedding space of that name, made if it is not there."""
    from sqlalchemy.dialects.postgresql import insert

    s = brands.EmbeddingSpace
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
    ).returning(*_space_columns())


@statement(SearchSpaceRow)
def list_search_spaces() -> Any:
    """The spaces that the workspace's live datasets are in, by name, each with those datasets."""
    d, s = t.Dataset, brands.EmbeddingSpace
    held = (
        sa.select(d.embedding_space_id, sa.func.array_agg(d.id).label("dataset_ids"))
        .where(_live(d), d.embedding_space_id.is_not(None))
        .group_by(d.embedding_space_id)
        .subquery("held")
    )
    return (
        sa.select(*_space_columns(), held.c.dataset_ids)
        .join(held, held.c.embedding_space_id == s.id)
        .where(_mine(s))
        .order_by(s.name)
    )


# -- datasets ------------------------------------------------------------------------------


def _by_ref() -> Any:
    d = t.Dataset
    return sa.or_(d.slug == text_arg("ref"), d.id == text_arg("ref"))


def _datasets() -> Any:
    d, s, doc = t.Dataset, brands.EmbeddingSpace, t.Document
    documents = (
        sa.select(sa.func.count())
        .select_from(doc)
        .where(doc.workspace_id == d.workspace_id, doc.dataset_id == d.id, doc.deleted_at.is_(None))
        .scalar_subquery()
    )
    return (
        sa.select(
            d.id,
            d.slug,
            d.name,
            d.kind,
            d.description,
            d.embedding_space_id,
            s.name.label("space_name"),
            documents.label("documents"),
            d.created_at,
            d.updated_at,
        )
        .outerjoin(s, sa.and_(s.workspace_id == d.workspace_id, s.id == d.embedding_space_id))
        .where(_live(d))
    )


@statement(DatasetRow)
def list_datasets() -> Any:
    """Live datasets after a key, by slug."""
    d = t.Dataset
    return _datasets().where(d.slug > text_arg("after")).order_by(d.slug).limit(int_arg("limit"))


@statement(DatasetRow)
def get_dataset() -> Any:
    """The live dataset with that id or slug, its documents counted."""
    return _datasets().where(_by_ref())


@statement(DatasetKeyRow)
def find_dataset() -> Any:
    """The live dataset with that id or slug."""
    d = t.Dataset
    return sa.select(d.id, d.slug, d.name, d.kind, d.embedding_space_id).where(_live(d), _by_ref())


@command(HeldDatasetRow)
def hold_dataset() -> Any:
    """The dataset of that id, hidden or not; it stays as it is until the end of the unit."""
    d = t.Dataset
    return (
        sa.select(d.slug, d.deleted_at.is_(None).label("live"), d.embedding_space_id)
        .where(_mine(d), d.id == text_arg("id"))
        .with_for_update(read=True)
    )


@command(str)
def insert_dataset() -> Any:
    """A new dataset's id; none where a live one has the slug, which is left as it is."""
    from sqlalchemy.dialects.postgresql import insert

    d = t.Dataset
    return (
        insert(d)
        .values(
            id=text_arg("id"),
            workspace_id=text_arg("workspace_id"),
            name=text_arg("name"),
            slug=text_arg("slug"),
            kind=sa.cast(text_arg("kind"), d.__table__.c.kind.type),
            description=text_arg("description"),
            embedding_space_id=text_arg("embedding_space_id"),
        )
        .on_conflict_do_nothing(
            index_elements=["workspace_id", "slug"], index_where=sa.text("deleted_at IS NULL")
        )
        .returning(d.id)
    )


@command(str)
def set_dataset_space() -> Any:
    """Fix the embedding space of a dataset that has none yet."""
    d = t.Dataset
    return (
        sa.update(d)
        .where(_live(d), d.id == text_arg("id"), d.embedding_space_id.is_(None))
        .values(embedding_space_id=text_arg("embedding_space_id"))
        .returning(d.id)
    )


@command(str)
def delete_dataset() -> Any:
    """Hide a dataset."""
    d = t.Dataset
    return (
        sa.update(d)
        .where(_live(d), d.id == text_arg("id"))
        .values(deleted_at=sa.func.now())
        .returning(d.id)
    )


# -- documents -----------------------------------------------------------------------------
