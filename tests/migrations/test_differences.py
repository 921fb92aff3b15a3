"""The migrated schema equals the models, and whatever is done to it by hand shows."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from neonhub import schema
from neonhub.ops import migrate
from neonhub.ops._differences import sentences
from tests.databases import Database
from tests.factories.base import Conn
from tests.migrations.sabotage import ENTITIES, TABLES, Sabotage


def said(found: list[str], sabotage: Sabotage) -> bool:
    return any(each.startswith(sabotage.begins) and sabotage.holds in each for each in found)


@pytest.fixture
def undone(shared_database: Database) -> Iterator[Conn]:
    """The administrator's connection, in a transaction that is rolled back."""
    with shared_database.admin() as conn, conn.transaction(force_rollback=True):
        yield conn


@pytest.fixture
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the history, for a test that adds to it."""
    copy = tmp_path / "migrations"
    shutil.copytree(migrate.MIGRATIONS, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(migrate, "MIGRATIONS", copy)
    return copy


def test_none_at_the_head(shared_database: Database) -> None:
    assert migrate.differences(shared_database.admin_dsn) == []


@pytest.mark.parametrize("what", ENTITIES)
def test_sabotage_of_what_guards_a_table_shows(what: str, undone: Conn) -> None:
    from neonhub.db.operations import entity_differences

    def differences() -> list[str]:
        found = entity_differences(lambda query: undone.execute(query.encode()), schema.metadata())
        return sentences(each.to_diff_tuple() for each in found)

    assert differences() == []
    undone.execute(ENTITIES[what].statement.encode())
    found = differences()
    assert any(said([each], ENTITIES[what]) for each in found), found


def test_all_of_it_shows_and_one_written_migration_cures_it(
    database: Database, history: Path
) -> None:
    sabotages = {**ENTITIES, **TABLES}
    with database.admin() as conn:
        for sabotage in sabotages.values():
            conn.execute(sabotage.statement.encode())
    found = migrate.differences(database.admin_dsn)
    assert [what for what, sabotage in sabotages.items() if not said(found, sabotage)] == []

    written = migrate.revise(database.admin_dsn, "cure all")
    assert written.parent == history / "versions"
    assert migrate.migrate(database.admin_dsn)[-1].revision == written.stem
    assert migrate.differences(database.admin_dsn) == []


def test_a_label_is_never_taken_away_by_itself(database: Database, history: Path) -> None:
    with database.admin() as conn:
        conn.execute("ALTER TYPE \"AgentStatus\" ADD VALUE 'GONE'")
    (found,) = migrate.differences(database.admin_dsn)
    assert found.startswith("differs: enumeration AgentStatus: labels is")
    assert migrate.revise(database.admin_dsn, "take it away").is_relative_to(history)
    with pytest.raises(ValueError, match="AgentStatus would lose labels"):
        migrate.migrate(database.admin_dsn)


def test_a_new_label_is_added(database: Database, history: Path) -> None:
    (history / "versions" / "29990101000000_label.py").write_text(
        f"""
from alembic import op
from neonhub.db.policies import Enumeration

revision = "29990101000000_label"
down_revision = "{migrate.head()}"
OLD = Enumeration("DatasetKind", ("documents", "faq", "analytics"))
NEW = Enumeration("DatasetKind", ("documents", "faq", "analytics", "media"))


def upgrade() -> None:
    op.replace_entity(OLD, NEW)


def downgrade() -> None:
    op.replace_entity(NEW, OLD)
"""
    )
    migrate.migrate(database.admin_dsn)
    with database.admin() as conn:
        row = conn.execute('SELECT enum_range(NULL::"DatasetKind")::text').fetchone()
    assert row == ("{documents,faq,analytics,media}",)
    with pytest.raises(ValueError, match="DatasetKind would lose labels"):
        migrate.downgrade(database.admin_dsn, revision=migrate.revisions()[-2])


def test_what_an_extension_brings_is_no_difference(database: Database) -> None:
    with database.admin() as conn:
        offered = conn.execute(
            "SELECT name FROM pg_available_extensions WHERE name IN ('hstore', 'ltree') LIMIT 1"
        ).fetchone()
        if offered is None:
            pytest.skip("the server offers no other extension")
        conn.execute(
            psycopg.sql.SQL("CREATE EXTENSION {}").format(psycopg.sql.Identifier(str(offered[0])))
        )
    assert migrate.differences(database.admin_dsn) == []
