"""A backup goes into a server that has not all that the first one had."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from neonhub.ops.backup.dump_contents import listing, unneeded_extensions
from neonhub.ops.backup.fingerprints import fingerprints
from neonhub.ops.backup.manifest import DUMP
from neonhub.ops.backup.programs import restore_dump
from neonhub.ops.backup.take import backup
from neonhub.ops.drift import drift
from neonhub.ops.prepare import ensure_settings
from tests.databases import Database


def test_an_extension_that_nothing_stands_on_is_left_out(
    database: Database, empty_database: Database, tmp_path: Path
) -> None:
    with database.admin() as conn:
        conn.execute("CREATE EXTENSION pgstattuple")
    folder, made = backup(database.admin_dsn, tmp_path)
    had = {**made.extensions, "nowhere": "1.0"}

    assert unneeded_extensions(empty_database.admin_dsn, had) == ["nowhere"]
    with listing(folder / DUMP, (), ["pgstattuple"]) as listed:
        restore_dump(empty_database.admin_dsn, folder / DUMP, listed, "64MB")

    with empty_database.admin() as conn, conn.transaction():
        assert fingerprints(conn) == made.tables
        with pytest.raises(psycopg.errors.UndefinedFunction), conn.transaction():
            conn.execute("SELECT pgstattuple('users')")
    with empty_database.admin() as conn:
        ensure_settings(conn)
    assert drift(empty_database.admin_dsn).findings == []
