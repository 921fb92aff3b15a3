"""Users: one for each address, in whatever case it is written."""

from __future__ import annotations

import asyncio

import pytest

from neonhub.db.errors import InvalidInput, NotFound
from neonhub.domains.identity.service import Users
from tests.domains.identity.conftest import Desk


async def test_a_user_is_found_in_any_case(desk: Desk) -> None:
    async with desk.work() as session:
        users = Users(session)
        made = await users.upsert(" Ada@Example.com ", "Ada")
        assert (made.email, made.name) == ("Ada@Example.com", "Ada")
        assert await users.find("ADA@example.COM") == made
        assert await users.get(made.id) == made
        assert await users.find("nobody@example.com") is None
        with pytest.raises(NotFound, match="user"):
            await users.get("c" + "0" * 24)


@pytest.mark.parametrize("name", ["Grace", None])
async def test_upsert_leaves_who_is_there_as_they_are(desk: Desk, name: str | None) -> None:
    """A user is in many organizations: what one of them writes would be shown in the others."""
    address = f"grace.{name}@example.com"
    async with desk.work() as session:
        first = await Users(session).upsert(address, name)
    async with desk.work() as session:
        users = Users(session)
        assert await users.upsert(address.upper(), "Eve") == first
        assert await users.upsert(address) == first
    assert first.name == name


async def test_of_many_upserts_at_once_one_user_comes(desk: Desk) -> None:
    async def upsert(number: int) -> str:
        async with desk.work() as session:
            return (await Users(session).upsert("Race@example.com", f"Name {number}")).id

    assert len(set(await asyncio.gather(*(upsert(n) for n in range(8))))) == 1


@pytest.mark.parametrize("email", ["", "x", "a@b@c", "a b@c", "a@\tb", "a@" + "b" * 260])
async def test_what_is_no_address_is_refused(desk: Desk, email: str) -> None:
    async with desk.work() as session:
        with pytest.raises(InvalidInput, match="email"):
            await Users(session).upsert(email)
