"""The way forward and the way back."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from neonhub.db.errors import NeonHubError
from neonhub.ops import migrate, prepare, scripts
from tests.databases import Database

TRACES = """
SELECT 'relation ' || c.relname FROM pg_class c
 WHERE c.relnamespace IN ('public'::regnamespace, 'neonhub'::regnamespace)
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
UNION ALL
SELECT 'type ' || t.typname FROM pg_type t
 WHERE t.typnamespace IN ('public'::regnamespace, 'neonhub'::regnamespace)
   AND NOT EXISTS (SELECT FROM pg_depend d
                    WHERE d.objid IN (t.oid, t.typelem) AND d.deptype = 'e')
UNION ALL
SELECT 'function ' || p.proname FROM pg_proc p
 WHERE p.pronamespace IN ('public'::regnamespace, 'neonhub'::regnamespace)
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
UNION ALL
SELECT 'policy ' || polname FROM pg_policy
UNION ALL
SELECT 'trigger ' || tgname FROM pg_trigger WHERE NOT tgisinternal
ORDER BY 1
"""


@pytest.fixture
def prepared(empty_database: Database) -> Database:
    prepare.prepare(empty_database.admin_dsn, logins=empty_database.server.logins)
    return empty_database


def traces(database: Database) -> list[object]:
    with database.admin() as conn:
        return [row[0] for row in conn.execute(TRACES)]


def test_forward_back_to_nothing_and_forward_again(prepared: Database) -> None:
    assert migrate.current(prepared.admin_dsn) is None
    assert migrate.pending(prepared.admin_dsn) == migrate.revisions()
    run = migrate.migrate(prepared.admin_dsn)
    assert [step.revision for step in run] == list(migrate.revisions())
    assert migrate.is_current(prepared.admin_dsn)
    assert migrate.pending(prepared.admin_dsn) == ()
    made = traces(prepared)
    assert "relation documents" in made
    migrate.downgrade(prepared.admin_dsn, revision="base")
    left = {str(each).split(" ", 1)[1] for each in traces(prepared)}
    assert {each for each in left if "schema_migrations" not in each} == {
        *("migration_log", "_migration_log", "pk_migration_log", "migration_log_place_seq"),
        *("operation_log", "_operation_log", "pk_operation_log", "operation_log_place_seq"),
        "ix_operation_log__operation",
        *("rolled_up", "_rolled_up", "pk_rolled_up", "ix_rolled_up__stale"),
        *("kept_vectors", "_kept_vectors", "pk_kept_vectors"),
        *("maintenance", "backup"),  # its policies
    }
    migrate.migrate(prepared.admin_dsn)
    assert traces(prepared) == made


def test_history_is_one_line_in_the_order_of_its_names() -> None:
    from alembic.script import ScriptDirectory

    directory = ScriptDirectory(str(migrate.MIGRATIONS))
    line = [script.revision for script in directory.walk_revisions()]
    assert tuple(reversed(line)) == migrate.revisions()
    assert directory.get_heads() == [migrate.head()]


def test_scripts_are_what_the_migrations_say() -> None:
    for revision in migrate.revisions():
        assert scripts.kept(revision) == scripts.render(revision), (
            "run `python -m neonhub.ops.scripts`"
        )


def test_alembic_makes_the_same_as_the_scripts(
    prepared: Database, shared_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unwritten = shutil.ignore_patterns("__pycache__", "*.sql")
    shutil.copytree(migrate.MIGRATIONS, tmp_path / "migrations", ignore=unwritten)
    monkeypatch.setattr(migrate, "MIGRATIONS", tmp_path / "migrations")
    migrate.migrate(prepared.admin_dsn)
    assert traces(prepared) == traces(shared_database)
    assert migrate.differences(prepared.admin_dsn) == []


def test_a_changed_migration_is_run_and_not_its_old_script(
    prepared: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "migrations"
    shutil.copytree(migrate.MIGRATIONS, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(migrate, "MIGRATIONS", copy)
    changed = copy / "versions" / f"{migrate.head()}.py"
    changed.write_text(
        changed.read_text().replace(
            "def upgrade() -> None:",
            'def upgrade() -> None:\n    op.execute("CREATE TABLE changed (id int)")',
            1,
        )
    )
    run = migrate.migrate(prepared.admin_dsn)
    assert [step.revision for step in run] == list(migrate.revisions())
    assert "relation changed" in traces(prepared)


def test_a_second_run_does_nothing(database: Database) -> None:
    assert migrate.migrate(database.admin_dsn) == ()


def test_a_run_with_nothing_to_do_makes_the_months_ahead(database: Database) -> None:
    newest = (
        "SELECT max(relname) FROM pg_class "
        "WHERE relispartition AND relkind = 'r' AND relname LIKE 'metric_events_2%'"
    )
    with database.admin() as conn:
        was = conn.execute(newest).fetchone()
        assert was is not None
        conn.execute(f"DROP TABLE {was[0]}".encode())
        assert conn.execute(newest).fetchone() != was
        migrate.migrate(database.admin_dsn)
        assert conn.execute(newest).fetchone() == was


def test_everything_belongs_to_the_owner(shared_database: Database) -> None:
    with shared_database.admin() as conn:
        strange = conn.execute(
            "SELECT relname, pg_get_userbyid(relowner) FROM pg_class "
            "WHERE relnamespace IN ('public'::regnamespace, 'neonhub'::regnamespace) "
            "AND relowner <> 'neonhub_owner'::regrole"
        ).fetchall()
    assert strange == []


def test_the_application_sees_where_the_schema_is(shared_database: Database) -> None:
    with shared_database.connect("neonhub_app") as conn:
        assert migrate.current_of(conn) == migrate.head()


def test_migrate_role_may_do_all_of_it(prepared: Database) -> None:
    dsn = prepared.dsn("neonhub_migrate")
    migrate.migrate(dsn)
    migrate.downgrade(dsn, revision=migrate.revisions()[0])
    assert migrate.migrate(dsn)[-1].revision == migrate.head()


def test_other_roles_may_not_migrate(prepared: Database) -> None:
    if not prepared.server.logins:
        pytest.skip("roles do not log in on this server")
    with pytest.raises(migrate.NotTheOwner, match="neonhub_app may not become neonhub_owner"):
        migrate.migrate(prepared.dsn("neonhub_app"))


def test_a_database_that_was_never_prepared(empty_database: Database) -> None:
    with pytest.raises(migrate.SchemaMissing) as caught:
        migrate.migrate(empty_database.admin_dsn)
    assert empty_database.name in str(caught.value)


def test_a_revision_from_the_future(database: Database) -> None:
    with database.admin() as conn:
        conn.execute("UPDATE neonhub.schema_migrations SET version_num = '29990101000000_x'")
    with pytest.raises(migrate.DatabaseAhead, match="29990101000000_x"):
        migrate.migrate(database.admin_dsn)
    with pytest.raises(migrate.DatabaseAhead):
        migrate.pending(database.admin_dsn)


def test_a_revision_that_does_not_exist(database: Database) -> None:
    for run in (migrate.migrate, migrate.downgrade):
        with pytest.raises(migrate.UnknownRevision, match="nowhere"):
            run(database.admin_dsn, revision="nowhere")


def test_a_failing_migration_leaves_nothing_of_itself(prepared: Database) -> None:
    with prepared.admin() as conn:
        conn.execute("CREATE TABLE tasks (id int)")  # in the way of the second migration
    first, second, *_ = migrate.revisions()
    with pytest.raises(NeonHubError, match="tasks"):
        migrate.migrate(prepared.admin_dsn)
    assert migrate.current(prepared.admin_dsn) == first
    assert "relation documents" not in traces(prepared)
    with prepared.admin() as conn:
        conn.execute("DROP TABLE tasks")
    assert migrate.migrate(prepared.admin_dsn)[0].revision == second


def test_a_migration_does_not_wait_long_for_a_table(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "LIMITS", migrate.LIMITS.replace("5s", "50ms"))
    with database.admin() as conn, conn.transaction():
        conn.execute("SELECT FROM documents")  # holds the table's lock to the end
        with pytest.raises(NeonHubError) as caught:
            migrate.downgrade(
                database.admin_dsn, revision="20240106000000_full_org_ai_vector_bootstrap"
            )
    assert caught.value.code == "query_timeout"
    # Each migration is a transaction of its own: the last, which wants no table, went back.
    assert migrate.current(database.admin_dsn) == "20251118000000_tenant_isolation"
