"""API keys: shown once, scoped, and good for no longer than they should be."""

from __future__ import annotations

import datetime as dt
import hashlib
import re

import pytest

from neonhub.db.errors import InvalidInput, NotFound, PermissionDenied
from neonhub.db.tenancy import PrincipalKind
from neonhub.domains.tenancy import errors
from neonhub.domains.tenancy.permissions import WORKING
from tests.domains.tenancy.people import Company, Town


async def test_a_key_lets_in_as_what_it_is(town: Town, company: Company) -> None:
    async with company.acting() as tenancy:
        made = await tenancy.api_keys.create("CI", ["data:import", "people:read"])
    assert re.fullmatch(r"neon_[A-Za-z0-9_-]{43}", made.token)
    assert made.key.prefix == made.token[:12]
    assert made.token not in repr(made)

    principal = await town.hub.organizations.authenticate(made.token)
    assert principal.kind is PrincipalKind.API_KEY
    assert (principal.id, principal.user_id) == (made.key.id, None)
    assert (principal.organization_id, principal.workspace_id) == (company.id, None)
    assert principal.permissions == {"data:import", "people:read"}
    tenant = await town.hub.find_workspace(company.workspace, principal)
    assert tenant.workspace_id == company.workspace


async def test_only_the_hash_of_the_key_is_kept(town: Town, company: Company) -> None:
    async with company.acting() as tenancy:
        made = await tenancy.api_keys.create("CI", [])
        listed = await tenancy.api_keys.list_keys()
    ((row, stored),) = town.rows(
        "SELECT k::text, token_hash FROM api_keys k WHERE id = %s", made.key.id
    )
    assert made.token not in str(row)
    assert stored == hashlib.sha256(made.token.encode()).hexdigest()
    assert made.token not in repr(listed)
    assert str(stored) not in repr(listed)


async def test_scopes_are_known_and_the_makers_own(town: Town, company: Company) -> None:
    admin = await company.member("admin")
    async with company.acting(admin) as tenancy:
        with pytest.raises(errors.UnknownPermission, match="data:eat"):
            await tenancy.api_keys.create("wrong", ["data:eat"])
        with pytest.raises(PermissionDenied, match="workspace:delete"):
            await tenancy.api_keys.create("too much", ["workspace:delete"])
        plain = await tenancy.api_keys.create("plain")
    assert set(plain.key.scopes) == WORKING
    with pytest.raises(PermissionDenied, match="workspace:manage"):
        async with company.acting(await company.member()) as tenancy:
            await tenancy.api_keys.create("mine", [])
    async with company.as_operator() as tenancy:
        with pytest.raises(PermissionDenied, match="workspace:delete"):
            await tenancy.api_keys.create("x", ["workspace:delete"], created_by=admin)
        with pytest.raises(NotFound, match="member"):
            await tenancy.api_keys.create("x", [], created_by=town.user())
        with pytest.raises(errors.UserRequired):
            await tenancy.api_keys.create("x", [])


async def test_a_key_falls_with_its_maker(town: Town, company: Company) -> None:
    admin = await company.member("admin")
    async with company.acting(admin) as tenancy:
        made = await tenancy.api_keys.create("mine", ["data:export", "people:read"])
    async with company.acting() as tenancy:
        await tenancy.members.change_role(admin, "viewer")
    principal = await town.hub.organizations.authenticate(made.token)
    assert principal.permissions == {"people:read"}


async def test_a_key_makes_keys_in_its_makers_name_and_not_beyond_its_end(
    town: Town, company: Company
) -> None:
    async with company.acting() as tenancy:
        made = await tenancy.api_keys.create(
            "manager", ["workspace:manage"], expires_in=dt.timedelta(days=1)
        )
        admin = await company.member("admin")
    principal = await town.hub.organizations.authenticate(made.token)
    async with company.acting(principal) as tenancy:
        child = await tenancy.api_keys.create(
            "child", ["workspace:manage"], created_by=admin, expires_in=dt.timedelta(days=9)
        )
        with pytest.raises(PermissionDenied, match="data:import"):
            await tenancy.api_keys.create("more", ["data:import"])
    assert child.key.created_by_id == company.owner
    assert child.key.expires_at == made.key.expires_at


async def test_a_key_of_one_workspace_stays_in_it(town: Town, company: Company) -> None:
    async with company.acting() as tenancy:
        other = await tenancy.create_workspace("Other")
        made = await tenancy.api_keys.create(
            "one", ["workspace:manage", "users:invite"], workspace=other.slug
        )
    principal = await town.hub.organizations.authenticate(made.token)
    assert principal.workspace_id == other.id
    with pytest.raises(NotFound):
        await town.hub.find_workspace(company.workspace, principal)
    async with company.acting(principal) as tenancy:
        for forbidden in (
            tenancy.list_workspaces(),
            tenancy.members.list_members(),
            tenancy.invitations.list_invitations(),
            tenancy.api_keys.list_keys(),
        ):
            with pytest.raises(errors.WorkspaceBound):
                await forbidden


async def test_a_key_without_a_right_over_users_reads_no_addresses(
    town: Town, company: Company
) -> None:
    async with company.acting() as tenancy:
        made = await tenancy.api_keys.create("narrow", ["people:read"])
    principal = await town.hub.organizations.authenticate(made.token)
    with pytest.raises(PermissionDenied, match="users"):
        async with company.acting(principal) as tenancy:
            await tenancy.members.list_members()


async def test_a_key_that_serves_no_more_is_told_nothing(town: Town, company: Company) -> None:
    authenticate = town.hub.organizations.authenticate
    async with company.acting() as tenancy:
        live = await tenancy.api_keys.create("live", [])
        revoked = await tenancy.api_keys.create("revoked", [])
        expired = await tenancy.api_keys.create("old", [], expires_in=dt.timedelta(days=1))
        assert (await tenancy.api_keys.revoke(revoked.key.prefix)).status == "revoked"
    town.rows(
        "UPDATE api_keys SET expires_at = now() - interval '1 s' WHERE id = %s RETURNING id",
        expired.key.id,
    )
    swapped = live.token[:-1] + ("A" if live.token[-1] != "A" else "B")
    told = set()
    for token, kind in (
        (swapped, errors.ApiKeyRejected),
        ("", errors.ApiKeyRejected),
        ("neon_\ud800" + "é" * 42, errors.ApiKeyRejected),
        (live.token + "\n", errors.ApiKeyRejected),
        (revoked.token, errors.ApiKeyRevoked),
        (expired.token, errors.ApiKeyExpired),
    ):
        with pytest.raises(kind) as refused:
            await authenticate(token)
        assert type(refused.value) is kind
        assert refused.value.http_status == 401
        told.add(repr(refused.value.to_dict()))
    assert len(told) == 1
    assert (await authenticate(live.token)).id == live.key.id


async def test_the_keys_of_a_deleted_organization_serve_no_more(
    town: Town, company: Company
) -> None:
    async with company.acting() as tenancy:
        made = await tenancy.api_keys.create("x", [])
        await tenancy.delete_organization()
    with pytest.raises(errors.ApiKeyRevoked):
        await town.hub.organizations.authenticate(made.token)


async def test_the_use_is_noted_once_a_minute(town: Town, company: Company) -> None:
    async with company.acting() as tenancy:
        made = await tenancy.api_keys.create("x", [])
    look = "SELECT last_used_at, xmin::text FROM api_keys WHERE id = %s"
    assert town.rows(look, made.key.id)[0][0] is None
    await town.hub.organizations.authenticate(made.token)
    first = town.rows(look, made.key.id)
    assert first[0][0] is not None
    await town.hub.organizations.authenticate(made.token)
    assert town.rows(look, made.key.id) == first
    town.rows(
        "UPDATE api_keys SET last_used_at = now() - interval '61 s' WHERE id = %s RETURNING id",
        made.key.id,
    )
    await town.hub.organizations.authenticate(made.token)
    ((at, _),) = town.rows(look, made.key.id)
    assert isinstance(at, dt.datetime)
    assert at >= first[0][0]  # type: ignore[operator]


async def test_keys_are_named_by_id_or_prefix(town: Town, company: Company) -> None:
    async with company.acting() as tenancy:
        one = await tenancy.api_keys.create("one", [])
        two = await tenancy.api_keys.create("two", [])
        page = await tenancy.api_keys.list_keys(limit=1)
        rest = await tenancy.api_keys.list_keys(limit=1, cursor=page.next_cursor)
        assert [row.name for row in page.items + rest.items] == ["one", "two"]
        assert (await tenancy.api_keys.revoke(one.key.id)).id == one.key.id
        with pytest.raises(NotFound, match="API key"):
            await tenancy.api_keys.revoke("neon_0000000")
    town.rows(
        "UPDATE api_keys SET prefix = %s WHERE id = %s RETURNING id", one.key.prefix, two.key.id
    )
    async with company.acting() as tenancy:
        with pytest.raises(errors.AmbiguousKey):
            await tenancy.api_keys.revoke(one.key.prefix)


@pytest.mark.parametrize("name", ["", "  ", "x" * 201])
async def test_a_key_has_a_name(company: Company, name: str) -> None:
    async with company.acting() as tenancy:
        with pytest.raises(InvalidInput, match="name"):
            await tenancy.api_keys.create(name, [])
        with pytest.raises(InvalidInput, match="expires_in"):
            await tenancy.api_keys.create("ok", [], expires_in=dt.timedelta(days=-1))
