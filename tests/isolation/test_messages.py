"""What an error says: nothing of another tenant's row but that a name is taken."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from neonhub.db.errors import DuplicateKey, NeonHubError, TenantViolation, translate
from tests.factories.base import Conn
from tests.isolation.world import GUARDED, World, insert_making_room, insert_sql

# Names that are unique among all tenants: taking one tells that somebody has it, and no more.
# Ids and token hashes are random; slugs can be guessed, as those of any site's accounts can.
REVEALING = {
    "api_keys": {"pk_api_keys", "ux_api_keys__created_by_id__token_hash"},
    "credentials": {"pk_credentials"},
    "invitations": {"pk_invitations", "ux_invitations__token_hash"},
    "invoices": {"pk_invoices", "ux_invoices__stripe_invoice_id"},
    "organization_members": {"pk_organization_members"},
    "organization_permissions": {"pk_organization_permissions"},
    "organization_roles": {"pk_organization_roles"},
    "organizations": {"pk_organizations", "ux_organizations__slug"},
    "role_permissions": {"pk_role_permissions"},
    "subscriptions": {
        "pk_subscriptions",
        "ux_subscriptions__stripe_customer_id",
        "ux_subscriptions__stripe_subscription_id",
    },
    "team_members": {"pk_team_members"},
    "usage_records": {"pk_usage_records"},
    "user_settings": {"pk_user_settings"},
    "workspaces": {"pk_workspaces", "ux_workspaces__slug"},
}

# Of these a tenant has one row: its own goes first.
MAKES_ROOM = ("organizations", "user_settings", "subscriptions")

_UNIQUE = """
SELECT i.indrelid::regclass::text, i.indexrelid::regclass::text,
       ARRAY(SELECT a.attname::text FROM unnest(i.indkey) WITH ORDINALITY AS k (num, place)
               JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.num
              WHERE k.place <= i.indnkeyatts ORDER BY k.place),
       pg_get_expr(i.indpred, i.indrelid)
  FROM pg_index i WHERE i.indisunique
"""


def _unique(conn: Conn) -> dict[str, dict[str, tuple[list[str], str | None]]]:
    """The unique keys of guarded tables that do not hold the tenant: columns, condition."""
    found: dict[str, dict[str, tuple[list[str], str | None]]] = {}
    for table, name, columns, where in conn.execute(_UNIQUE):
        guarded = GUARDED.get(table)
        if guarded is None or (guarded.column in columns and table != "organizations"):
            continue
        found.setdefault(table, {})[name] = (columns, where)
    return found


def test_names_unique_among_all_tenants_are_those_known(world: World) -> None:
    with world.database.admin() as conn:
        assert {table: set(keys) for table, keys in _unique(conn).items()} == REVEALING


def _secrets(world: World, table: str, given: dict[str, Any]) -> set[str]:
    """Values of their row that we did not give ourselves."""
    known = {str(value) for value in given.values()}
    known |= {str(value) for value in world.ours.rows[table].values()}
    return {
        str(value)
        for value in world.theirs.rows[table].values()
        if value is not None and len(str(value)) > 5 and str(value) not in known
    }


def _said(error: psycopg.Error) -> tuple[NeonHubError, str]:
    told = translate(error)
    diag = error.diag
    parts = (str(told), told.to_dict(), str(error), diag.message_detail, diag.context)
    return told, " ".join(map(str, parts))


def _ours_with(world: World, table: str, columns: list[str]) -> dict[str, Any]:
    """A new row of ours whose ``columns`` are those of their row."""
    row = world.ours.values(table)
    if table == "organizations" and "id" not in columns:
        row["id"] = world.ours.organization
    return row | {name: world.theirs.rows[table][name] for name in columns}


TAKEN = [
    (table, name)
    for table, names in REVEALING.items()
    for name in sorted(names)
    # Their own references in a row of ours are refused before; an organization is its tenant.
    if name not in ("pk_role_permissions", "pk_organizations")
]


@pytest.mark.parametrize(("table", "name"), TAKEN)
def test_a_name_that_they_have_is_taken_and_that_is_all_that_is_told(
    world: World, table: str, name: str
) -> None:
    with world.database.admin() as admin:
        columns, _ = _unique(admin)[table][name]
    row = _ours_with(world, table, columns)
    with world.doors["login"].transaction(world.ours.settings) as conn:
        if table in MAKES_ROOM:
            conn.execute(f"DELETE FROM {table}".encode())
        with pytest.raises(psycopg.errors.UniqueViolation) as refused:
            conn.execute(insert_sql(table, row))
    told, said = _said(refused.value)
    assert isinstance(told, DuplicateKey)
    assert told.constraint == name
    assert [secret for secret in _secrets(world, table, row) if secret in said] == []


@pytest.mark.parametrize(("table", "name"), TAKEN)
def test_an_upsert_by_such_a_name_is_refused(world: World, table: str, name: str) -> None:
    """ON CONFLICT finds their row, and the policy refuses to update or to return it."""
    with world.database.admin() as admin:
        columns, where = _unique(admin)[table][name]
    row = _ours_with(world, table, columns)
    condition = f" WHERE {where}" if where else ""
    text = (
        insert_sql(table, row).as_string()
        + f" ON CONFLICT ({', '.join(columns)}){condition} "
        + f"DO UPDATE SET {GUARDED[table].column} = excluded.{GUARDED[table].column} RETURNING *"
    )
    with world.doors["login"].transaction(world.ours.settings) as conn:
        if table in MAKES_ROOM:
            conn.execute(f"DELETE FROM {table}".encode())
        with pytest.raises(psycopg.errors.InsufficientPrivilege) as refused:
            conn.execute(text.encode())
    told, said = _said(refused.value)
    assert isinstance(told, TenantViolation)
    assert [secret for secret in _secrets(world, table, row) if secret in said] == []


@pytest.mark.parametrize("table", GUARDED)
def test_a_row_written_into_their_tenant_is_refused_by_name(world: World, table: str) -> None:
    row = world.theirs.values(table)
    with (
        world.doors["login"].transaction(world.ours.settings) as conn,
        pytest.raises(psycopg.errors.InsufficientPrivilege) as refused,
    ):
        conn.execute(insert_sql(table, row))
    told, said = _said(refused.value)
    assert isinstance(told, TenantViolation)
    assert [secret for secret in _secrets(world, table, row) if secret in said] == []


@pytest.mark.parametrize("table", [n for n, g in GUARDED.items() if g.setting == "workspace"])
def test_the_same_id_in_two_workspaces_is_no_conflict(world: World, table: str) -> None:
    """The tenant leads every key: nobody learns whether another has a row of that id."""
    row = world.ours.values(table) | {"id": world.theirs.rows[table]["id"]}
    with world.doors["login"].transaction(world.ours.settings) as conn:
        insert_making_room(conn, table, row)
