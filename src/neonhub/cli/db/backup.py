from __future__ import annotations

from typing import Annotated, Any

import typer

from neonhub.cli.console import emit, message
from neonhub.cli.options import AsJson, Keep, KeepDaily, KeepMonthly, KeepWeekly
from neonhub.cli.text import size


def command(
    *,
    to: Annotated[
        str,
        typer.Option("--to", metavar="PLACE", help="A folder, or s3://bucket/prefix."),
    ],
    keep: Keep = 0,
    keep_daily: KeepDaily = 0,
    keep_weekly: KeepWeekly = 0,
    keep_monthly: KeepMonthly = 0,
    encrypt_to: Annotated[
        list[str] | None,
        typer.Option(
            "--encrypt-to", metavar="RECIPIENT", help="age1…, ssh-…, or a file of them; repeatable."
        ),
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", help="Tables at a time.", min=1)] = 2,
    as_json: AsJson = False,
) -> None:
    """Take a backup into a folder or a bucket.

    The dump, and a manifest with the rows and a checksum of every table at the same moment. It
    appears only when it is whole. Of those that are there only what a --keep option names stays,
    and always the newest good one; without such an option all stay.
    """
    from neonhub.ops.backup.rotation import Rule
    from neonhub.ops.backup.take import backup
    from neonhub.ops.server import administrator
    from neonhub.settings_quick import read_settings

    rule = Rule(keep, keep_daily, keep_weekly, keep_monthly)
    with administrator(read_settings(), message) as dsn:
        where, made = backup(
            dsn, to, jobs=jobs, keep=rule, encrypt_to=encrypt_to or (), notify=message
        )
    result = {
        **{"folder": where, "revision": made.revision, "moment": made.moment},
        **{"tables": len(made.tables), "rows": made.rows, "size": made.size},
        **{"seconds": made.seconds, "encrypted": made.encrypted},
    }
    emit(result, as_json=as_json, render=_text)


def _text(done: dict[str, Any]) -> str:
    what = f"{done['rows']:,} rows of {done['tables']} tables, {size(done['size'])}"
    encrypted = ", encrypted" if done["encrypted"] else ""
    return f"{done['folder']}\n{what}{encrypted}, in {done['seconds']:.1f} s."
