"""Datasets, documents, search and conversations over HTTP."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from neonhub.domains.http import Cursor, Hub, Limit, PageOf, Text, Workspace, parse_json_object
from neonhub.domains.knowledge import schemas as s
from neonhub.domains.knowledge.conversations import Conversations
from neonhub.domains.knowledge.receiving import UPLOAD_BODY, received, text_upload
from neonhub.domains.knowledge.service import Knowledge

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from neonhub.domains.knowledge.uploads import Outcome, Upload

    Take = Callable[..., Awaitable[list[Outcome]]]
else:
    Take = Any

router = APIRouter(prefix="/api")

UPLOADS_AT_ONCE = 4
"""How many requests of a process parse, embed and write at once: each holds its files' vectors."""


def _knowledge(hub: Hub, unit: Workspace) -> Knowledge:
    return Knowledge(unit.session, unit.principal, hub.embedders)


def _conversations(unit: Workspace) -> Conversations:
    return Conversations(unit.session, unit.principal)


def _uploads(request: Request, hub: Hub, unit: Workspace) -> Take:
    """What takes files in, in a unit of work past the pooler; few at a time in a process.

    It commits before the route goes on, so before the response; others wait for their turn.
    """
    state = request.app.state
    if not hasattr(state, "upload_turns"):
        state.upload_turns = asyncio.Semaphore(UPLOADS_AT_ONCE)

    async def take(dataset: str, files: Sequence[Upload], **limits: int) -> list[Outcome]:
        from neonhub.domains.knowledge.uploads import upload

        async with state.upload_turns, unit.direct() as session:
            return await upload(
                session, unit.principal, hub.embedders, dataset=dataset, files=files, **limits
            )

    return take


Service = Annotated[Knowledge, Depends(_knowledge)]
Threads = Annotated[Conversations, Depends(_conversations)]
Uploads = Annotated[Take, Depends(_uploads)]
DatasetRef = Annotated[Text, Path(max_length=200, description="Slug, id or name.")]
Id = Annotated[Text, Path(max_length=100)]


# -- datasets --------------------------------------------------------------------------------


@router.get("/datasets", tags=["datasets"], response_model=PageOf[s.Dataset])
async def list_datasets(service: Service, cursor: Cursor = None, limit: Limit = 50) -> Any:
    """The workspace's datasets, by slug."""
    return await service.list_datasets(cursor=cursor, limit=limit)


@router.post("/datasets", tags=["datasets"], status_code=201, response_model=s.Dataset)
async def create_dataset(service: Service, body: s.NewDataset, response: Response) -> Any:
    """Make a dataset."""
    made = await service.create_dataset(
        body.name, kind=body.kind.value, description=body.description
    )
    response.headers["Location"] = f"/api/datasets/{made.slug}"
    return made


@router.get("/datasets/{dataset}", tags=["datasets"], response_model=s.Dataset)
async def get_dataset(service: Service, dataset: DatasetRef) -> Any:
    """One dataset, with how many documents it holds."""
    return await service.get_dataset(dataset)


@router.delete("/datasets/{dataset}", tags=["datasets"], status_code=204)
async def delete_dataset(service: Service, dataset: DatasetRef) -> None:
    """Delete a dataset and all that is in it."""
    await service.delete_dataset(dataset)


# -- documents -------------------------------------------------------------------------------


@router.get("/datasets/{dataset}/documents", tags=["documents"], response_model=PageOf[s.Document])
async def list_documents(
    service: Service, dataset: DatasetRef, cursor: Cursor = None, limit: Limit = 50
) -> Any:
    """The documents of a dataset, in the order of their making."""
    return await service.list_documents(dataset, cursor=cursor, limit=limit)


@router.post(
    "/datasets/{dataset}/documents",
    tags=["documents"],
    status_code=201,
    response_model=s.UploadResult,
)
async def create_document(
    take: Uploads, dataset: DatasetRef, body: s.NewDocument, response: Response
) -> Any:
    """Put a text into a dataset; 200 where it is there already, unchanged."""
    (outcome,) = await take(dataset, [text_upload(body)])
    if outcome.error is not None:
        raise outcome.error
    if outcome.status == "unchanged":
        response.status_code = 200
    response.headers["Location"] = f"/api/documents/{outcome.document_id}"
    return s.UploadResult.of(outcome)


@router.post(
    "/datasets/{dataset}/uploads",
    tags=["documents"],
    response_model=s.UploadReport,
    openapi_extra={"requestBody": UPLOAD_BODY},
)
async def upload_files(take: Uploads, dataset: DatasetRef, request: Request) -> Any:
    """Put files into a dataset. A file that cannot be read is reported; the others go in.

    Markdown, reStructuredText, plain text, HTML, PDF, DOCX, CSV, JSON and JSON lines are read.
    """
    async with received(request) as files:
        outcomes = await take(dataset, files, max_bytes=request.app.state.max_upload_bytes)
    return s.UploadReport.of(outcomes)


@router.get("/documents/{document_id}", tags=["documents"], response_model=s.DocumentWithChunks)
async def get_document(service: Service, document_id: Id) -> Any:
    """A document with its text and its passages."""
    return await service.get_document(document_id)


@router.get("/documents/{document_id}/versions", tags=["documents"], response_model=list[s.Version])
async def list_versions(service: Service, document_id: Id, limit: Limit = 20) -> Any:
    """What a document said before, the latest first."""
    return await service.list_versions(document_id, limit=limit)


@router.delete("/documents/{document_id}", tags=["documents"], status_code=204)
async def delete_document(service: Service, document_id: Id) -> None:
    """Delete a document: it is found no more."""
    await service.delete_document(document_id)


# -- search ----------------------------------------------------------------------------------


@router.post("/search", tags=["search"], response_model=s.SearchResults)
async def search(service: Service, body: s.SearchRequest) -> Any:
    """The passages that answer a question best, by meaning and by words."""
    answer = await service.answer(
        body.query, dataset=body.dataset, limit=body.limit, filter=body.filter
    )
    return s.SearchResults(
        query=body.query,
        spaces=[s.Space.of(space) for space in answer.spaces],
        hits=[s.SearchHit.of(hit) for hit in answer.hits],
    )


@router.get("/search", tags=["search"], response_model=s.SearchResults)
async def search_by_address(
    service: Service,
    q: Annotated[Text, Query(min_length=1, max_length=4000, description="The question.")],
    dataset: Annotated[Text | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 5,
    filter: Annotated[Text | None, Query(description="A JSON object.")] = None,  # noqa: A002
) -> Any:
    """The same, for a browser's address line."""
    asked = s.SearchRequest.model_construct(
        query=q, dataset=dataset, limit=limit, filter=parse_json_object("filter", filter)
    )
    return await search(service, asked)


# -- conversations ---------------------------------------------------------------------------


@router.get("/conversations", tags=["conversations"], response_model=PageOf[s.Conversation])
async def list_conversations(threads: Threads, cursor: Cursor = None, limit: Limit = 50) -> Any:
    """The workspace's conversations, the latest first."""
    return await threads.list(cursor=cursor, limit=limit)


@router.post(
    "/conversations", tags=["conversations"], status_code=201, response_model=s.Conversation
)
async def create_conversation(threads: Threads, body: s.NewConversation, response: Response) -> Any:
    """Begin a conversation."""
    made = await threads.create(**body.model_dump())
    response.headers["Location"] = f"/api/conversations/{made.id}"
    return made


@router.get(
    "/conversations/{conversation_id}", tags=["conversations"], response_model=s.Conversation
)
async def get_conversation(threads: Threads, conversation_id: Id) -> Any:
    """One conversation."""
    return await threads.get(conversation_id)


@router.get(
    "/conversations/{conversation_id}/messages",
    tags=["conversations"],
    response_model=PageOf[s.Message],
)
async def list_messages(
    threads: Threads, conversation_id: Id, cursor: Cursor = None, limit: Limit = 50
) -> Any:
    """The messages of a conversation, the oldest first."""
    return await threads.list_messages(conversation_id, cursor=cursor, limit=limit)


@router.post(
    "/conversations/{conversation_id}/messages",
    tags=["conversations"],
    status_code=201,
    response_model=s.Message,
)
async def append_message(threads: Threads, conversation_id: Id, body: s.NewMessage) -> Any:
    """Append a message."""
    return await threads.append(conversation_id, role=body.role, content=body.content)
