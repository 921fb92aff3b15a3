"""The statements of uploads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neonhub.db.lazy import lazy_module
from neonhub.db.statements import statement, text_arg
from neonhub.domains.knowledge.document_queries import KnownDocumentRow

if TYPE_CHECKING:
    import sqlalchemy as sa

    from neonhub.domains.knowledge import tables as t
else:
    sa = lazy_module("sqlalchemy")
    t = lazy_module("neonhub.domains.knowledge.tables")


@statement(KnownDocumentRow)
def find_known_documents() -> Any:
    """What a dataset holds under the sources that are named."""
    from sqlalchemy.dialects.postgresql import ARRAY

    d = t.Document
    sources = sa.bindparam("sources", type_=ARRAY(sa.Text()))
    return sa.select(d.id, d.source_uri, d.content_hash, d.embedding_space_id).where(
        d.workspace_id == text_arg("workspace_id"),
        d.dataset_id == text_arg("dataset_id"),
        d.source_uri == sa.func.any(sources),
        d.deleted_at.is_(None),
    )
