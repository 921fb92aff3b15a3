"""Signing in, as the role that may do nothing else."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable

import psycopg
import pytest

from neonhub.db.crypto import Sealer
from neonhub.db.errors import NotFound, PermissionDenied
from neonhub.domains.identity.auth import Account, AccountTokens, Auth
from neonhub.domains.identity.errors import AccountTaken, EmailTaken
from tests.domains.identity.conftest import Desk

Seals = Callable[[], Sealer]
NOW = dt.datetime.now(dt.UTC)
LATER, BEFORE = NOW + dt.timedelta(days=1), NOW - dt.timedelta(seconds=1)


async def test_a_user_signs_in_with_an_account(desk: Desk, seals: Seals) -> None:
    tokens = AccountTokens("access-plain", "refresh-plain", "id-plain")
    async with desk.sign_in() as session:
        auth = Auth(session, seals)
        user = await auth.create_user("Lin@example.com", name="Lin")
        account = Account("google", "g-1", expires_at=2_000_000_000, scope="mail")
        row_id = await auth.link_account(user.id, account, tokens)
        assert await auth.get_user_by_account("google", "g-1") == user
        assert await auth.get_user_by_email("LIN@example.com") == user
        assert await auth.get_user(user.id) == user
        assert await auth.open_account(user.id, "google", "g-1") == tokens
        assert "plain" not in repr(tokens)
    ((row,),) = desk.rows("SELECT a::text FROM accounts a WHERE id = %s", row_id)
    assert "plain" not in str(row)


async def test_addresses_and_accounts_belong_to_one_user(desk: Desk, seals: Seals) -> None:
    async with desk.sign_in() as session:
        auth = Auth(session, seals)
        one = await auth.create_user("one@example.com")
        two = await auth.create_user("two@example.com")
        with pytest.raises(EmailTaken):
            await auth.create_user("ONE@example.com")
        await auth.link_account(one.id, Account("github", "h-1"), AccountTokens())
        with pytest.raises(AccountTaken, match="github"):
            await auth.link_account(two.id, Account("github", "h-1"), AccountTokens())
        with pytest.raises(NotFound):
            await auth.open_account(two.id, "github", "h-1")
        await auth.unlink_account("github", "h-1")
        assert await auth.get_user_by_account("github", "h-1") is None
    async with desk.sign_in() as session:
        with pytest.raises(EmailTaken):
            await Auth(session, seals).update_user(two.id, email="One@example.com")
        await session.rollback()
        changed = await Auth(session, seals).update_user(two.id, email_verified=NOW)
    assert (changed.email, changed.email_verified) == ("two@example.com", NOW)


async def test_a_session_lasts_as_long_as_it_says(desk: Desk, seals: Seals) -> None:
    user = desk.user()
    async with desk.sign_in() as session:
        auth = Auth(session, seals)
        made = await auth.create_session("live", user, LATER)
        await auth.create_session("dead", user, BEFORE)
        found = await auth.get_session_and_user("live")
        assert found is not None
        assert found[0] == made
        assert found[1].id == user
        assert await auth.get_session_and_user("dead") is None
        assert await auth.get_session_and_user("never") is None
        await auth.update_session("dead", LATER)
        assert await auth.get_session_and_user("dead") is not None
        await auth.delete_session("live")
        await auth.delete_session("live")
        assert await auth.get_session_and_user("live") is None


async def test_a_verification_token_works_once(desk: Desk, seals: Seals) -> None:
    async with desk.sign_in() as session:
        auth = Auth(session, seals)
        await auth.create_verification_token("a@example.com", "t-1", LATER)
        await auth.create_verification_token("a@example.com", "t-2", BEFORE)

    async def use(identifier: str, token: str) -> bool:
        async with desk.sign_in() as session:
            return await Auth(session, seals).use_verification_token(identifier, token) is not None

    assert not await use("b@example.com", "t-1")
    assert sorted(await asyncio.gather(*(use("a@example.com", "t-1") for _ in range(4)))) == [
        False,
        False,
        False,
        True,
    ]
    assert not await use("a@example.com", "t-2")
    assert desk.rows("SELECT FROM verification_tokens WHERE token = 't-2'") == []


async def test_the_application_cannot_sign_anybody_in(desk: Desk, seals: Seals) -> None:
    async with desk.work(desk.user()) as session:
        with pytest.raises(PermissionDenied):
            await Auth(session, seals).get_session_and_user("live")
    with desk.database.connect("neonhub_auth") as conn:
        for table in ("organizations", "workspaces", "api_keys", "documents"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(f"SELECT FROM {table}".encode())
