"""Invitations: once, in time, and by whom they were meant for."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib

import pytest

from neonhub.db.errors import InvalidInput, NotFound, PermissionDenied
from neonhub.domains.tenancy import errors
from tests.domains.tenancy.people import Company, Town


async def test_who_accepts_is_a_member(town: Town, company: Company) -> None:
    async with company.acting() as tenancy:
        client = await tenancy.create_workspace("Client")
        new = await tenancy.invitations.invite("Grace@Example.com", "viewer", workspace=client.slug)
    assert new.token.startswith("inv_")
    assert len(new.token) == 4 + 43
    assert new.token not in repr(new)
    assert new.invitation.status == "pending"

    user = town.user("grace@EXAMPLE.com")
    joined = await town.hub.organizations.accept_invitation(new.token, user)
    assert (joined.organization_id, joined.workspace_id, joined.role) == (
        company.id,
        client.id,
        "viewer",
    )
    reached = await town.hub.organizations.workspaces_of_user(user)
    assert [(row.workspace_id, row.role) for row in reached] == [(client.id, "viewer")]
    async with company.acting() as tenancy:
        listed = (await tenancy.invitations.list_invitations()).items
    assert [row.status for row in listed] == ["accepted"]
    assert listed[0].accepted_at is not None


async def test_only_the_hash_of_the_token_is_kept(town: Town, company: Company) -> None:
    async with company.acting() as tenancy:
        new = await tenancy.invitations.invite("hash@example.com")
    look = "SELECT i::text, token_hash FROM invitations i WHERE id = %s"
    ((row, stored),) = town.rows(look, new.invitation.id)
    assert new.token not in str(row)
    assert stored == hashlib.sha256(new.token.encode()).hexdigest()


async def test_without_a_workspace_it_is_to_the_default_one(town: Town, company: Company) -> None:
    async with company.acting() as tenancy:
        await tenancy.create_workspace("Later")
        new = await tenancy.invitations.invite("default@example.com")
    joined = await town.hub.organizations.accept_invitation(
        new.token, town.user("default@example.com")
    )
    assert joined.workspace_id == company.workspace


async def test_an_invitation_is_refused_for_its_reason(town: Town, company: Company) -> None:
    accept = town.hub.organizations.accept_invitation
    async with company.acting() as tenancy:
        revoked = await tenancy.invitations.invite("revoked@example.com")
        await tenancy.invitations.revoke(revoked.invitation.id)
        expired = await tenancy.invitations.invite("expired@example.com")
        used = await tenancy.invitations.invite("used@example.com")
        other = await tenancy.invitations.invite("other@example.com")
    town.rows(
        "UPDATE invitations SET expires_at = now() - interval '1 s' WHERE id = %s RETURNING id",
        expired.invitation.id,
    )
    user = town.user("used@example.com")
    await accept(used.token, user)

    with pytest.raises(errors.InvitationRevoked):
        await accept(revoked.token, town.user("revoked@example.com"))
    with pytest.raises(errors.InvitationExpired):
        await accept(expired.token, town.user("expired@example.com"))
    with pytest.raises(errors.InvitationUsed):
        await accept(used.token, user)
    with pytest.raises(errors.InvitationForAnother):
        await accept(other.token, user)
    with pytest.raises(errors.InvitationUnknown):
        await accept("inv_" + "x" * 43, user)
    async with company.acting() as tenancy:
        listed = await tenancy.invitations.list_invitations()
        statuses = {row.email: row.status for row in listed.items}
        assert statuses["expired@example.com"] == "expired"
        with pytest.raises(errors.InvitationUsed):
            await tenancy.invitations.revoke(used.invitation.id)
        with pytest.raises(NotFound):
            await tenancy.invitations.revoke("c" + "0" * 24)


@pytest.mark.parametrize("_round", range(5))
async def test_of_two_acceptances_at_once_one_counts(
    town: Town, company: Company, _round: int
) -> None:
    email = f"twice-{company.id}@example.com"
    user = town.user(email)
    async with company.acting() as tenancy:
        new = await tenancy.invitations.invite(email)
    accept = town.hub.organizations.accept_invitation
    done = await asyncio.gather(
        *(accept(new.token, user) for _ in range(4)), return_exceptions=True
    )
    names = sorted(type(each).__name__ for each in done)
    assert names == ["InvitationUsed"] * 3 + ["Joined"]
    member = "SELECT count(*) FROM organization_members WHERE user_id = %s"
    assert town.rows(member, user) == [(1,)]


async def test_a_second_invitation_withdraws_the_first(town: Town, company: Company) -> None:
    async with company.acting() as tenancy:
        first = await tenancy.invitations.invite("again@example.com")
        second = await tenancy.invitations.invite("AGAIN@example.com", "viewer")
    user = town.user("again@example.com")
    with pytest.raises(errors.InvitationRevoked):
        await town.hub.organizations.accept_invitation(first.token, user)
    joined = await town.hub.organizations.accept_invitation(second.token, user)
    assert joined.role == "viewer"


async def test_what_cannot_be_invited(town: Town, company: Company) -> None:
    member = town.user("member@example.com")
    async with company.acting() as tenancy:
        await tenancy.members.add(member)
        with pytest.raises(errors.AlreadyMember):
            await tenancy.invitations.invite("Member@example.com")
        for wrong in ("", "nobody", "a@b@c", "a b@c", "a@" + "b" * 260):
            with pytest.raises(InvalidInput, match="email"):
                await tenancy.invitations.invite(wrong)
        for life in (dt.timedelta(), dt.timedelta(days=31)):
            with pytest.raises(InvalidInput, match="expires_in"):
                await tenancy.invitations.invite("x@example.com", expires_in=life)
    with pytest.raises(PermissionDenied, match="users:invite"):
        async with company.acting(member) as tenancy:
            await tenancy.invitations.invite("x@example.com")


async def test_a_workspace_gone_meanwhile_gives_way_to_the_default(
    town: Town, company: Company
) -> None:
    async with company.acting() as tenancy:
        gone = await tenancy.create_workspace("Gone")
        new = await tenancy.invitations.invite("gone@example.com", workspace=gone.id)
        await tenancy.delete_workspace(gone.id)
    joined = await town.hub.organizations.accept_invitation(
        new.token, town.user("gone@example.com")
    )
    assert joined.workspace_id == company.workspace
