from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from neonhub.cli.console import emit
from neonhub.cli.options import PRIMARY, AsJson, Workspace
from neonhub.cli.work import in_workspace

if TYPE_CHECKING:
    from neonhub.hub import WorkspaceUnit


def command(
    document: Annotated[str, typer.Argument(help="The document's id.")],
    workspace: Workspace = PRIMARY,
    as_json: AsJson = False,
) -> None:
    """Show a document and its passages."""

    async def work(ws: WorkspaceUnit) -> dict[str, Any]:
        found = await ws.knowledge.get_document(document)
        versions = await ws.knowledge.list_versions(document)
        shown = [{"version": v.version, "created_at": v.created_at} for v in versions]
        return found._asdict() | {"versions": shown}

    emit(in_workspace(workspace, work), as_json=as_json, render=_text)


def _text(document: dict[str, Any]) -> str:
    facts = {
        "document": document["id"],
        "source": document["source_uri"],
        "type": document["mime_type"],
        "updated": f"{document['updated_at']:%Y-%m-%d %H:%M:%S} UTC",
        "before": ", ".join(f"version {each['version']}" for each in document["versions"]),
        **{f"meta {key}": value for key, value in (document["metadata"] or {}).items()},
    }
    width = max(map(len, facts))
    lines = [document["title"], ""]
    lines += [f"{name:<{width}}  {value}" for name, value in facts.items() if value]
    lines += [f"{'passages':<{width}}  {len(document['chunks'])}"]
    return "\n".join(lines + [_passage(each) for each in document["chunks"]])


def _passage(chunk: dict[str, Any]) -> str:
    meta = chunk["metadata"] or {}
    headings = " › ".join(meta.get("heading_path", ()))
    # The stored text begins with its headings, which stand in the line above.
    body = chunk["text"][int(meta.get("body_start", 0)) :]
    return f"\n[{chunk['idx'] + 1}] {headings}\n{body}"
