"""The migrations make what the models say: whole catalogues compared, as text."""

from __future__ import annotations

from neonhub.ops import migrate, prepare
from neonhub.ops.from_models import make_from_models
from tests.databases import Database
from tests.migrations.snapshot import difference, lines


def test_migrated_database_equals_the_models(
    empty_database: Database, shared_database: Database
) -> None:
    prepare.prepare(empty_database.admin_dsn, logins=empty_database.server.logins)
    make_from_models(empty_database.admin_dsn)
    assert difference(lines(shared_database), lines(empty_database)) == []
    assert migrate.differences(empty_database.admin_dsn) == []
    with shared_database.admin() as migrated, empty_database.admin() as made:
        guards = migrated.execute(GUARDS).fetchall()
        assert made.execute(GUARDS).fetchall() == guards != []


# Of the log of operations, which the comparison leaves out with the other books.
GUARDS = """
SELECT c.relrowsecurity, ARRAY(SELECT x::text FROM unnest(c.relacl) x ORDER BY 1),
       ARRAY(SELECT concat_ws(' ', polname, polcmd, polroles::regrole[],
                              pg_get_expr(polqual, c.oid), pg_get_expr(polwithcheck, c.oid))
               FROM pg_policy WHERE polrelid = c.oid ORDER BY polname),
       ARRAY(SELECT concat_ws(' ', a.attname, x) FROM pg_attribute a, unnest(a.attacl) x
              WHERE a.attrelid = c.oid ORDER BY 1)
  FROM pg_class c WHERE c.oid = 'neonhub.operation_log'::regclass
"""


def test_the_comparison_sees_what_alembic_does_not(database: Database) -> None:
    was = lines(database)
    with database.admin() as conn:
        conn.execute("ALTER TABLE marketing_leads DROP CONSTRAINT ck_marketing_leads__reachable")
        conn.execute("ALTER TABLE chunks ALTER COLUMN embedding_bits SET STORAGE EXTENDED")
    told = difference(was, lines(database))
    assert any("ck_marketing_leads__reachable" in line for line in told)
    assert any("chunks embedding_bits" in line for line in told)
