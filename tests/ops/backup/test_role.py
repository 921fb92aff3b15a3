"""A backup is taken by neonhub_backup as by an administrator, and by nobody who sees less."""

from __future__ import annotations

from pathlib import Path

import pytest

from neonhub.ops.backup.fingerprints import RowsHidden, fingerprints
from neonhub.ops.backup.log import NotAnAdministrator
from neonhub.ops.backup.manifest import Manifest
from neonhub.ops.backup.restore import verify
from neonhub.ops.backup.take import backup
from neonhub.ops.records import last
from tests.databases import Database

LOG = "neonhub.operation_log"


def test_the_login_of_backups_dumps_every_row(demo: Database, tmp_path: Path) -> None:
    said: list[str] = []
    folder, made = backup(demo.login("neonhub_backup"), tmp_path, notify=said.append)

    with demo.admin() as conn, conn.transaction():
        by_admin = fingerprints(conn) | {LOG: made.tables[LOG]}
    assert made.tables == by_admin
    assert verify(demo.admin_dsn, folder).faults == []
    with demo.admin() as conn:
        found = last(conn, "backup", "good")
    assert found is not None and (said, found.by) == ([], "neonhub_backup")
    assert found.detail["name"] == folder.name


@pytest.mark.parametrize(
    ("sabotage", "table"),
    [
        ("DROP POLICY backup ON people", "people"),
        ("ALTER POLICY backup ON people USING (id <> 'x')", "people"),
        ("CREATE POLICY less ON people AS RESTRICTIVE TO neonhub_backup USING (false)", "people"),
        ("DROP POLICY backup ON metric_events_default", "metric_events_default"),
    ],
)
def test_rows_that_a_policy_may_hide_are_not_left_out(
    database: Database, tmp_path: Path, sabotage: str, table: str
) -> None:
    backups = database.login("neonhub_backup")
    with database.admin() as conn:
        conn.execute(sabotage.encode())

    with pytest.raises(RowsHidden, match=f"rows of {table} from the login neonhub_backup"):
        backup(backups, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("role", ["neonhub_app", "neonhub_backup"])
def test_restoring_takes_an_administrator_and_says_so(
    demo: Database, taken: tuple[Path, Manifest], role: str
) -> None:
    with pytest.raises(NotAnAdministrator, match=f"{role} may not restore or verify") as caught:
        verify(demo.dsn(role), taken[0])
    assert "DIRECT_DATABASE_URL" in (caught.value.hint or "")


def test_the_application_takes_no_backup(database: Database, tmp_path: Path) -> None:
    said: list[str] = []
    application = database.login("neonhub_app")
    with pytest.raises(RowsHidden, match="neonhub_app"):
        backup(application, tmp_path, notify=said.append)
    assert len(said) == 1 and "permission denied" in said[0]
