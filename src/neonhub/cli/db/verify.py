from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from neonhub.cli.console import emit, message
from neonhub.cli.options import AsJson, Identity, Trust

if TYPE_CHECKING:
    from neonhub.ops.backup.restore import Verified


def command(
    backup: Annotated[
        str,
        typer.Argument(
            metavar="BACKUP",
            help="Its folder or s3://bucket/prefix/NAME; of a place with several, the newest.",
        ),
    ],
    identity: Identity = None,
    trust: Trust = False,
    jobs: Annotated[int, typer.Option("--jobs", "-j", help="Tables at a time.", min=1)] = 2,
    as_json: AsJson = False,
) -> None:
    """Prove a backup by restoring it.

    It is restored into a scratch database, every table is compared with what was backed up, and
    the database is dropped. Ends with 0 where all is as it was, 1 where it is not or the backup
    is damaged, 2 where it could not be told.
    """
    from neonhub.cli.errors import asked_by_ci
    from neonhub.ops.backup.manifest import BackupDamaged
    from neonhub.ops.backup.restore import verify
    from neonhub.ops.server import administrator
    from neonhub.settings_quick import read_settings

    with asked_by_ci(BackupDamaged), administrator(read_settings(), message) as dsn:
        found = verify(dsn, backup, jobs=jobs, identity=identity or (), trust=trust, notify=message)
    emit(found, as_json=as_json, render=_text)
    if found.faults:
        raise typer.Exit(1)


def _text(found: Verified) -> str:
    if found.faults:
        return "\n".join([*(f"! {fault}" for fault in found.faults), "Not as it was backed up."])
    return (
        f"{found.backup}: {found.rows:,} rows of {found.tables} tables, all as they were "
        f"({found.seconds:.1f} s)."
    )
