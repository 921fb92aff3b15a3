"""Rules that a query judges: the fault is made, found, mended as the rule says, and gone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from neonhub.ops.physical.archive import _COMMAND
from neonhub.ops.prepare import version_of
from tests.checks.judging import judged, objects, run
from tests.databases import Database, Server


@dataclass(frozen=True)
class Case:
    """SQL that breaks a rule; what must be found, and nothing else.

    ``cure`` is what the page says where the mend is no SQL; ``undo`` runs whatever happens.
    """

    rule: str
    fault: tuple[str, ...]
    found: set[str]
    cure: tuple[str, ...] = ()
    undo: str | None = None
    severity: str = "must"
    wrecks: bool = False


@pytest.fixture(scope="module")
def ground(server: Server) -> Iterator[Database]:
    """One database for all that mend what they broke."""
    made = server.clone()
    yield made
    server.drop(made.name)


CASES = [
    Case(
        "0005_role_powers",
        ("ALTER ROLE neonhub_readonly BYPASSRLS CREATEROLE",),
        {"neonhub_readonly"},
        undo="ALTER ROLE neonhub_readonly NOSUPERUSER NOBYPASSRLS NOCREATEROLE",
    ),
    Case(
        "0006_memberships",
        (
            "GRANT neonhub_maintenance TO neonhub_app",
            "CREATE ROLE chart_maker LOGIN",
            # To read under the policies is what a login of one's own may be given.
            "GRANT neonhub_auth, neonhub_readonly TO chart_maker",
        ),
        {"neonhub_app", "chart_maker"},
        undo="REVOKE neonhub_maintenance FROM neonhub_app; DROP ROLE IF EXISTS chart_maker",
    ),
    Case(
        "0008_row_security_forced",
        (
            "ALTER TABLE people NO FORCE ROW LEVEL SECURITY",
            "ALTER TABLE metric_events_default DISABLE ROW LEVEL SECURITY",
            "ALTER TABLE credentials DISABLE ROW LEVEL SECURITY",
            "ALTER TABLE organizations NO FORCE ROW LEVEL SECURITY",
            "CREATE TABLE notes (workspace_id text)",
        ),
        {"people", "metric_events_default", "credentials", "organizations", "notes"},
    ),
    Case(
        "0010_session_settings",
        (
            "ALTER ROLE neonhub_backup SET row_security = off",
            "ALTER ROLE neonhub_app IN DATABASE {db} SET session_replication_role = replica",
        ),
        {"role neonhub_backup", "role neonhub_app"},
        undo="ALTER ROLE neonhub_backup RESET row_security",
    ),
    Case(
        "0011_safe_search_path",
        (
            "GRANT CREATE ON SCHEMA public TO PUBLIC",
            "GRANT CREATE ON SCHEMA neonhub TO neonhub_app",
            "ALTER DATABASE {db} SET search_path = astray, public",
            "CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql SECURITY DEFINER "
            "AS 'SELECT n * 2'",
        ),
        {"schema public", "schema neonhub", "database {db}", "function twice(integer)"},
    ),
    Case(
        "0012_extensions",
        ("DROP EXTENSION citext CASCADE", "DROP EXTENSION pg_trgm CASCADE"),
        {"citext", "pg_trgm"},
        wrecks=True,
    ),
    Case(
        "0013_vector_vulnerability",
        ("UPDATE pg_extension SET extversion = '0.8.1' WHERE extname = 'vector'",),
        {"vector 0.8.1"},
        # No older version can be had here, so none can be updated: a sound one is put in its place.
        cure=("DROP EXTENSION vector CASCADE", "CREATE EXTENSION vector"),
        wrecks=True,
    ),
    Case(
        "0015_partitions_ahead",
        (
            "DO $$ BEGIN EXECUTE 'DROP TABLE metric_events' || "
            "to_char(now() AT TIME ZONE 'UTC' + interval '2 months', '_YYYY_MM'); END $$",
        ),
        {"metric_events"},
        cure=("SELECT neonhub.ensure_partitions(3)",),
    ),
    Case(
        "0016_valid_indexes",
        (
            "INSERT INTO users (id, email) VALUES ('a', 'a@example.com'), ('b', 'b@example.com')",
            "CREATE INDEX ix_again ON users (name)",
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_again'::regclass",
        ),
        {"ix_again"},
    ),
    Case(
        "0017_checked_constraints",
        ("ALTER TABLE people ADD CONSTRAINT ck_name CHECK (first_name <> '') NOT VALID",),
        {"people"},
    ),
    Case(
        "0018_enabled_triggers",
        ("ALTER TABLE budget_ledger DISABLE TRIGGER ALL",),
        {"budget_ledger"},
    ),
    Case("0019_logged_tables", ("ALTER TABLE team_members SET UNLOGGED",), {"team_members"}),
    Case(
        "0020_backup_fresh",
        (
            "TRUNCATE neonhub.operation_log",
            "INSERT INTO neonhub.operation_log (operation, state, at) VALUES "
            "('backup', 'good', now() - interval '27 hours'), ('backup', 'failed', now()), "
            "('backup', 'started', now()), ('drill', 'good', now())",
        ),
        {"backup"},
        cure=("INSERT INTO neonhub.operation_log (operation, state) VALUES ('backup', 'good')",),
    ),
    Case(
        "0021_drill_fresh",
        (
            "TRUNCATE neonhub.operation_log",
            "INSERT INTO neonhub.operation_log (operation, state, at) VALUES "
            "('drill', 'good', now() - interval '8 days'), ('drill', 'failed', now()), "
            "('backup', 'good', now())",
        ),
        {"drill"},
        cure=("INSERT INTO neonhub.operation_log (operation, state) VALUES ('drill', 'good')",),
    ),
    Case(
        "0034_base_backup_fresh",
        (
            f"ALTER SYSTEM SET archive_command = $${_COMMAND.format('/srv/server/wal')}$$",
            "SELECT pg_reload_conf()",
            "SELECT pg_sleep(0.2)",
            "TRUNCATE neonhub.operation_log",
            "INSERT INTO neonhub.operation_log (operation, state, at) VALUES "
            "('basebackup', 'good', now() - interval '9 days'), ('basebackup', 'failed', now()), "
            "('backup', 'good', now())",
        ),
        {"basebackup"},
        cure=(
            "INSERT INTO neonhub.operation_log (operation, state) VALUES ('basebackup', 'good')",
        ),
        undo="ALTER SYSTEM RESET archive_command; SELECT pg_reload_conf()",
    ),
    Case(
        "0026_autovacuum",
        ("ALTER TABLE people SET (autovacuum_enabled = false)",),
        {"people"},
    ),
    Case(
        "0027_transaction_age",
        # Some billion transactions would take a day: the limit is set where this one passes it.
        ("ALTER DATABASE {db} SET preflight.transaction_age = '200'", "{burn}"),
        {"{db}"},
        undo="ALTER DATABASE {db} RESET preflight.transaction_age",
    ),
    Case(
        "0028_sequences",
        (
            "CREATE TABLE tickets (number int GENERATED ALWAYS AS IDENTITY)",
            "SELECT setval('tickets_number_seq', 2000000000)",
        ),
        {"public.tickets_number_seq"},
    ),
    Case(
        "0030_timezone",
        ("ALTER DATABASE {db} SET timezone = 'Europe/Berlin'",),
        {"timezone"},
        severity="should",
    ),
    Case(
        "0031_password_hashing",
        ("ALTER DATABASE {db} SET password_encryption = 'md5'",),
        {"password_encryption"},
        cure=("ALTER DATABASE {db} RESET password_encryption",),
        severity="should",
    ),
    Case(
        "0032_duplicate_indexes",
        (
            "CREATE INDEX mine ON people (workspace_id, locale)",
            "CREATE INDEX yours ON people (workspace_id, locale)",
            # The same columns otherwise: none of these is a duplicate.
            "CREATE INDEX part ON people (workspace_id, locale) WHERE locale <> 'en'",
            "CREATE INDEX back ON people (workspace_id, locale DESC)",
            "CREATE INDEX key_again ON people (workspace_id, id)",
        ),
        {"yours", "key_again"},
        severity="should",
    ),
]
BURN = "DO $$ BEGIN FOR n IN 1..300 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_broken_found_mended_and_gone(
    case: Case, ground: Database, request: pytest.FixtureRequest
) -> None:
    database: Database = request.getfixturevalue("database") if case.wrecks else ground

    def filled(text: str) -> str:
        return text.replace("{db}", database.name).replace("{burn}", BURN)

    dsn = database.admin_dsn
    if case.rule == "0013_vector_vulnerability":
        _skip_where_no_sound_one_is_offered(database)
    try:
        if case.rule not in {"0020_backup_fresh", "0021_drill_fresh"}:
            assert judged(dsn, case.rule).state == "holds"
        run(dsn, *map(filled, case.fault))

        broken = judged(dsn, case.rule)
        assert broken.state == "broken"
        assert broken.reason is None
        assert objects(broken) == set(map(filled, case.found))
        assert {each.severity for each in broken.found} == {case.severity}

        run(dsn, *(map(filled, case.cure) if case.cure else (f.mend for f in broken.found)))
        assert judged(dsn, case.rule).found == []
        assert judged(dsn, case.rule).state == "holds"
    finally:
        run(dsn, *map(filled, (case.undo or "").split("; ")))


def _skip_where_no_sound_one_is_offered(database: Database) -> None:
    """Debian's pgvector, say: it is found as it stands, and nothing there mends it."""
    with database.admin() as conn:
        query = "SELECT default_version FROM pg_available_extensions WHERE name = 'vector'"
        (offered,) = conn.execute(query).fetchone() or ("",)
    if version_of(str(offered)) < (0, 8, 2):
        found = judged(database.admin_dsn, "0013")
        assert (found.state, objects(found)) == ("broken", {f"vector {offered}"})
        pytest.skip(f"the server offers no pgvector after {offered}: it was found")


def test_0029_encoding(ground: Database) -> None:
    """An encoding is not changed: another database takes the place of the first."""
    old = f"{ground.name}_latin"
    with ground.server.admin() as conn:
        conn.execute(
            f"CREATE DATABASE {old} TEMPLATE template0 ENCODING 'LATIN1' LOCALE_PROVIDER libc "
            "LOCALE 'C'".encode()
        )
    dsn = ground.server.database(old).admin_dsn
    try:
        broken = judged(dsn, "0029_encoding")
        assert objects(broken) == {old}
        run(dsn, broken.found[0].mend)
        made = ground.server.database(f"{old}_utf8").admin_dsn
        assert judged(made, "0029_encoding").state == "holds"
    finally:
        for name in (old, f"{old}_utf8"):
            run(ground.admin_dsn, f"DROP DATABASE IF EXISTS {name}")


def test_0020_limits_are_settings(ground: Database) -> None:
    run(
        ground.admin_dsn,
        "TRUNCATE neonhub.operation_log",
        "INSERT INTO neonhub.operation_log (operation, state, at) VALUES "
        "('backup', 'good', now() - interval '27 hours'), "
        "('drill', 'good', now() - interval '8 days')",
    )
    looser = {"preflight_backup_hours": 28, "preflight_drill_days": 9}
    for rule in ("0020_backup_fresh", "0021_drill_fresh"):
        assert judged(ground.admin_dsn, rule).state == "broken"
        assert judged(ground.admin_dsn, rule, **looser).state == "holds"
    assert judged(ground.admin_dsn, "0015", preflight_months_ahead=9).state == "broken"


def test_0008_knows_every_guarded_table(database: Database) -> None:
    """What the query takes for a tenant's table is what the models declare as one."""
    from neonhub.ops.isolation import guarded_tables

    names = {each.name for each in guarded_tables()}
    with database.admin() as conn:
        parts = conn.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits i JOIN pg_class c "
            "ON c.oid = i.inhrelid WHERE c.relispartition AND c.relkind = 'r'"
        )
        names |= {str(row[0]) for row in parts}
        for name in names:
            conn.execute(f"ALTER TABLE {name} NO FORCE ROW LEVEL SECURITY".encode())
    assert objects(judged(database.admin_dsn, "0008")) == names
