"""Rows that are past: archived as they were, then gone; nothing else is touched."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import psycopg
import pytest

from neonhub.db.errors import NeonHubError
from neonhub.ops.isolation import faults
from neonhub.ops.maintain.archive import files
from neonhub.ops.maintain.archive.files import ArchiveDamaged, Place
from neonhub.ops.maintain.archive.show import check, rows_of
from tests.conftest import Tenants
from tests.databases import Database
from tests.factories import agents, billing, identity, tenancy
from tests.ops.maintain.worlds import (
    DAY,
    FAMILY,
    NOW,
    add_runs,
    agent,
    archived,
    contents,
    ids,
    run,
    step,
)  # fmt: skip

EXPIRE = ("expire",)


@pytest.fixture
def runs(database: Database, tenants: Tenants) -> Database:
    """Two tenants: 60 runs each that are past, over the end of a month, and 5 that are not."""
    with database.admin() as conn:
        for mark, workspace in (("a", tenants.workspace), ("b", tenants.other_workspace)):
            of = agent(conn, workspace)
            first = dt.datetime(2026, 5, 31, tzinfo=dt.UTC)
            add_runs(conn, workspace, of, 60, first=first, mark=f"{mark}old")
            add_runs(conn, workspace, of, 5, first=NOW - 3 * DAY, mark=f"{mark}new")
    return database


def test_runs_go_with_all_their_parts_and_are_in_the_archive_as_they_were(
    runs: Database, tenants: Tenants, tmp_path: Path
) -> None:
    with runs.admin() as conn:
        before = contents(conn, *FAMILY)
        report = run(runs, tmp_path, only=EXPIRE)
        after = contents(conn, *FAMILY)

    assert not report.failed
    assert step(report, "expire agent_runs").did == {
        **{"rows archived": 480, "parts deleted": 360, "rows deleted": 120},
    }
    for table in FAMILY:
        gone = before[table].keys() - after[table].keys()
        assert sorted(archived(tmp_path, table)) == sorted(gone)
        assert all("old" in each for each in gone)
        assert all("new" in each for each in after[table])
        assert {key: before[table][key] for key in after[table]} == after[table]
    first = next(each for each in rows_of(tmp_path / "agent_runs") if each["id"].endswith("01"))
    assert first["input"]["text"] == 'a "line"\nand, another é'
    assert (str(first["total_cost"]), first["output"], first["status"]) == (
        *("0.0101", None, "failed"),
    )
    assert first["started_at"] == dt.datetime(2026, 5, 31, 0, 37, tzinfo=dt.UTC)
    found = {str(each.path.relative_to(tmp_path)) for each in check(tmp_path / "agent_runs")}
    assert found == {
        f"agent_runs/workspace={workspace}/2026-{month}.parquet"
        for workspace in (tenants.workspace, tenants.other_workspace)
        for month in ("05", "06")
    }


def test_a_second_run_has_nothing_to_do_and_later_rows_join_their_month(
    runs: Database, tenants: Tenants, tmp_path: Path
) -> None:
    run(runs, tmp_path, only=EXPIRE)
    with runs.admin() as conn:
        again = run(runs, tmp_path, only=EXPIRE)
        assert all(each.state == "nothing" for each in again.steps)
        of = agent(conn, tenants.workspace)
        first = dt.datetime(2026, 5, 31, tzinfo=dt.UTC)
        add_runs(conn, tenants.workspace, of, 3, first=first, mark="aolder")

        later = run(runs, tmp_path, only=EXPIRE)

    assert step(later, "expire agent_runs").did["rows deleted"] == 3
    place = tmp_path / f"agent_runs/workspace={tenants.workspace}/2026-05.parquet"
    found = [each["id"] for each in rows_of(place)]
    assert len(found) == len(set(found)) == 38 + 3
    assert sum("aolder" in each for each in found) == 3


def test_what_is_not_past_stays(runs: Database, tenants: Tenants, tmp_path: Path) -> None:
    old = NOW - 300 * DAY
    with runs.admin() as conn:
        of = agent(conn, tenants.workspace)
        given = {"workspace_id": tenants.workspace, "agent_id": of, "started_at": old}
        kept = {
            agents.AGENT_RUN.insert(conn, status="running", **given)["id"],
            agents.AGENT_RUN.insert(conn, status="completed", completed_at=NOW - DAY, **given)[
                "id"
            ],
        }
        # Its step is above another run's, which would go with it.
        above = agents.AGENT_RUN.insert(conn, status="completed", **given)["id"]
        below = agents.AGENT_RUN.insert(conn, status="running", **given)["id"]
        step_id = agents.RUN_STEP.insert(conn, workspace_id=tenants.workspace, run_id=above)["id"]
        agents.RUN_STEP.insert(
            conn, workspace_id=tenants.workspace, run_id=below, parent_step_id=step_id
        )
        run(runs, tmp_path, only=EXPIRE)

        assert kept | {above, below} <= ids(conn, "agent_runs")


def test_without_an_archive_nothing_that_needs_one_goes(runs: Database) -> None:
    with runs.admin() as conn:
        before = contents(conn, *FAMILY)
        report = run(runs, only=EXPIRE)
        assert contents(conn, *FAMILY) == before

    assert [each.name for each in report.failed] == ["expire agent_runs"]
    assert "120 rows of agent_runs are past" in (report.failed[0].error or "")
    assert "--archive-to" in (report.failed[0].hint or "")


def test_a_dry_run_says_what_and_does_nothing(runs: Database, tmp_path: Path) -> None:
    with runs.admin() as conn:
        before = contents(conn, *FAMILY, "agent_metrics")
        report = run(runs, tmp_path, dry_run=True)
        assert contents(conn, *FAMILY, "agent_metrics") == before
        logged = conn.execute("SELECT count(*) FROM neonhub.operation_log").fetchone()

    assert step(report, "expire agent_runs").did == {"rows to archive and delete": 120}
    assert step(report, "roll up agent_metrics").did["groups to make anew"] > 2
    assert logged == (0,)
    assert list(tmp_path.iterdir()) == []


def _cut(path: Path) -> str:
    os.truncate(path, path.stat().st_size - 100)
    return "it was altered"


def _turned(path: Path) -> str:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    return "it was altered"


def _orphaned(path: Path) -> str:
    files.manifest_of(path).unlink()
    return "it has no manifest"


def _garbled(path: Path) -> str:
    files.manifest_of(path).write_text("{}")
    return "it cannot be read"


@pytest.mark.parametrize(
    "spoil",
    [
        _turned,
        _orphaned,
        pytest.param(_cut, marks=pytest.mark.slow),
        pytest.param(_garbled, marks=pytest.mark.slow),
    ],
)
def test_nothing_goes_into_a_damaged_archive(
    runs: Database, tenants: Tenants, tmp_path: Path, spoil: object
) -> None:
    assert callable(spoil)
    run(runs, tmp_path, only=EXPIRE)
    place = tmp_path / f"agent_runs/workspace={tenants.workspace}/2026-05.parquet"
    reason = spoil(place)
    with runs.admin() as conn:
        of = agent(conn, tenants.workspace)
        first = dt.datetime(2026, 5, 31, tzinfo=dt.UTC)
        add_runs(conn, tenants.workspace, of, 3, first=first, mark="alate")
        before = contents(conn, *FAMILY)
        report = run(runs, tmp_path, only=EXPIRE)

        assert contents(conn, *FAMILY) == before
    assert reason in (step(report, "expire agent_runs").error or "")
    with pytest.raises(ArchiveDamaged):
        check(place)


def test_a_row_that_changes_between_archive_and_delete_is_not_lost(
    runs: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Place.write

    def then_change(self: Place, *given: object) -> object:
        back = list(write(self, *given))  # type: ignore[arg-type]
        if self.table == "run_steps":
            with runs.admin() as conn:
                conn.execute(
                    "UPDATE agent_runs SET output = '{\"late\": 1}' WHERE id LIKE '%old%07'"
                )
                conn.execute("UPDATE run_steps SET error = 'late' WHERE id LIKE '%old%08'")
        return iter(back)

    monkeypatch.setattr(Place, "write", then_change)
    report = run(runs, tmp_path, only=EXPIRE)

    with runs.admin() as conn:
        left = {each for each in ids(conn, "agent_runs") if "old" in each}
        # A run is archived after its parts: the changed run itself was read before.
        assert {each[-2:] for each in left} == {"07", "08"}
    told = step(report, "expire agent_runs").told
    assert any("changed meanwhile" in line for line in told)
    monkeypatch.undo()

    run(runs, tmp_path, only=EXPIRE)

    found = {row["id"]: row for row in rows_of(tmp_path / "agent_runs")}
    assert len(found) == 120
    assert [row["output"] for key, row in found.items() if key.endswith("07")] == [{"late": 1}] * 2


def test_periods_by_option_workspace_and_organization(
    runs: Database, tenants: Tenants, tmp_path: Path
) -> None:
    said = """UPDATE {} SET settings = '{{"retention": {{"agent_runs": "{}"}}}}'"""
    with runs.admin() as conn:
        conn.execute(said.format("organizations", "1d").encode() + b" WHERE slug LIKE '%-a'")
        conn.execute(said.format("workspaces", "never").encode() + b" WHERE slug LIKE '%-b'")
        run(runs, tmp_path, only=EXPIRE, rules={"agent_runs": "5y"})
        assert {each[4] for each in ids(conn, "agent_runs")} == {"b"}

        conn.execute(said.format("workspaces", "soon").encode() + b" WHERE slug LIKE '%-b'")
        refused = run(runs, tmp_path, only=EXPIRE, rules={"agent_runs": "1d"})
        assert len(ids(conn, "agent_runs")) == 65
        assert "'soon' is no period" in (step(refused, "expire agent_runs").error or "")

        conn.execute("UPDATE workspaces SET settings = NULL")
        run(runs, tmp_path, only=EXPIRE, rules={"agent_runs": "1d"})
        assert ids(conn, "agent_runs") == set()


def test_small_things_go_when_their_time_is_over(
    database: Database, tenants: Tenants, tmp_path: Path
) -> None:
    past, later = NOW - 2 * DAY, NOW + DAY
    with database.admin() as conn:
        for expires, mark in ((past, "past"), (later, "later")):
            identity.SESSION.insert(
                conn, id=f"c{mark}", user_id=tenants.user, expires=expires, session_token=mark
            )
            identity.VERIFICATION_TOKEN.insert(conn, token=mark, expires=expires)
            tenancy.INVITATION.insert(
                conn,
                id=f"c{mark}",
                organization_id=tenants.organization,
                expires_at=expires - 30 * DAY,
            )
            agents.AGENT_MEMORY.insert(
                conn, id=f"c{mark}", workspace_id=tenants.workspace, expires_at=expires
            )
        agents.AGENT_MEMORY.insert(conn, id="calways", workspace_id=tenants.workspace)
        subscription = billing.SUBSCRIPTION.insert(conn, organization_id=tenants.organization)
        for years in (6, 8):
            billing.USAGE_RECORD.insert(
                conn,
                id=f"c{years}",
                organization_id=tenants.organization,
                subscription_id=subscription["id"],
                timestamp=NOW - years * 365 * DAY,
            )
        report = run(database, tmp_path, only=EXPIRE)

        assert not report.failed
        assert ids(conn, "sessions") == {"clater"}
        assert conn.execute("SELECT token FROM verification_tokens").fetchall() == [("later",)]
        assert ids(conn, "invitations") == {"clater"}
        assert ids(conn, "agent_memories") == {"clater", "calways"}
        assert ids(conn, "usage_records") == {"c6"}
    assert archived(tmp_path, "usage_records") == ["c8"]


def test_a_folder_that_cannot_be_written_keeps_the_rows(runs: Database, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with runs.admin() as conn:
        before = contents(conn, *FAMILY)
        report = run(runs, tmp_path / "file", only=EXPIRE)
        assert contents(conn, *FAMILY) == before
    assert "cannot be written" in (step(report, "expire agent_runs").error or "")


def test_one_step_that_fails_leaves_the_others_running(runs: Database, tmp_path: Path) -> None:
    with runs.admin() as conn:
        conn.execute("ALTER TABLE sessions RENAME COLUMN expires TO ends")
        report = run(runs, tmp_path)
        log = conn.execute(
            "SELECT state FROM neonhub.operation_log WHERE operation = 'maintain' ORDER BY place"
        ).fetchall()

    assert [each.name for each in report.failed] == ["expire sessions"]
    assert step(report, "expire agent_runs").did["rows deleted"] == 120
    assert log == [("started",), ("failed",)]


def test_a_table_that_gained_a_column_is_archived_beside_what_it_was(
    runs: Database, tenants: Tenants, tmp_path: Path
) -> None:
    run(runs, tmp_path, only=EXPIRE)
    with runs.admin() as conn:
        conn.execute("ALTER TABLE agent_runs ADD COLUMN mood text DEFAULT 'calm'")
        of = agent(conn, tenants.workspace)
        first = dt.datetime(2026, 5, 31, tzinfo=dt.UTC)
        add_runs(conn, tenants.workspace, of, 2, first=first, mark="anewer")
        assert not run(runs, tmp_path, only=EXPIRE).failed

    place = tmp_path / f"agent_runs/workspace={tenants.workspace}/2026-05.parquet"
    moods = [row["mood"] for row in rows_of(place)]
    assert sorted(moods, key=str) == [None] * 38 + ["calm"] * 2


def test_only_the_roles_of_maintenance_see_what_is_summed_up(database: Database) -> None:
    for role in ("neonhub_app", "neonhub_readonly", "neonhub_auth"):
        with database.connect(role) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("SELECT FROM neonhub.rolled_up")


def test_a_step_that_is_none_is_refused(database: Database) -> None:
    with pytest.raises(NeonHubError, match="'vaccum' is no step"):
        run(database, only=("vaccum",))


def test_isolation_sees_sums_that_are_open_to_others(database: Database) -> None:
    with database.admin() as conn:
        assert faults(conn) == []
        conn.execute("CREATE POLICY extra ON neonhub.rolled_up USING (true)")
        assert "neonhub.rolled_up is open to others" in faults(conn)[0]
        conn.execute("DROP POLICY extra ON neonhub.rolled_up")
        conn.execute("ALTER TABLE neonhub.rolled_up NO FORCE ROW LEVEL SECURITY")
        assert "neonhub.rolled_up is open to others" in faults(conn)[0]
