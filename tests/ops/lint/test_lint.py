"""What lint says of migrations that somebody may write, by running them."""

from __future__ import annotations

from pathlib import Path

import pytest

from neonhub.db.errors import InvalidInput
from neonhub.ops import migrate
from neonhub.ops.lint import Finding, Linted, lint, lint_files
from neonhub.ops.lint.squawk import SquawkMissing
from tests.databases import Database
from tests.migrations.made import History

# What a migration runs, and the rule, severity and table of what must be said of it.
FAULTS: dict[str, tuple[tuple[str, ...], set[tuple[str, str, str | None]]]] = {
    "clean": (("ALTER TABLE brands ADD COLUMN motto text",), set()),
    "narrowed": (
        ("ALTER TABLE brands ALTER COLUMN motto TYPE varchar(50)",),
        {
            ("changing-column-type", "warning", "brands"),
            ("destructive", "error", "brands"),
        },
    ),
    "widened": (
        ("ALTER TABLE brands ALTER COLUMN motto TYPE varchar(90)",),
        {("changing-column-type", "warning", "brands")},
    ),
    "index": (
        ("CREATE INDEX ix_brands__motto ON brands (workspace_id, motto)",),
        {("require-concurrent-index-creation", "warning", "brands")},
    ),
    "index_in_code": (
        ("DO $$ BEGIN EXECUTE 'CREATE INDEX ix_motto ON brands (motto)'; END $$",),
        {
            ("index-built-locked", "warning", "brands"),
            ("index-not-by-tenant", "warning", "brands"),
        },
    ),
    "rewritten_in_code": (
        ("DO $$ BEGIN EXECUTE 'ALTER TABLE brands ALTER motto TYPE text COLLATE \"C\", "
         "ADD shade float DEFAULT random()'; END $$",),
        {("table-rewritten", "warning", "brands")},
    ),
    "check": (
        ("ALTER TABLE brands ADD CONSTRAINT ck_motto CHECK (motto <> '')",),
        {("constraint-missing-not-valid", "warning", "brands")},
    ),
    "check_not_valid": (
        ("ALTER TABLE brands ADD CONSTRAINT ck_mottos CHECK (motto <> 'x') NOT VALID",),
        set(),
    ),
    "volatile": (
        ("ALTER TABLE brands ADD COLUMN draw float DEFAULT random()",),
        {("adding-field-with-default", "warning", "brands")},
    ),
    "not_null": (
        ("ALTER TABLE brands ALTER COLUMN draw SET NOT NULL",),
        {("adding-not-nullable-field", "warning", "brands")},
    ),
    "renamed": (
        ("ALTER TABLE brands RENAME COLUMN draw TO lot",),
        {("destructive", "error", "brands")},
    ),
    "dropped": (
        ("ALTER TABLE brands DROP COLUMN lot",),
        {("destructive", "error", "brands")},
    ),
    "label": (
        ("ALTER TYPE \"ContentStatus\" RENAME VALUE 'draft' TO 'sketch'",),
        {("destructive", "error", "ContentStatus")},
    ),
    "rows": (
        ("-- the old ones\nDELETE /* all */ FROM feedback",),
        {("destructive", "error", "feedback")},
    ),
    "rows_of_code": (
        ("CREATE FUNCTION neonhub.forget() RETURNS void LANGUAGE sql AS 'DELETE FROM feedback'",),
        set(),
    ),
    "table": (("DROP TABLE feedback",), {("destructive", "error", "feedback")}),
    "patient": (
        ("SET LOCAL lock_timeout = 0", "ALTER TABLE brands ADD COLUMN hue text"),
        {("lock-timeout", "error", "brands")},
    ),
    "reference_blind": (
        (
            "ALTER TABLE personas ADD CONSTRAINT fk_blind FOREIGN KEY (workspace_id, id) "
            "REFERENCES brands (workspace_id, id) NOT VALID",
            "ALTER TABLE personas VALIDATE CONSTRAINT fk_blind",
        ),
        {
            ("constraint-missing-not-valid", "warning", "personas"),
            ("reference-validated-blind", "warning", "personas"),
        },
    ),
    "reference_new": (
        (
            "ALTER TABLE personas ADD COLUMN kin text",
            "ALTER TABLE personas ADD CONSTRAINT fk_kin FOREIGN KEY (workspace_id, kin) "
            "REFERENCES brands (workspace_id, id)",
        ),
        {
            ("adding-foreign-key-constraint", "warning", "personas"),
            ("constraint-missing-not-valid", "warning", "personas"),
        },
    ),
    "reference_filled": (
        (
            "ALTER TABLE personas ADD COLUMN heir text",
            "UPDATE personas SET heir = id",
            "ALTER TABLE personas ADD CONSTRAINT fk_heir FOREIGN KEY (workspace_id, heir) "
            "REFERENCES brands (workspace_id, id)",
        ),
        {
            ("adding-foreign-key-constraint", "warning", "personas"),
            ("constraint-missing-not-valid", "warning", "personas"),
            ("reference-validated-blind", "warning", "personas"),
        },
    ),
    "reference_seen": (
        (
            "ALTER TABLE personas DROP CONSTRAINT fk_heir, NO FORCE ROW LEVEL SECURITY",
            "ALTER TABLE brands NO FORCE ROW LEVEL SECURITY",
            "ALTER TABLE personas ADD CONSTRAINT fk_heir FOREIGN KEY (workspace_id, heir) "
            "REFERENCES brands (workspace_id, id)",
            "ALTER TABLE personas FORCE ROW LEVEL SECURITY",
            "ALTER TABLE brands FORCE ROW LEVEL SECURITY",
        ),
        {
            ("adding-foreign-key-constraint", "warning", "personas"),
            ("ban-drop-constraint", "warning", "personas"),
            ("constraint-missing-not-valid", "warning", "personas"),
        },
    ),
    "unguarded": (
        ("CREATE TABLE strays (workspace_id text, id text)", "CREATE INDEX ON strays (id)"),
        {("tenant-unguarded", "error", "strays")},
    ),
}  # fmt: skip


def said(found: Linted, revision: str) -> set[tuple[str, str, str | None]]:
    return {(f.rule, f.severity, f.table) for f in found.standing if f.revision == revision}


def only(found: Linted, rule: str) -> list[Finding]:
    return [each for each in found.findings if each.rule == rule]


def test_each_fault_is_said_and_nothing_else(database: Database, history: History) -> None:
    revisions = {
        history.add(name, *statements): expected for name, (statements, expected) in FAULTS.items()
    }

    found = lint(database.admin_dsn)

    assert found.what == list(revisions)
    assert {name: said(found, name) for name in revisions} == revisions
    assert migrate.pending(database.admin_dsn) == tuple(revisions), "the live database was touched"
    indexed = next(each for each in found.locks if each.revision == history.names[3])
    assert (indexed.table, indexed.mode, indexed.blocks) == ("brands", "Share", "writes")
    assert Path(indexed.file).read_text().splitlines()[indexed.line - 1].find("ix_brands") > 0


def test_a_loss_needs_its_entry_which_speaks_of_it(database: Database, history: History) -> None:
    gone = history.add("gone", "ALTER TABLE brands DROP COLUMN name")
    (loss,) = only(lint(database.admin_dsn), "destructive")
    assert loss.severity == "error"
    assert f"## {gone}\n\n- What: drops the column brands.name." in loss.remedy

    history.risk(f"## {gone}\n\n- What: drops brands.name.\n- Why: unread.\n- Way back: none.")
    found = lint(database.admin_dsn)
    assert (found.standing, [each.severity for each in found.findings]) == ([], ["note"])


def test_what_is_accepted_passes_and_only_that(database: Database, history: History) -> None:
    made = history.add(
        "both",
        "CREATE INDEX ix_a ON brands (workspace_id, name)",
        "CREATE INDEX ix_b ON people (workspace_id, locale)",
        "DELETE FROM feedback",
    )
    history.risk(
        f"## {made}\n\n- Accepted require-concurrent-index-creation on brands: it is small.\n"
        "- Accepted destructive: no."
    )

    found = lint(database.admin_dsn)

    assert [each.accepted for each in found.findings if each.table == "brands"] == ["it is small."]
    assert {each.table for each in found.standing} == {"people", "feedback"}


def test_size_makes_an_error_of_it(database: Database, history: History) -> None:
    history.add("index", "CREATE INDEX ix_a ON brands (workspace_id, name)")

    small, large = (lint(database.admin_dsn, at_least_rows=rows) for rows in (0, 10_000_000))

    assert (small.errors, [each.severity for each in small.standing]) == ([], ["warning"])
    assert {each.rule for each in large.errors} == {
        "require-concurrent-index-creation",
        "index-built-locked",
    }
    (lock,) = large.locks
    assert lock.seconds > 10
    assert lock.rows == 10_000_000


def test_rows_and_bytes_are_those_of_the_live_table(database: Database, history: History) -> None:
    with database.admin() as conn:
        conn.execute(
            "INSERT INTO users (id, email) SELECT 'c' || left(md5(i::text), 24), i || '@e.com' "
            "FROM generate_series(1, 3000) i"
        )
        conn.execute("ANALYZE users")
        size = conn.execute("SELECT pg_total_relation_size('users')").fetchone()
    history.add("index", "CREATE INDEX ix_a ON users (name)")

    (lock,) = lint(database.admin_dsn).locks

    assert (lock.rows, (lock.bytes,)) == (3000, size)
    assert lock.work == ["builds an index (btree)"]


def test_an_index_that_is_built_concurrently(database: Database, history: History) -> None:
    create = "CREATE INDEX CONCURRENTLY {} ix_a ON brands (workspace_id, name)"
    once = history.add("once", create.format(""), online=True)
    history.add("away", "DROP INDEX CONCURRENTLY IF EXISTS ix_a", online=True)
    again = history.add("again", create.format("IF NOT EXISTS"), online=True)

    found = lint(database.admin_dsn)

    assert [(each.revision, each.rule) for each in found.standing] == [(once, "not-repeatable")]
    assert found.locks == []
    assert found.concurrently[again] == ["ix_a"]


def test_one_that_fails_ends_it_with_its_line(database: Database, history: History) -> None:
    broken = history.add("broken", "SELECT 1", "ALTER TABLE nowhere ADD COLUMN a int")
    history.add("after", "SELECT 1")

    (failed,) = lint(database.admin_dsn).standing

    assert (failed.revision, failed.rule, failed.severity) == (broken, "fails", "error")
    assert 'relation "nowhere" does not exist' in failed.message
    line = Path(failed.file).read_text().splitlines()[failed.line - 1]
    assert "nowhere" in line


def test_files(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "mend.sql"
    file.write_text(
        "-- a note; with a semicolon\n"
        "ALTER TABLE brands ADD COLUMN a text;\n"
        "CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_a ON brands (workspace_id, a);\n"
        "BEGIN; SET LOCAL lock_timeout = '2s';\n"
        "DROP TABLE feedback; COMMIT;\n"
    )

    found = lint_files(database.admin_dsn, [file])

    assert {(each.rule, each.line) for each in found.standing} == {
        ("lock-timeout", 2),
        ("destructive", 5),
    }
    # With a table go its references: the tables referred to are locked as well.
    assert {(each.table, each.line) for each in found.locks if each.mode == "AccessExclusive"} == {
        *(("brands", 2), ("feedback", 5), ("users", 5), ("workspaces", 5)),
    }
    with database.admin() as conn:
        assert conn.execute("SELECT count(*) FROM feedback").fetchone() == (0,)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"SELECT 1;\n\\copy brands from x\n", "line 2 is a command of psql, not SQL"),
        (b"\xff\xfe", "it is not UTF-8"),
        (None, "No such file"),
    ],
)
def test_files_that_cannot_be_looked_at(
    database: Database, tmp_path: Path, text: bytes | None, words: str
) -> None:
    file = tmp_path / "x.sql"
    if text is not None:
        file.write_bytes(text)
    with pytest.raises(InvalidInput, match=words):
        lint_files(database.admin_dsn, [file])


def test_what_is_not_there(
    database: Database, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert lint(database.admin_dsn).what == []
    with pytest.raises(migrate.UnknownRevision, match="nowhere"):
        lint(database.admin_dsn, revisions=["nowhere"])
    history.add("any", "SELECT 1")
    monkeypatch.setattr("sysconfig.get_path", lambda _name: "/nowhere")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(SquawkMissing) as caught:
        lint(database.admin_dsn)
    assert caught.value.hint == "pip install 'neonhub[ops]'"


@pytest.mark.slow
def test_nothing_stands_against_our_own_history(database: Database) -> None:
    found = lint(database.admin_dsn, revisions=migrate.revisions())

    assert found.standing == []
    assert len([each for each in found.findings if each.rule == "destructive"]) == 8
    assert all(each.accepted for each in found.findings if each.severity != "note")
