"""Columns that a role may not read or write, in tables of which it may read or write others."""

from __future__ import annotations

import psycopg
import pytest

from tests.isolation.world import World

# What is left to each role, so that what is refused below is refused for its column alone.
_ALLOWED = [
    ("login", "SELECT id, email, name, image, created_at FROM users"),
    ("login", "INSERT INTO users (id, email, name) VALUES ('c1', 'new@example.com', 'New')"),
    ("login", "SELECT token_hash FROM api_keys"),
    ("login", "SELECT token_hash FROM invitations"),
    ("readonly", "SELECT id, name FROM users"),
    ("readonly", "SELECT id, name, prefix, scopes, workspace_id, revoked_at FROM api_keys"),
    ("readonly", "SELECT id, email, status, role_id, expires_at FROM invitations"),
]
_REFUSED = [
    ("login", "SELECT * FROM users"),
    ("login", "SELECT u::text FROM users u"),
    ("login", "SELECT email_verified FROM users"),
    ("login", "SELECT id FROM users WHERE stripe_customer_id > ''"),
    ("login", "SELECT id FROM users ORDER BY is_beta_user"),
    ("login", "INSERT INTO users (id, email, email_verified) VALUES ('c1', 'n@e.com', now())"),
    ("login", "INSERT INTO users (id, email, stripe_customer_id) VALUES ('c1', 'n@e.com', 'x')"),
    ("login", "INSERT INTO users (id, email, image) VALUES ('c1', 'n@e.com', 'x')"),
    *(
        ("login", f"UPDATE users SET {column} = {value}")
        for column, value in {
            "id": "id",
            "email": "'mine@example.com'",
            "name": "'Mine'",
            "image": "'mine'",
            "email_verified": "now()",
            "stripe_customer_id": "'mine'",
            "is_beta_user": "true",
        }.items()
    ),
    (
        "login",
        "INSERT INTO users (id, email, name) VALUES ('c1', 'n@e.com', 'N') "
        "ON CONFLICT (email) DO UPDATE SET name = excluded.name",
    ),
    ("login", "SELECT id FROM users FOR UPDATE"),
    ("login", "DELETE FROM users"),
    ("readonly", "SELECT email FROM users"),
    *(
        ("readonly", text.format(table))
        for table in ("api_keys", "invitations")
        for text in (
            "SELECT token_hash FROM {}",
            "SELECT * FROM {}",
            "SELECT t::text FROM {} t",
            "SELECT id FROM {} WHERE token_hash > ''",
            "SELECT count(DISTINCT token_hash) FROM {}",
            "COPY {} TO STDOUT",
            "COPY {} (token_hash) TO STDOUT",
        )
    ),
]


@pytest.mark.parametrize(("door", "text"), _ALLOWED)
def test_what_a_role_works_with_is_granted(world: World, door: str, text: str) -> None:
    with world.doors[door].transaction(world.ours.settings) as conn:
        assert conn.execute(text.encode()).rowcount >= 1


@pytest.mark.parametrize(("door", "text"), _REFUSED)
def test_other_columns_are_out_of_reach(world: World, door: str, text: str) -> None:
    """Of its own tenant's rows too."""
    with (
        world.doors[door].transaction(world.ours.settings) as conn,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        conn.execute(text.encode())
