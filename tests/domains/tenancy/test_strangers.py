"""A principal of one organization, at work on another's members, roles, keys and invitations."""

from __future__ import annotations

import pytest

from neonhub.db.errors import NotFound, PermissionDenied
from neonhub.db.tenancy import Principal, PrincipalKind, Tenant
from neonhub.domains.tenancy.guard import Guard
from neonhub.domains.tenancy.service import Tenancy
from tests.domains.tenancy.people import Company, Town


async def test_another_organization_cannot_be_entered(
    town: Town, company: Company, stranger: Company
) -> None:
    theirs = await stranger.principal()
    for principal in (theirs, Principal(PrincipalKind.USER, theirs.id, user_id=theirs.id)):
        with pytest.raises(NotFound, match="organization"):
            async with town.hub.organization(company.id, principal):
                pass
    with pytest.raises(NotFound, match="organization"):
        await town.hub.organizations.principal_of_user(stranger.owner, company.id)
    with pytest.raises(NotFound, match="organization"):
        await town.hub.organizations.principal_of_user("", company.id)


async def test_a_key_does_not_enter_another_organization(
    town: Town, company: Company, stranger: Company
) -> None:
    async with stranger.acting() as tenancy:
        made = await tenancy.api_keys.create("theirs", ["workspace:manage", "users:remove"])
    key = await town.hub.organizations.authenticate(made.token)
    with pytest.raises(NotFound):
        async with town.hub.organization(company.id, key):
            pass
    with pytest.raises(NotFound):
        await town.hub.find_workspace(company.workspace, key)


async def test_even_a_session_of_the_other_tenant_is_refused_them(
    town: Town, company: Company, stranger: Company
) -> None:
    """The guard holds where code hands a principal the wrong organization's session."""
    theirs = await stranger.principal()
    async with town.hub.session(Tenant(None, company.id, stranger.owner)) as session:
        tenancy = Tenancy(session, theirs)
        for forbidden in (
            tenancy.get_organization(),
            tenancy.rename_organization("Ours now"),
            tenancy.list_workspaces(),
            tenancy.members.list_members(),
            tenancy.members.remove(company.owner),
            tenancy.roles.list_roles(),
            tenancy.invitations.list_invitations(),
            tenancy.api_keys.list_keys(),
        ):
            with pytest.raises(NotFound, match="organization"):
                await forbidden


async def test_nothing_of_theirs_is_found_or_changed_by_its_id(
    town: Town, company: Company, stranger: Company
) -> None:
    member = await company.member()
    async with company.acting() as tenancy:
        role = await tenancy.roles.create("Ours", ["people:read"])
        key = await tenancy.api_keys.create("ours", [])
        invited = await tenancy.invitations.invite("ours@example.com")
    before = _state(town, company)

    async with stranger.acting() as tenancy:
        for attempt in (
            tenancy.members.get(member),
            tenancy.members.change_role(member, "guest"),
            tenancy.members.remove(member),
            tenancy.members.add_to_workspace(stranger.owner, company.workspace),
            tenancy.members.remove_from_workspace(member, company.workspace),
            tenancy.members.list_workspace_members(company.workspace),
            tenancy.members.add(town.user(), role.id),
            tenancy.members.add(town.user(), "member", workspace=company.workspace),
            tenancy.roles.get(role.id),
            tenancy.roles.set_permissions(role.id, []),
            tenancy.roles.delete(role.id),
            tenancy.api_keys.revoke(key.key.id),
            tenancy.api_keys.revoke(key.key.prefix),
            tenancy.api_keys.create("x", [], workspace=company.workspace),
            tenancy.invitations.revoke(invited.invitation.id),
            tenancy.invitations.invite("y@example.com", role.id),
            tenancy.get_workspace(company.made.workspace.slug),
            tenancy.rename_workspace(company.workspace, "Theirs"),
            tenancy.delete_workspace(company.workspace),
        ):
            with pytest.raises(NotFound):
                await attempt
        assert [m.user_id for m in (await tenancy.members.list_members()).items] == [stranger.owner]
        assert (await tenancy.api_keys.list_keys()).items == []
        assert (await tenancy.invitations.list_invitations()).items == []
    assert _state(town, company) == before


async def test_the_transactions_workspace_moves_only_within_the_organization(
    town: Town, company: Company, stranger: Company
) -> None:
    from neonhub.domains.tenancy import member_queries as mq
    from neonhub.domains.tenancy.guard import in_workspaces

    principal = await stranger.principal()
    async with town.hub.organization(stranger.id, principal) as unit:
        guard = Guard(unit.session, principal)
        with pytest.raises(NotFound, match="workspace"):
            await in_workspaces(
                guard.session,
                [company.workspace],
                mq.delete_workspace_member,
                user_id=company.owner,
            )
    assert town.rows(
        "SELECT count(*) FROM workspace_members WHERE workspace_id = %s", company.workspace
    ) == [(1,)]


async def test_without_a_right_nothing_is_changed(company: Company) -> None:
    guest = await company.member("guest")
    async with company.acting(guest) as tenancy:
        for forbidden in (
            tenancy.rename_organization("Mine"),
            tenancy.create_workspace("Mine"),
            tenancy.delete_workspace(company.workspace),
            tenancy.members.remove(company.owner),
            tenancy.members.change_role(guest, "owner"),
            tenancy.roles.create("Mine"),
            tenancy.api_keys.list_keys(),
            tenancy.invitations.list_invitations(),
        ):
            with pytest.raises(PermissionDenied):
                await forbidden


def _state(town: Town, company: Company) -> list[object]:
    tables = (
        "workspaces organization_roles organization_members role_permissions invitations api_keys"
    ).split()
    look = "SELECT t::text FROM {} t WHERE organization_id = %s ORDER BY 1"
    return [town.rows(look.format(table), company.id) for table in tables]
