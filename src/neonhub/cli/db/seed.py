from __future__ import annotations

import sys
from contextlib import nullcontext
from typing import Annotated, Any

import typer

from neonhub.cli.console import emit, message, progress
from neonhub.cli.options import AsJson


def command(
    demo: Annotated[
        bool, typer.Option("--demo", help="Also a demo organization with rows in every table.")
    ] = False,
    scale: Annotated[
        int | None,
        typer.Option(
            "--scale", metavar="N", help="Also N times a realistic tenant, to measure by.", min=1
        ),
    ] = None,
    remove_scale: Annotated[
        bool, typer.Option("--remove-scale", help="Take the rows of --scale away again.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write the rows that a fresh database holds.

    What is there already is left as it is, so a second run writes nothing.
    """
    from neonhub.ops.seed import seed
    from neonhub.ops.server import administrator
    from neonhub.settings_quick import read_settings

    settings = read_settings()
    with administrator(settings, message) as dsn:
        report = seed(dsn)
        result: dict[str, Any] = {"written": report.written, "left": report.left}
        if demo:
            result["demo"] = _demo(dsn, settings)
        if remove_scale:
            from neonhub.ops.seeding.scale.load import remove

            result["removed"] = {"workspaces": remove(dsn)}
        if scale is not None:
            result["scale"] = _scale(dsn, scale)
    emit(result, as_json=as_json, render=_text)


def _demo(dsn: str, settings: Any) -> dict[str, Any]:
    from neonhub.db.crypto import Sealer
    from neonhub.ops.seeding.demo.make import seed_demo

    keys = {key.key_id: key.secret.get_secret_value() for key in settings.encryption_keys}
    made = seed_demo(dsn, sealer=Sealer(keys) if keys else None)
    return {"anchor": made.anchor, "written": made.written, "tables": made.tables}


def _scale(dsn: str, scale: int) -> dict[str, Any]:
    from neonhub.ops.seeding.scale.load import ROWS_A_UNIT, load

    with progress() if sys.stderr and sys.stderr.isatty() else nullcontext() as bar:
        task = bar.add_task("rows", total=scale * ROWS_A_UNIT) if bar else None

        def tell(table: str, rows: int) -> None:
            if bar is not None and task is not None:
                bar.update(task, advance=rows, description=table)

        made = load(dsn, scale, progress=tell)
    return {
        "tenants": made.tenants,
        "written": made.rows,
        "seconds": round(made.seconds, 3),
        "tables": made.tables,
    }


def _text(result: dict[str, Any]) -> str:
    lines = ["{written} rows written, {left} left as they were.".format_map(result)]
    if demo := result.get("demo"):
        if demo["written"]:
            lines.append(
                f"Demo: {demo['written']:,} rows in {len(demo['tables'])} tables, "
                f"counted back from {demo['anchor']}."
            )
        else:
            lines.append(f"Demo: there already, counted back from {demo['anchor']}.")
    if removed := result.get("removed"):
        lines.append(f"Removed the rows of {removed['workspaces']} workspaces of --scale.")
    if scale := result.get("scale"):
        rate = scale["written"] / scale["seconds"]
        lines.append(
            f"Scale: {scale['written']:,} rows of {scale['tenants']} tenants in "
            f"{scale['seconds']:.1f} s ({rate:,.0f} a second)."
        )
    return "\n".join(lines)
