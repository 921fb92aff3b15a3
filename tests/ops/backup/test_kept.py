"""What restores have kept is listed with its age and size, and dropped when somebody says so."""

from __future__ import annotations

import datetime as dt

import pytest

from neonhub.ops.backup.kept import KeptUnknown, drop_kept, kept
from neonhub.ops.status import look
from tests.databases import Database, Server


def test_kept_databases_are_listed_and_dropped_and_no_others(
    server: Server, shared_database: Database
) -> None:
    name = shared_database.name
    yesterday = dt.datetime.now(dt.UTC).replace(microsecond=0) - dt.timedelta(days=1)
    older, newer = f"{name}_before_20240229235959", f"{name}_before_{yesterday:%Y%m%d%H%M%S}"
    others = [f"{name}x_before_20240229235959", f"{name}_before_20249999999999"]
    with server.admin() as conn:
        for each in (newer, older, *others):
            conn.execute(f"CREATE DATABASE {each} TEMPLATE template0".encode())

    found = look(shared_database.admin_dsn).kept
    with pytest.raises(KeptUnknown, match=f"kept no database {name}\\.$"):
        drop_kept(shared_database.admin_dsn, [older, name])
    by_age = drop_kept(shared_database.admin_dsn, older_than=dt.timedelta(days=2))
    by_name = drop_kept(shared_database.admin_dsn, [newer])

    assert [each.name for each in found] == [older, newer]
    assert found[0].since == dt.datetime(2024, 2, 29, 23, 59, 59, tzinfo=dt.UTC)
    assert found[1].since == yesterday and all(each.size > 1_000_000 for each in found)
    assert ([each.name for each in by_age], [each.name for each in by_name]) == ([older], [newer])
    with server.admin() as conn, shared_database.admin() as own:
        assert kept(own) == []
        left = "SELECT datname FROM pg_database WHERE datname = ANY(%s) ORDER BY 1"
        assert [row[0] for row in conn.execute(left, [others])] == sorted(others)
        for each in others:
            conn.execute(f"DROP DATABASE {each}".encode())
