"""The migrations make what the models say: whole catalogues compared, as text."""

from __future__ import annotations

from neonhub import schema
from neonhub.db.operations import expected_entities
from neonhub.db.policies import Enumeration, Function
from neonhub.ops import migrate, prepare
from tests.databases import Database
from tests.migrations.snapshot import difference, lines


def make_from_models(database: Database) -> None:
    """The tables by SQLAlchemy and what guards them from the declarations, past all migrations."""
    from sqlalchemy import create_engine, text

    metadata = schema.metadata()
    entities = expected_entities(metadata)
    first = [e for e in entities if isinstance(e, (Enumeration, Function))]
    then = [e for e in entities if e not in first]
    engine = create_engine(database.admin_dsn.replace("postgresql://", "postgresql+psycopg://", 1))
    with engine.begin() as conn:
        run = conn.exec_driver_sql
        conn.execute(text("SET LOCAL ROLE neonhub_owner"))
        conn.execute(text("SET LOCAL check_function_bodies = off"))
        for entity in first:
            run(";".join(entity.create_sql()).replace("%", "%%"))
        metadata.create_all(conn)
        for guard in then:
            run(";".join(guard.create_sql()).replace("%", "%%"))
        run("SELECT neonhub.ensure_partitions()")
    engine.dispose()


def test_migrated_database_equals_the_models(
    empty_database: Database, shared_database: Database
) -> None:
    prepare.prepare(empty_database.admin_dsn, logins=empty_database.server.logins)
    make_from_models(empty_database)
    assert difference(lines(shared_database), lines(empty_database)) == []
    assert migrate.differences(empty_database.admin_dsn) == []


def test_the_comparison_sees_what_alembic_does_not(database: Database) -> None:
    was = lines(database)
    with database.admin() as conn:
        conn.execute("ALTER TABLE marketing_leads DROP CONSTRAINT ck_marketing_leads__reachable")
        conn.execute("ALTER TABLE chunks ALTER COLUMN embedding_bits SET STORAGE EXTENDED")
    told = difference(was, lines(database))
    assert any("ck_marketing_leads__reachable" in line for line in told)
    assert any("chunks embedding_bits" in line for line in told)
