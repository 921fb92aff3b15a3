"""Files out of a request: a multipart body, streamed to disk as it comes, or a JSON text."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from starlette.datastructures import UploadFile

from neonhub.db.errors import InvalidInput
from neonhub.db.ids import cuid
from neonhub.domains.http import parse_json_object

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.datastructures import FormData
    from starlette.requests import Request

    from neonhub.domains.knowledge.schemas import NewDocument
    from neonhub.domains.knowledge.uploads import Upload

__all__ = ["MAX_FILES", "UPLOAD_BODY", "received", "text_upload"]

MAX_FILES = 100
_MAX_FIELD = 1 << 20
_SUFFIX = {
    "text/plain": ".txt",
    "text/markdown": ".md",
    "text/html": ".html",
    "text/x-rst": ".rst",
}

UPLOAD_BODY: dict[str, Any] = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["files"],
                "properties": {
                    "files": {
                        "type": "array",
                        "maxItems": MAX_FILES,
                        "items": {"type": "string", "format": "binary"},
                    },
                    "source_uri": {
                        "type": "array",
                        "items": {"type": "string"},
                        "description": "None, or one for each file, in their order. Without it a "
                        "file is known as `upload:` and its name; the same one again replaces it.",
                    },
                    "metadata": {
                        "type": "string",
                        "description": "A JSON object that is put on every document.",
                    },
                },
            }
        }
    },
}


@contextlib.asynccontextmanager
async def received(request: Request) -> AsyncIterator[list[Upload]]:
    """The files of a multipart request; beyond 1 MB each waits on disk, until the block ends.

    Raises ``InvalidInput`` where the form is not as ``UPLOAD_BODY`` says.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "multipart/form-data":
        raise InvalidInput(field="Content-Type", reason="files are sent as multipart/form-data")
    async with request.form(
        max_files=MAX_FILES, max_fields=MAX_FILES + 10, max_part_size=_MAX_FIELD
    ) as form:
        yield _uploads(form)


def _uploads(form: FormData) -> list[Upload]:
    from neonhub.domains.knowledge.uploads import Upload

    files = [each for each in form.getlist("files") if isinstance(each, UploadFile)]
    if not files:
        raise InvalidInput(field="files", reason="the request holds no file of this name")
    sources = [str(each) for each in form.getlist("source_uri")]
    if sources and len(sources) != len(files):
        raise InvalidInput(
            field="source_uri",
            reason=f"there are {len(sources)} for {len(files)} files: give one each, or none",
        )
    metadata = parse_json_object("metadata", str(form.get("metadata") or "")) or {}
    named = [(_name_of(each), each) for each in files]
    sources = [_checked(each) for each in sources] or [f"upload:{name}" for name, _ in named]
    return [
        Upload(
            name=name,
            source_uri=source,
            read=each.file.read,
            mime_type=each.content_type,
            metadata=metadata,
        )
        for (name, each), source in zip(named, sources, strict=True)
    ]


def _name_of(file: UploadFile) -> str:
    """The bare name: browsers send a path now and then, and nobody's folders are our business."""
    name = (file.filename or "").replace("\\", "/").rpartition("/")[2]
    return "".join(c for c in name if c.isprintable())[-255:] or "unnamed"


def _checked(source: str) -> str:
    if not source.strip() or "\0" in source or len(source) > 2000:
        raise InvalidInput(
            field="source_uri", reason="it must have 1 to 2000 characters and no NUL"
        )
    return source


def text_upload(body: NewDocument) -> Upload:
    """A text as a file. Without a source of its own it is a new document every time."""
    from neonhub.domains.knowledge.uploads import Upload

    content = body.content.encode()
    return Upload(
        name=(body.title or "Untitled") + _SUFFIX[body.mime_type],
        source_uri=body.source_uri or f"text:{cuid()}",
        read=lambda: content,
        mime_type=f"{body.mime_type}; charset=utf-8",
        title=body.title,
        metadata=body.metadata,
    )
