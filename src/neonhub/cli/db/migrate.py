from __future__ import annotations

from typing import Annotated, Any

import typer

from neonhub.cli.console import emit, message
from neonhub.cli.options import AsJson


def command(
    revision: Annotated[
        str, typer.Option("--revision", help="Go no further than this one.")
    ] = "head",
    as_json: AsJson = False,
) -> None:
    """Bring the schema up to date.

    Roles, extensions and the schema neonhub are made first, where they are missing. That takes an
    administrator once; after it, neonhub_migrate can do the rest. Goes by DIRECT_DATABASE_URL, or
    else DATABASE_URL, or else to the embedded server.
    """
    from neonhub.ops.migrate import current, head, migrate
    from neonhub.ops.prepare import prepare
    from neonhub.ops.server import administrator
    from neonhub.settings_quick import read_settings

    with administrator(read_settings(), message) as dsn:
        prepared = prepare(dsn)
        for line in prepared:
            message(f"Prepared: {line}")
        applied = [step.revision for step in migrate(dsn, revision=revision, notify=message)]
        result = {"prepared": prepared, "applied": applied, "revision": current(dsn)}
    emit(result | {"head": head()}, as_json=as_json, render=_text)


def _text(done: dict[str, Any]) -> str:
    from neonhub.ops.migrate import run_in_words

    what = run_in_words(len(done["applied"])) if done["applied"] else "Nothing to migrate"
    where = "the latest" if done["revision"] == done["head"] else f"the latest is {done['head']}"
    return f"{what}: the database is at {done['revision']} ({where})."
