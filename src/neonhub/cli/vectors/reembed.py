from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from neonhub.cli.console import emit, message
from neonhub.cli.options import AsJson

if TYPE_CHECKING:
    from neonhub.ops.vectors.reembed import Move
    from neonhub.settings import Settings


def command(  # noqa: PLR0917  (options, each by its name)
    workspace: Annotated[str, typer.Option("--workspace", "-w", help="Which: its slug or id.")],
    to: Annotated[
        str | None, typer.Option("--to", help="A space that it has; else that of the settings.")
    ] = None,
    from_space: Annotated[
        str | None, typer.Option("--from", help="The space that is left, where there are more.")
    ] = None,
    per_second: Annotated[
        float | None, typer.Option("--per-second", help="So many texts at most.", min=0.1)
    ] = None,
    switch: Annotated[
        bool, typer.Option("--switch/--no-switch", help="Or make the vectors, and no more.")
    ] = True,
    forget: Annotated[
        bool, typer.Option("--forget", help="Give up what is kept for the way back.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Move a workspace to another embedding space.

    Searches go by the old vectors until all texts are embedded anew; the switch is one
    transaction. The old vectors are kept: the same command, ``--to`` the old space, moves back.
    Killed or stopped, it goes on where it was. Afterwards ``--forget`` deletes what is kept.
    """
    from neonhub.ops.prepare import connected
    from neonhub.ops.server import administrator
    from neonhub.ops.vectors import reembed as ops
    from neonhub.ops.vectors.parts import Chosen
    from neonhub.settings_quick import read_settings

    settings = read_settings()
    with administrator(settings, message) as dsn:
        if forget:
            with connected(dsn) as conn:
                gone = ops.forget(conn, Chosen(workspace=workspace))
            emit({"forgotten": gone}, as_json=as_json, render=lambda _: f"{gone:,} deleted.")
            return
        done = _move(settings, dsn, workspace, to, (from_space, per_second, switch))
    emit(done, as_json=as_json, render=_text)


def _move(
    settings: Settings,
    dsn: str,
    workspace: str,
    to: str | None,
    how: tuple[str | None, float | None, bool],
) -> Move:
    import asyncio

    from neonhub.embedding.registry import embedder_for_space, embedder_from_settings
    from neonhub.ops.prepare import connected
    from neonhub.ops.vectors import reembed as ops
    from neonhub.ops.vectors.maintain import maintain
    from neonhub.ops.vectors.parts import Chosen

    if to is None:
        embedder = embedder_from_settings(settings)
    else:
        with connected(dsn) as conn:
            space = ops.space_of(conn, workspace, to)
        embedder = embedder_for_space(space, settings)

    async def move() -> Move:
        source, rate, switch = how
        try:
            return await ops.reembed(
                dsn, workspace, embedder,
                from_space=source, per_second=rate, switch=switch, notify=message,
            )  # fmt: skip
        finally:
            await embedder.aclose()

    done = asyncio.run(move())
    if done.switched:
        maintain(dsn, Chosen(workspace=workspace), notify=message)
    return done


def _text(done: Move) -> str:
    if not done.switched:
        return (
            f"{done.embedded:,} texts embedded for {done.to_space}, and kept; searches go by "
            f"{done.from_space}. Without --no-switch the same command switches."
        )
    return (
        f"{done.workspace} moved from {done.from_space} to {done.to_space}: {done.moved:,} rows, "
        f"{done.embedded:,} texts embedded, {done.seconds:.1f} s; the switch took "
        f"{done.switch_seconds:.2f} s.\n"
        f"Back: neonhub vectors reembed -w {done.workspace} --to {done.from_space}"
    )
