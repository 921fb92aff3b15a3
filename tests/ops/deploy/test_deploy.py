"""Deploys on a live database: refused, delayed, failed, good; and what the log says of them."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from neonhub.ops import migrate
from neonhub.ops.deploy import DeployRunning, Patience, Plan, Report, deploy
from neonhub.ops.deploy.journal import LOCK
from neonhub.ops.records import Record, last
from tests.databases import Database
from tests.migrations.made import History

QUICK = Patience(lock_s=0.2, attempts=30, pause_s=0.05, longest_s=0.1)


def outcomes(report: Report) -> dict[str, str]:
    return {each.name.split()[0]: each.outcome for each in report.steps}


def log(database: Database) -> Record:
    with database.admin() as conn:
        found = last(conn, "deploy")
    assert found is not None
    return found


def columns(database: Database, table: str = "brands") -> set[str]:
    with database.admin() as conn:
        rows = conn.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass "
            "AND attnum > 0 AND NOT attisdropped",
            [table],
        )
        return {str(name) for (name,) in rows}


def add_columns(history: History, *names: str) -> list[str]:
    return [
        history.add(name, f"ALTER TABLE brands ADD COLUMN {name} text",
                    down=f"op.drop_column('brands', {name!r})")
        for name in names
    ]  # fmt: skip


def test_a_good_one(database: Database, history: History, tmp_path: Path) -> None:
    one, two = add_columns(history, "one", "two")

    report = deploy(database.admin_dsn, Plan(backup_to=tmp_path / "backups"))

    assert report.steps[-1].said == ["Readiness: baseline: not seeded: run `neonhub db seed`."]
    assert outcomes(report) == {
        **{"preflight": "done", "lint": "done", "backup": "done"},
        **{"migrate": "done", "smoke": "done"},
    }
    assert (report.good, report.applied, report.revision) == (True, [one, two], two)
    assert report.backup is not None
    assert (Path(report.backup) / "manifest.json").is_file()
    assert {"one", "two"} <= columns(database)
    end = log(database)
    assert (end.state, end.detail["applied"], end.detail["backup"]) == (
        *("good", [one, two]),
        report.backup,
    )


def test_with_nothing_pending_it_looks_all_the_same(database: Database) -> None:
    with database.admin() as conn:
        conn.execute("ALTER TABLE people NO FORCE ROW LEVEL SECURITY")

    report = deploy(database.admin_dsn, Plan())

    assert outcomes(report) == {"preflight": "done", "migrate": "skipped", "smoke": "failed"}
    assert any("not forced on people" in each for each in report.steps[-1].said)
    assert log(database).state == "failed"


def test_what_cannot_be_had_back_is_refused_and_nothing_is_done(
    database: Database, history: History, tmp_path: Path
) -> None:
    (fine,) = add_columns(history, "one")
    gone = history.add("gone", "ALTER TABLE brands DROP COLUMN one")

    report = deploy(database.admin_dsn, Plan(backup_to=tmp_path / "backups"))

    assert outcomes(report) == {"preflight": "done", "lint": "refused"}
    (said,) = report.steps[-1].said
    assert f"## {gone}" in said
    assert "MIGRATION_RISK.md" in said
    assert migrate.pending(database.admin_dsn) == (fine, gone)
    assert not (tmp_path / "backups").exists()
    assert log(database).state == "failed"


def test_a_check_that_does_not_hold_refuses(database: Database, history: History) -> None:
    add_columns(history, "one")

    report = deploy(database.admin_dsn, Plan(checks=lambda _dsn: ["The drill is too old."]))
    assert (outcomes(report), report.steps[0].said) == (
        {"preflight": "refused"},
        ["The drill is too old."],
    )

    with database.admin() as conn:
        conn.execute("UPDATE neonhub.migration_log SET checksum = 'x' WHERE place = 3")
    report = deploy(database.admin_dsn, Plan())
    assert outcomes(report) == {"preflight": "refused"}
    assert report.steps[0].said == [
        f"The migration {migrate.revisions()[2]} has changed since it was applied."
    ]


def test_no_backup_no_migration(database: Database, history: History, tmp_path: Path) -> None:
    add_columns(history, "one")
    (tmp_path / "file").write_text("no folder")

    report = deploy(database.admin_dsn, Plan(backup_to=tmp_path / "file"))

    assert outcomes(report)["backup"] == "failed"
    assert "one" not in columns(database)


class Reader:
    """Reads a table again and again, and keeps how long it waited at most."""

    def __init__(self, database: Database):
        self._conn = database.admin()
        self._stop = threading.Event()
        self.longest = 0.0
        self.reads = 0
        self._thread = threading.Thread(target=self._read)

    def _read(self) -> None:
        while not self._stop.is_set():
            began = time.perf_counter()
            self._conn.execute("SELECT count(*) FROM brands")
            self.longest = max(self.longest, time.perf_counter() - began)
            self.reads += 1
            time.sleep(0.005)

    def __enter__(self) -> Reader:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._conn.close()


def test_a_table_that_is_held_delays_it_and_holds_nobody_up(
    database: Database, history: History
) -> None:
    add_columns(history, "one")
    with database.admin() as holder, Reader(database) as reader:
        holder.execute("SET application_name = 'a long report'")
        holder.execute("BEGIN")
        holder.execute("SELECT count(*) FROM brands")
        lines: list[str] = []

        def notify(line: str) -> None:
            lines.append(line)
            if len([each for each in lines if "again in" in each]) == 3:
                holder.execute("COMMIT")

        report = deploy(database.admin_dsn, Plan(patience=QUICK), notify)

    assert report.good
    step = next(each for each in report.steps if each.name.startswith("migrate"))
    assert step.attempts >= 4
    assert any("a long report, idle in transaction" in each for each in step.said)
    assert reader.reads > 50
    # One attempt waits 0.2 s; on a machine with others on it a wait may be some longer.
    assert reader.longest < 1.0


@pytest.mark.slow
def test_one_that_is_never_let_in_gives_up_and_leaves_nothing(
    database: Database, history: History
) -> None:
    one, _two = add_columns(history, "one", "two")
    with database.admin() as holder:
        holder.execute("BEGIN")
        holder.execute("SELECT count(*) FROM brands")
        patience = Patience(lock_s=0.05, attempts=2, pause_s=0.01)
        report = deploy(database.admin_dsn, Plan(patience=patience))

    assert (report.good, report.applied, report.steps[-1].name) == (False, [], f"migrate {one}")
    assert "A table was in use each of the 2 times" in report.steps[-1].said[0]
    assert "one" not in columns(database)
    assert deploy(database.admin_dsn, Plan()).good


@pytest.mark.slow
def test_an_index_left_half_made_is_made_again(database: Database, history: History) -> None:
    history.add(
        "index",
        "CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_motto ON brands (workspace_id, name)",
        down="op.drop_index('ix_motto')",
        online=True,
    )
    valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('ix_motto')"
    seen: list[tuple[object, ...] | None] = []
    with database.admin() as holder, database.admin() as look:
        # A concurrent build waits for whoever may still see the table without the index.
        holder.execute("BEGIN")
        holder.execute("INSERT INTO feedback SELECT * FROM feedback")
        holder.execute("LOCK TABLE brands IN ROW EXCLUSIVE MODE")

        def notify(line: str) -> None:
            if "again in" in line:
                seen.append(look.execute(valid).fetchone())
                if len(seen) == 2:
                    holder.execute("COMMIT")

        report = deploy(database.admin_dsn, Plan(patience=QUICK), notify)
        assert look.execute(valid).fetchone() == (True,)

    assert seen[:2] == [(False,), (False,)], "no attempt has left an invalid index"
    assert report.good


def test_a_migration_that_fails_ends_it_after_those_before(
    database: Database, history: History
) -> None:
    (one,) = add_columns(history, "one")
    # Lint runs it in an empty database, where it goes.
    two = history.add("two", "DO $$ BEGIN PERFORM 1 / count(*) FROM pg_database; END $$",
                      "DO $$ BEGIN IF current_database() NOT LIKE '%shadow%' THEN "
                      "PERFORM 1 / 0; END IF; END $$")  # fmt: skip

    report = deploy(database.admin_dsn, Plan())

    assert report.applied == [one]
    assert (report.steps[-1].name, report.steps[-1].outcome) == (f"migrate {two}", "failed")
    assert "division by zero" in report.steps[-1].said[0]
    assert log(database).detail["applied"] == [one]


def test_two_at_once(database: Database) -> None:
    with database.admin() as conn:
        conn.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        with pytest.raises(DeployRunning, match=f"process {conn.info.backend_pid} from "):
            deploy(database.admin_dsn, Plan())


def test_what_is_not_there(database: Database) -> None:
    with pytest.raises(migrate.UnknownRevision, match="nowhere"):
        deploy(database.admin_dsn, Plan("nowhere"))
    with database.admin() as conn:
        conn.execute("UPDATE neonhub.schema_migrations SET version_num = '29990101000000_later'")
        before = conn.execute("SELECT count(*) FROM neonhub.operation_log").fetchone()
        with pytest.raises(migrate.DatabaseAhead):
            deploy(database.admin_dsn, Plan())
        assert conn.execute("SELECT count(*) FROM neonhub.operation_log").fetchone() == before


def test_a_new_database(empty_database: Database) -> None:
    report = deploy(empty_database.admin_dsn, Plan())

    assert report.good
    assert report.applied == list(migrate.revisions())
    assert {"lint": "skipped", "backup": "skipped"}.items() <= outcomes(report).items()
