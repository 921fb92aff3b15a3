from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from neonhub.cli.console import emit
from neonhub.cli.options import AsJson


def command(
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The file to write; without it, standard output."),
    ] = None,
    generator: Annotated[
        str, typer.Option("--generator", help="prisma-client-js or prisma-client.")
    ] = "prisma-client-js",
    client_folder: Annotated[
        str | None,
        typer.Option("--client-folder", help="Where it writes the client, seen from the schema."),
    ] = None,
    preview: Annotated[
        list[str] | None, typer.Option("--preview", help="A preview feature of Prisma's; repeat.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a schema.prisma for TypeScript applications.

    It is made from the models, with no database: every table as a model with camelCase fields,
    enumerations, and relations both ways. Generate the client from it; migrate with
    `neonhub db migrate` alone.
    """
    from neonhub.ops.prisma.document import prisma_schema

    text = prisma_schema(
        generator=generator, client_folder=client_folder, preview=tuple(preview or ())
    )
    counts: dict[str, Any] = {
        kind: sum(line.startswith(f"{kind} ") for line in text.splitlines())
        for kind in ("model", "enum")
    }
    if output is None:
        emit(counts | {"schema": text}, as_json=as_json, render=lambda _: text.rstrip("\n"))
        return
    try:
        output.write_text(text, "utf-8")
    except OSError as error:
        from neonhub.db.errors import InvalidInput

        reason = f"it cannot be written: {error.strerror}"
        raise InvalidInput(field=str(output), reason=reason) from error
    done = "Wrote {output}: {model} models, {enum} enumerations."
    emit(counts | {"output": str(output)}, as_json=as_json, render=done.format_map)
