"""The baseline: exactly what it should be, once, and under the policies."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from neonhub.hub import NeonHub
from neonhub.ops import seed as module
from neonhub.ops.bootstrap import Ready
from neonhub.ops.seed import BaselineBlocked, seed
from neonhub.settings import load_settings
from tests.databases import Database
from tests.factories import identity, tenancy

TABLES = (
    "users organizations workspaces organization_permissions organization_roles "
    "role_permissions organization_members workspace_members"
).split()
PERMISSIONS = {
    "workspace": "manage billing delete",
    "users": "invite remove roles",
    "agents": "create execute configure delete",
    "campaigns": "create publish analytics delete",
    "content": "create publish",
    "people": "read write",
    "data": "export import delete",
    "connectors": "auth execute revoke",
}


def _rows(database: Database, query: str) -> list[tuple[object, ...]]:
    with database.admin() as conn:
        return conn.execute(query.encode()).fetchall()


def _all(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every seeded table, and the transaction that wrote it last."""
    return {
        name: _rows(database, f"SELECT xmin::text, t::text FROM {name} t ORDER BY 2")
        for name in TABLES
    }


def test_the_baseline_is_what_it_says(database: Database) -> None:
    report = seed(database.admin_dsn)
    assert report.left == 0
    assert report.written == sum(len(rows) for rows in _all(database).values())
    assert _rows(database, "SELECT slug, name, plan, settings FROM organizations") == [
        ("primary", "NeonHub", "scale", {"timezone": "UTC", "theme": "neon"})
    ]
    assert _rows(database, "SELECT slug, name FROM workspaces") == [("primary", "NeonHub")]
    assert _rows(database, "SELECT email::text, name FROM users") == [
        ("admin@neonhub.ai", "NeonHub Admin")
    ]
    assert _rows(database, "SELECT slug FROM organization_roles WHERE is_system ORDER BY id") != []
    roles = {row[0] for row in _rows(database, "SELECT slug FROM organization_roles")}
    assert roles == {"owner", "admin", "member", "viewer", "guest"}
    keys = {row[0] for row in _rows(database, "SELECT key FROM organization_permissions")}
    assert keys == {f"{area}:{act}" for area, acts in PERMISSIONS.items() for act in acts.split()}
    nameless = "SELECT key FROM organization_permissions WHERE description IS NULL"
    assert _rows(database, nameless) == []


def test_seeding_twice_changes_nothing(database: Database) -> None:
    first = seed(database.admin_dsn)
    before = _all(database)
    second = seed(database.admin_dsn)
    assert _all(database) == before
    assert (second.written, second.left) == (0, first.written)


def test_ids_are_the_same_everywhere(database: Database, empty_database: Database) -> None:
    from neonhub.ops.migrate import migrate
    from neonhub.ops.prepare import prepare

    prepare(empty_database.admin_dsn)
    migrate(empty_database.admin_dsn)
    ids = []
    for each in (database, empty_database):
        seed(each.admin_dsn)
        ids.append(
            [_rows(each, f"SELECT id FROM {t} ORDER BY 1") for t in TABLES if t[:5] != "role_"]
        )
    assert ids[0] == ids[1]


def test_what_was_changed_since_stays_changed(database: Database) -> None:
    seed(database.admin_dsn)
    with database.admin() as conn:
        conn.execute("UPDATE organizations SET name = 'Ours', slug = 'ours'")
        conn.execute("DELETE FROM workspace_members")
    report = seed(database.admin_dsn)
    assert report.written == 1
    assert _rows(database, "SELECT name, slug FROM organizations") == [("Ours", "ours")]


def test_two_seedings_at_once_make_one_baseline(database: Database) -> None:
    with ThreadPoolExecutor(4) as pool:
        reports = list(pool.map(seed, [database.admin_dsn] * 4))
    assert sum(report.written for report in reports) == sum(map(len, _all(database).values()))


def test_the_owner_may_seed_though_policies_hold_it_too(database: Database) -> None:
    assert seed(database.dsn("neonhub_migrate")).written > 0
    assert len(_rows(database, "SELECT FROM organizations")) == 1


def test_an_administrator_writes_as_the_application(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a superuser would write past the policies, and a wrong tenant would go unseen."""
    seen: list[object] = []

    def look(run: module._Run) -> None:
        row = run.conn.execute("SELECT current_user").fetchone()
        seen.append(row and row[0])

    monkeypatch.setattr(module, "SECTIONS", (look,))
    seed(database.admin_dsn)
    assert seen == ["neonhub_app"]


def test_nothing_is_written_where_another_has_the_slug(database: Database) -> None:
    with database.admin() as conn:
        tenancy.ORGANIZATION.insert(conn, slug="primary", name="Theirs")
    with pytest.raises(BaselineBlocked, match="primary"):
        seed(database.admin_dsn)
    assert _rows(database, "SELECT name FROM organizations") == [("Theirs",)]
    assert _rows(database, "SELECT FROM users") == []


async def test_who_signed_in_before_becomes_the_admin(database: Database) -> None:
    with database.admin() as conn:
        user = identity.USER.insert(conn, email="Admin@NeonHub.ai")
    seed(database.admin_dsn)
    settings = load_settings(database_url=None, direct_database_url=None)
    ready = Ready(database.dsn(), database.dsn(), database.admin_dsn)
    async with NeonHub(settings, ready=ready) as hub:
        principal = await hub.organizations.principal_of_user(user["id"], "primary")
        assert principal.may("workspace:delete")
        reached = await hub.organizations.workspaces_of_user(user["id"])
        assert [(row.slug, row.role) for row in reached] == [("primary", "owner")]
    assert len(_rows(database, "SELECT FROM users")) == 1
