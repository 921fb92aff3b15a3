"""What the knowledge domain's routes take and give."""

from __future__ import annotations

import datetime as dt
import html
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from neonhub.domains.http import JsonObject, Name, Shape, Text
from neonhub.domains.knowledge.enums import ConversationKind, DatasetKind, MessageRole

if TYPE_CHECKING:
    from neonhub.domains.knowledge.queries import SpaceRow
    from neonhub.domains.knowledge.service import Hit
    from neonhub.domains.knowledge.uploads import Outcome

MAX_TEXT = 5_000_000


class NewDataset(Shape):
    """A dataset to make. Its slug follows from the name."""

    name: Name
    kind: DatasetKind = DatasetKind.DOCUMENTS
    description: Text | None = Field(None, max_length=2000)


class Dataset(Shape):
    """A collection of documents that is searched as one, in one embedding space."""

    id: str
    slug: str
    name: str
    kind: str
    description: str | None
    space_name: str | None = Field(
        description="provider/model/dimension of its vectors; none before the first document"
    )
    documents: int
    created_at: dt.datetime
    updated_at: dt.datetime


class Document(Shape):
    """A document without its text."""

    id: str
    dataset_id: str | None
    title: str
    source_uri: str | None
    mime_type: str | None
    status: str
    metadata: dict[str, Any] | None
    created_at: dt.datetime
    updated_at: dt.datetime


class Chunk(Shape):
    """A passage. ``text`` begins with its headings; offsets in ``metadata`` are the document's."""

    id: str
    idx: int
    text: str
    token_count: int | None
    metadata: dict[str, Any] | None


class DocumentWithChunks(Shape):
    """A document with its text and its passages."""

    id: str
    dataset_id: str | None
    title: str
    content: str
    source_uri: str | None
    mime_type: str | None
    metadata: dict[str, Any] | None
    updated_at: dt.datetime
    chunks: list[Chunk]


class Version(Shape):
    """What a document said before."""

    version: int
    content_hash: str
    content: str
    created_at: dt.datetime


class NewDocument(Shape):
    """A document sent as text. The same ``source_uri`` again replaces what it said before."""

    content: Text = Field(min_length=1, max_length=MAX_TEXT)
    title: Name | None = None
    source_uri: Text | None = Field(None, min_length=1, max_length=2000)
    mime_type: Literal["text/plain", "text/markdown", "text/html", "text/x-rst"] = "text/plain"
    metadata: JsonObject = Field(default_factory=dict)


class UploadError(Shape):
    """Why a file did not go in."""

    code: str
    detail: str
    hint: str | None


class UploadResult(Shape):
    """What became of one file."""

    name: str
    source_uri: str
    status: Literal["stored", "unchanged", "error"]
    document_id: str | None
    title: str | None = Field(description="where it was stored")
    chunks: int | None = Field(description="where it was stored: passages made of it")
    error: UploadError | None

    @classmethod
    def of(cls, outcome: Outcome) -> UploadResult:
        """The outcome as it is told."""
        failed = outcome.error
        error = None
        if failed is not None:
            error = UploadError(code=failed.code, detail=str(failed), hint=failed.hint)
        return cls(
            name=outcome.name,
            source_uri=outcome.source_uri,
            status=outcome.status,
            document_id=outcome.document_id,
            title=outcome.title,
            chunks=outcome.chunks,
            error=error,
        )


class UploadReport(Shape):
    """What became of each file, in the order they were sent, and how many went which way."""

    stored: int
    unchanged: int
    failed: int
    items: list[UploadResult]

    @classmethod
    def of(cls, outcomes: list[Outcome]) -> UploadReport:
        """The outcomes, counted."""
        ways = [outcome.status for outcome in outcomes]
        return cls(
            stored=ways.count("stored"),
            unchanged=ways.count("unchanged"),
            failed=ways.count("error"),
            items=[UploadResult.of(outcome) for outcome in outcomes],
        )


class SearchRequest(Shape):
    """A question. ``filter``: only documents whose metadata contains it."""

    query: Text = Field(min_length=1, max_length=4000)
    dataset: Text | None = Field(None, description="slug, id or name; none: the whole workspace")
    limit: int = Field(5, ge=1, le=200)
    filter: JsonObject | None = Field(None, examples=[{"team": "email"}])


class Space(Shape):
    """Which embedder answered."""

    name: str
    provider: str
    model: str
    dimension: int

    @classmethod
    def of(cls, row: SpaceRow) -> Space:
        """The space of a row."""
        return cls(name=row.name, provider=row.provider, model=row.model, dimension=row.dimension)


class SearchHit(Shape):
    """A passage that answers.

    ``marks`` are pairs of offsets into ``passage``, in Unicode code points; ``highlighted`` is the
    same passage as HTML, escaped, with ``<mark>`` around them. ``start`` and ``end`` are its place
    in the document's text. Ranks count from 1, and are null where that list did not have it.
    """

    score: float
    vector_rank: int | None
    text_rank: int | None
    similarity: float | None
    document_id: str
    chunk_id: str
    title: str
    source: str | None
    heading_path: list[str]
    passage: str
    marks: list[tuple[int, int]]
    highlighted: str
    start: int | None
    end: int | None
    metadata: dict[str, Any]

    @classmethod
    def of(cls, hit: Hit) -> SearchHit:
        """A hit of the service."""
        named = {name: getattr(hit, name) for name in cls.model_fields if name not in _MADE_HERE}
        return cls(
            **named,
            heading_path=list(hit.heading_path),
            marks=list(hit.marks),
            highlighted=highlighted(hit.passage, hit.marks),
        )


_MADE_HERE = {"heading_path", "marks", "highlighted"}


class SearchResults(Shape):
    """The best passages, the best first, and the embedding spaces that were searched."""

    query: str
    spaces: list[Space]
    hits: list[SearchHit]


class NewConversation(Shape):
    """A conversation to begin."""

    kind: ConversationKind = ConversationKind.AD_HOC
    title: Name | None = None
    agent_id: Text | None = Field(None, max_length=40)
    person_id: Text | None = Field(None, max_length=40)
    metadata: JsonObject | None = None


class Conversation(Shape):
    """A thread of messages."""

    id: str
    kind: str
    status: str
    title: str | None
    agent_id: str | None
    person_id: str | None
    created_at: dt.datetime


class NewMessage(Shape):
    """A message to append: text, or an object of the caller's own shape."""

    role: MessageRole = MessageRole.USER
    content: Text | JsonObject = Field(examples=["When may we send?"])


class Message(Shape):
    """A message. Text stands in ``content.text``."""

    id: str
    role: str
    content: dict[str, Any]
    author_id: str | None
    token_count: int | None
    created_at: dt.datetime


def highlighted(passage: str, marks: tuple[tuple[int, int], ...]) -> str:
    """The passage as HTML: everything escaped, ``<mark>`` around each mark."""
    parts: list[str] = []
    at = 0
    for begin, end in marks:
        parts += (html.escape(passage[at:begin]), "<mark>", html.escape(passage[begin:end]))
        parts.append("</mark>")
        at = end
    parts.append(html.escape(passage[at:]))
    return "".join(parts)
