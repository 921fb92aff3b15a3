"""Roles of an organization's own."""

from __future__ import annotations

import pytest

from neonhub.db.errors import NotFound, PermissionDenied
from neonhub.domains.tenancy.errors import RoleInUse, SlugTaken, SystemRoleFixed, UnknownPermission
from neonhub.domains.tenancy.permissions import PERMISSIONS
from tests.domains.tenancy.people import Company


async def test_a_role_is_made_given_changed_and_deleted(company: Company) -> None:
    async with company.acting() as tenancy:
        made = await tenancy.roles.create("Copy Editor", ["content:create", "content:create"])
        assert (made.slug, made.permissions, made.is_system) == (
            "copy-editor",
            ["content:create"],
            False,
        )
    user = await company.member("copy-editor")
    assert (await company.principal(user)).permissions == {"content:create"}

    async with company.acting() as tenancy:
        await tenancy.roles.set_permissions("copy-editor", ["content:publish", "people:read"])
        with pytest.raises(RoleInUse, match="1"):
            await tenancy.roles.delete("copy-editor")
    assert (await company.principal(user)).permissions == {"content:publish", "people:read"}

    async with company.acting() as tenancy:
        await tenancy.members.change_role(user, "guest")
        await tenancy.roles.delete("copy-editor")
        with pytest.raises(NotFound):
            await tenancy.roles.get("copy-editor")


async def test_a_role_that_is_offered_is_not_deleted(company: Company) -> None:
    async with company.acting() as tenancy:
        await tenancy.roles.create("Offered")
        offer = await tenancy.invitations.invite("someone@example.com", "offered")
        with pytest.raises(RoleInUse):
            await tenancy.roles.delete("offered")
        await tenancy.invitations.revoke(offer.invitation.id)
        await tenancy.roles.delete("offered")


@pytest.mark.parametrize("slug", ["owner", "admin", "member", "viewer", "guest"])
async def test_the_systems_roles_stay_as_they_are(company: Company, slug: str) -> None:
    async with company.acting() as tenancy:
        with pytest.raises(SystemRoleFixed, match=slug):
            await tenancy.roles.set_permissions(slug, ["people:read"])
        with pytest.raises(SystemRoleFixed, match=slug):
            await tenancy.roles.delete(slug)


async def test_what_is_wrong_with_a_role_is_said(company: Company) -> None:
    async with company.acting() as tenancy:
        with pytest.raises(UnknownPermission, match="people:eat"):
            await tenancy.roles.create("Wrong", ["people:read", "people:eat"])
        await tenancy.roles.create("Twice")
        with pytest.raises(SlugTaken, match="twice") as refused:
            await tenancy.roles.create("Twice")
        assert refused.value.columns == ("slug",)
        known = {row.key: row.description for row in await tenancy.roles.list_permissions()}
    assert known == PERMISSIONS


async def test_nobody_gives_a_role_what_they_do_not_hold(company: Company) -> None:
    async with company.acting() as tenancy:
        await tenancy.roles.create("Clerk", ["users:roles", "people:read"])
        await tenancy.roles.create("Eraser", ["data:delete"])
    clerk = await company.member("clerk")
    async with company.acting(clerk) as tenancy:
        await tenancy.roles.create("Reader", ["people:read"])
        for forbidden in (
            tenancy.roles.create("Exporter", ["data:export"]),
            tenancy.roles.set_permissions("clerk", ["users:roles", "data:export"]),
            tenancy.roles.set_permissions("eraser", []),
            tenancy.roles.delete("eraser"),
            tenancy.members.change_role(clerk, "admin"),
        ):
            with pytest.raises(PermissionDenied):
                await forbidden
    viewer = await company.member("viewer")
    with pytest.raises(PermissionDenied, match="users:roles"):
        async with company.acting(viewer) as tenancy:
            await tenancy.roles.create("Mine")
