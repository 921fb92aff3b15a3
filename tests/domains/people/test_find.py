"""A person by whatever they are known by, with identities and consents."""

from __future__ import annotations

import datetime as dt

import pytest

from neonhub.db.errors import InvalidInput, NotFound, PermissionDenied
from neonhub.db.tenancy import Principal, PrincipalKind, Tenant
from neonhub.hub import NeonHub
from tests.domains.wire import watched
from tests.factories import people
from tests.factories.base import Conn


def add(admin: Conn, workspace_id: str | None, name: str, **known_by: str) -> str:
    person = people.PERSON.insert(admin, workspace_id=workspace_id, display_name=name)
    for kind, value in known_by.items():
        people.IDENTITY.insert(
            admin, workspace_id=workspace_id, person_id=person["id"], type=kind, value=value
        )
    return str(person["id"])


def consent(admin: Conn, workspace_id: str | None, person: str, day: int, status: str) -> None:
    people.CONSENT.insert(
        admin,
        workspace_id=workspace_id,
        person_id=person,
        channel="email",
        status=status,
        collected_at=dt.datetime(2026, 11, day, tzinfo=dt.UTC),
    )


async def test_any_identity_leads_to_the_person(
    hub: NeonHub, here: Tenant, there: Tenant, admin: Conn
) -> None:
    ada = add(admin, here.workspace_id, "Ada", email="Ada@Example.com", phone="+441234567")
    add(admin, there.workspace_id, "Other Ada", email="ada@example.com", handle="@ada")
    for day, status in ((1, "granted"), (3, "revoked"), (2, "denied")):
        consent(admin, here.workspace_id, ada, day, status)

    async with hub.workspace(here) as ws:
        by_email = await ws.people.get(email="ADA@example.COM")
        by_phone = await ws.people.find(email="nobody@example.com", phone="+441234567")
        assert await ws.people.find(handle="@ada") is None
        assert await ws.people.find(phone="ada@example.com") is None

    assert by_email == by_phone
    assert (by_email.id, by_email.display_name) == (ada, "Ada")
    assert [(each.type, each.value) for each in by_email.identities] == [
        ("email", "Ada@Example.com"),
        ("phone", "+441234567"),
    ]
    # The newest first: that is the one in force.
    assert [each.status for each in by_email.consents] == ["revoked", "denied", "granted"]
    assert by_email.consents[0].collected_at == dt.datetime(2026, 11, 3, tzinfo=dt.UTC)
    assert by_email.consents[0].scope == "marketing"


async def test_it_is_one_round_trip(hub: NeonHub, here: Tenant, admin: Conn) -> None:
    add(admin, here.workspace_id, "Ada", email="ada@example.com", phone="+441234567")
    async with hub.workspace(here) as ws, watched(hub) as wire:
        assert await ws.people.find(email="ada@example.com", phone="+441234567") is not None
    assert (wire.trips, wire.statements) == (1, 2)


async def test_the_identity_given_first_decides(hub: NeonHub, here: Tenant, admin: Conn) -> None:
    ada = add(admin, here.workspace_id, "Ada", email="ada@example.com")
    bob = add(admin, here.workspace_id, "Bob", phone="+441234567")
    async with hub.workspace(here) as ws:
        first = await ws.people.get(email="ada@example.com", phone="+441234567")
        second = await ws.people.get(phone="+441234567", email="ada@example.com")
        assert (first.id, second.id) == (ada, bob)
        # Who is deleted is passed over for whom the next identity leads to.
        admin.execute("UPDATE people SET deleted_at = now() WHERE id = %s", [ada])
        left = await ws.people.get(email="ada@example.com", phone="+441234567")
        assert left.id == bob


@pytest.mark.parametrize("written", ["ÄRGER@EXAMPLE.COM", "ärger@example.com", "İstanbul@x.io"])
async def test_letters_are_folded_as_the_database_folds_them(
    hub: NeonHub, here: Tenant, admin: Conn, written: str
) -> None:
    person = add(admin, here.workspace_id, "Folded", email=written)
    async with hub.workspace(here) as ws:
        assert (await ws.people.get(email=written)).id == person


async def test_nobody_is_none_or_an_error_without_the_address(hub: NeonHub, here: Tenant) -> None:
    async with hub.workspace(here) as ws:
        assert await ws.people.find(email="nobody@example.com") is None
        with pytest.raises(NotFound, match="no person with this 'email'") as caught:
            await ws.people.get(email="nobody@example.com", phone=None)
        assert "nobody" not in str(caught.value.to_dict())
        with pytest.raises(InvalidInput, match="one at least"):
            await ws.people.find(email=None)


async def test_people_are_for_those_who_may_see_them(hub: NeonHub, here: Tenant) -> None:
    guest = Principal(PrincipalKind.USER, "u", permissions=frozenset())
    async with hub.workspace(here, guest) as ws:
        with pytest.raises(PermissionDenied, match="people:read"):
            await ws.people.find(email="ada@example.com")
