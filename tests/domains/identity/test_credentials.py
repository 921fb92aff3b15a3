"""Credentials: sealed for their row, shown never, opened by an explicit call."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from neonhub.db.crypto import SealBroken, Sealer
from neonhub.db.errors import InvalidInput, NotFound
from neonhub.domains.identity.errors import SignInRequired
from neonhub.domains.identity.service import Credentials, CredentialSecrets
from tests.domains.identity.conftest import Desk

Seals = Callable[[], Sealer]
SECRETS = CredentialSecrets("access-plain", "refresh-plain", "secret-plain")
LATER = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)


async def test_tokens_are_kept_sealed_and_opened_on_demand(desk: Desk, seals: Seals) -> None:
    user = desk.user()
    async with desk.work(user) as session:
        credentials = Credentials(session, seals)
        kept = await credentials.store(
            "google", SECRETS, account_id="ada", scope="mail", token_type="bearer", expires_at=LATER
        )
        listed = (await credentials.list_credentials()).items
        assert listed == [kept]
        assert (kept.provider, kept.account_id, kept.scope) == ("google", "ada", "mail")
        assert (kept.has_refresh_token, kept.expires_at) == (True, LATER)
        opened = await credentials.open(kept.id)
        assert opened == SECRETS
        assert (await credentials.get(kept.id)).last_used_at is not None
    ((row,),) = desk.rows("SELECT c::text FROM credentials c WHERE id = %s", kept.id)
    for shown in (str(row), repr(kept), repr(opened)):
        assert "plain" not in shown


async def test_storing_again_replaces_the_tokens_of_the_same_account(
    desk: Desk, seals: Seals
) -> None:
    user = desk.user()
    async with desk.work(user) as session:
        credentials = Credentials(session, seals)
        first = await credentials.store("slack", SECRETS)
        second = await credentials.store("slack", CredentialSecrets("new"))
        other = await credentials.store("slack", CredentialSecrets("third"), account_id="b")
        assert first.id == second.id != other.id
        assert await credentials.open(first.id) == CredentialSecrets("new")
        assert not second.has_refresh_token
        page = await credentials.list_credentials(limit=1)
        rest = await credentials.list_credentials(limit=1, cursor=page.next_cursor)
        assert [row.id for row in page.items + rest.items] == [first.id, other.id]
        await credentials.delete(first.id)
        with pytest.raises(NotFound, match="credential"):
            await credentials.open(first.id)


async def test_a_token_moved_to_another_row_does_not_open(desk: Desk, seals: Seals) -> None:
    user = desk.user()
    async with desk.work(user) as session:
        credentials = Credentials(session, seals)
        one = await credentials.store("a", CredentialSecrets("one"))
        two = await credentials.store("b", CredentialSecrets("two"))
    desk.rows(
        "UPDATE credentials SET access_token = (SELECT access_token FROM credentials WHERE id = %s)"
        " WHERE id = %s RETURNING id",
        one.id,
        two.id,
    )
    async with desk.work(user) as session:
        with pytest.raises(SealBroken, match=r"credentials\.access_token"):
            await Credentials(session, seals).open(two.id)


async def test_credentials_are_the_users_own(desk: Desk, seals: Seals) -> None:
    owner, stranger = desk.user(), desk.user()
    async with desk.work(owner) as session:
        kept = await Credentials(session, seals).store("google", SECRETS)
    async with desk.work(stranger) as session:
        credentials = Credentials(session, seals)
        assert (await credentials.list_credentials()).items == []
        for attempt in (
            credentials.get(kept.id),
            credentials.open(kept.id),
            credentials.delete(kept.id),
        ):
            with pytest.raises(NotFound):
                await attempt
    async with desk.work() as session:
        with pytest.raises(SignInRequired):
            await Credentials(session, seals).open(kept.id)
    async with desk.work(owner) as session:
        assert await Credentials(session, seals).open(kept.id) == SECRETS


async def test_a_provider_is_named(desk: Desk, seals: Seals) -> None:
    async with desk.work(desk.user()) as session:
        with pytest.raises(InvalidInput, match="provider"):
            await Credentials(session, seals).store(" ", SECRETS)
