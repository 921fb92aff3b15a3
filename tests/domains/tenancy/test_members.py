"""Members: who joins, who rises, who leaves, and that an owner is always left."""

from __future__ import annotations

import asyncio

import pytest

from neonhub.db.errors import NotFound, PermissionDenied
from neonhub.domains.tenancy.errors import (
    AlreadyMember,
    ApiKeyRevoked,
    InvitationRevoked,
    LastOwner,
)
from neonhub.domains.tenancy.permissions import WORKING
from tests.domains.tenancy.people import Company, Town


async def test_a_member_is_added_with_a_workspace(town: Town, company: Company) -> None:
    user = town.user("Ada@Example.com")
    async with company.acting() as tenancy:
        added = await tenancy.members.add(user)
        assert (added.email, added.role) == ("Ada@Example.com", "member")
        inside = await tenancy.members.list_workspace_members(company.workspace)
        assert [row.user_id for row in inside.items] == [company.owner, user]
        with pytest.raises(AlreadyMember):
            await tenancy.members.add(user)
    principal = await company.principal(user)
    assert principal.permissions == WORKING
    tenant = await town.hub.find_workspace(company.workspace, principal)
    assert tenant.user_id == user


async def test_adding_takes_a_right_a_user_and_a_role(town: Town, company: Company) -> None:
    member = await company.member()
    with pytest.raises(PermissionDenied, match="users:invite"):
        async with company.acting(member) as tenancy:
            await tenancy.members.add(town.user())
    async with company.acting() as tenancy:
        with pytest.raises(NotFound, match="user"):
            await tenancy.members.add("c" + "0" * 24)
        with pytest.raises(NotFound, match="role"):
            await tenancy.members.add(town.user(), "emperor")
        with pytest.raises(NotFound, match="workspace"):
            await tenancy.members.add(town.user(), workspace="nowhere")


async def test_a_role_changes_everywhere(town: Town, company: Company) -> None:
    member = await company.member()
    async with company.acting() as tenancy:
        second = await tenancy.create_workspace("Second")
        await tenancy.members.add_to_workspace(member, second.slug)
        changed = await tenancy.members.change_role(member, "viewer")
    assert changed.role == "viewer"
    assert (await company.principal(member)).permissions == {"people:read", "campaigns:analytics"}
    reached = await town.hub.organizations.workspaces_of_user(member)
    assert {row.role for row in reached} == {"viewer"}
    assert len(reached) == 2


async def test_nobody_rises_above_themselves_nor_acts_on_who_is_above(
    town: Town, company: Company
) -> None:
    admin, other = await company.member("admin"), await company.member()
    async with company.acting(admin) as tenancy:
        for forbidden in (
            tenancy.members.change_role(admin, "owner"),
            tenancy.members.change_role(other, "owner"),
            tenancy.members.add(town.user(), "owner"),
            tenancy.members.change_role(company.owner, "guest"),
            tenancy.members.remove(company.owner),
            tenancy.invitations.invite("new@example.com", "owner"),
        ):
            with pytest.raises(PermissionDenied, match="workspace:delete"):
                await forbidden
        assert (await tenancy.members.change_role(other, "admin")).role == "admin"


async def test_who_is_removed_keeps_nothing(town: Town, company: Company) -> None:
    admin = await company.member("admin")
    async with company.acting() as tenancy:
        second = await tenancy.create_workspace("Second")
        await tenancy.members.add_to_workspace(admin, second.id)
    async with company.acting(admin) as tenancy:
        key = await tenancy.api_keys.create("mine")
        invited = await tenancy.invitations.invite("late@example.com")
    async with company.acting() as tenancy:
        await tenancy.members.remove(admin)
        with pytest.raises(NotFound, match="member"):
            await tenancy.members.get(admin)

    assert await town.hub.organizations.workspaces_of_user(admin) == []
    assert town.rows("SELECT FROM workspace_members WHERE user_id = %s", admin) == []
    with pytest.raises(ApiKeyRevoked):
        await town.hub.organizations.authenticate(key.token)
    with pytest.raises(InvitationRevoked):
        await town.hub.organizations.accept_invitation(invited.token, town.user("late@example.com"))
    with pytest.raises(NotFound):
        await company.principal(admin)


async def test_a_member_leaves_a_workspace_or_altogether(town: Town, company: Company) -> None:
    member, viewer = await company.member(), await company.member("viewer")
    async with company.acting() as tenancy:
        await tenancy.members.remove_from_workspace(member, company.workspace)
    assert await town.hub.organizations.workspaces_of_user(member) == []
    assert (await company.principal(member)).permissions == WORKING

    with pytest.raises(PermissionDenied, match="users:remove"):
        async with company.acting(viewer) as tenancy:
            await tenancy.members.remove(member)
    async with company.acting(viewer) as tenancy:
        await tenancy.members.remove(viewer)
    with pytest.raises(NotFound):
        await company.principal(viewer)


async def test_the_last_owner_can_neither_leave_nor_fall(town: Town, company: Company) -> None:
    async with company.acting() as tenancy:
        with pytest.raises(LastOwner):
            await tenancy.members.remove(company.owner)
        with pytest.raises(LastOwner):
            await tenancy.members.change_role(company.owner, "admin")
    second = await company.member("owner")
    async with company.acting() as tenancy:
        await tenancy.members.remove(company.owner)
    async with company.acting(second) as tenancy:
        assert (await tenancy.get_organization()).owner_id == second
        with pytest.raises(LastOwner):
            await tenancy.members.remove(second)


@pytest.mark.parametrize("_round", range(5))
async def test_two_last_owners_cannot_both_leave_at_once(company: Company, _round: int) -> None:
    second = await company.member("owner")

    async def leave(user_id: str) -> None:
        async with company.acting(user_id) as tenancy:
            await tenancy.members.remove(user_id)

    done = await asyncio.gather(leave(company.owner), leave(second), return_exceptions=True)
    assert sorted(type(each).__name__ for each in done) == ["LastOwner", "NoneType"]
    owners = company.town.rows(
        "SELECT count(*) FROM organization_members m JOIN organization_roles r ON r.id = m.role_id "
        "WHERE m.organization_id = %s AND r.slug = 'owner'",
        company.id,
    )
    assert owners == [(1,)]


async def test_members_come_in_pages(company: Company) -> None:
    users = [company.owner, *[await company.member() for _ in range(4)]]
    async with company.acting() as tenancy:
        seen, cursor = [], None
        while True:
            page = await tenancy.members.list_members(limit=2, cursor=cursor)
            seen += [row.user_id for row in page.items]
            if (cursor := page.next_cursor) is None:
                break
    assert seen == users
