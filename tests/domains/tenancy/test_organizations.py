"""Organizations and workspaces: made whole, renamed, hidden."""

from __future__ import annotations

import asyncio

import pytest

from neonhub.db.errors import DuplicateKey, InvalidInput, NotFound, PermissionDenied
from neonhub.domains.tenancy.errors import LastWorkspace, SlugTaken
from neonhub.domains.tenancy.permissions import PERMISSIONS, SYSTEM_ROLES
from tests.domains.tenancy.people import Company, Town


async def test_a_new_organization_is_whole(town: Town) -> None:
    owner = town.user()
    made = await town.hub.organizations.create("Neon & Söhne", owner_id=owner)
    assert made.organization.slug == made.workspace.slug == "neon-sohne"
    assert made.organization.owner_id == owner

    principal = await town.hub.organizations.principal_of_user(owner, "neon-sohne")
    assert principal.permissions == frozenset(PERMISSIONS)
    async with town.hub.organization("neon-sohne", principal) as unit:
        roles = await unit.tenancy.roles.list_roles()
        members = await unit.tenancy.members.list_members()
        inside = await unit.tenancy.members.list_workspace_members(made.workspace.id)
    assert {role.slug: set(role.permissions) for role in roles} == {
        role.slug: role.permissions for role in SYSTEM_ROLES
    }
    assert [(m.user_id, m.role, m.status) for m in members.items] == [(owner, "owner", "active")]
    assert [(m.user_id, m.role) for m in inside.items] == [(owner, "owner")]


def test_the_roles_hold_what_their_names_say() -> None:
    held = {role.slug: role.permissions for role in SYSTEM_ROLES}
    assert list(held) == ["owner", "admin", "member", "viewer", "guest"]
    assert held["owner"] == set(PERMISSIONS)
    assert held["owner"] - held["admin"] == {"workspace:delete"}
    assert held["viewer"] == {"people:read", "campaigns:analytics"}
    assert held["guest"] == set()
    areas = {key.split(":")[0] for key in held["member"]}
    assert not areas & {"workspace", "users"}


async def test_a_taken_slug_is_refused_by_its_field(town: Town, company: Company) -> None:
    slug = company.made.organization.slug
    with pytest.raises(SlugTaken, match=slug) as refused:
        await town.hub.organizations.create("Other", owner_id=town.user(), slug=slug)
    assert isinstance(refused.value, DuplicateKey)
    assert (refused.value.table, refused.value.columns) == ("organizations", ("slug",))
    assert refused.value.http_status == 409


async def test_the_default_workspace_finds_a_free_slug(town: Town, company: Company) -> None:
    async with company.acting() as tenancy:
        await tenancy.create_workspace("Gamma", slug="gamma-client")
    made = await town.hub.organizations.create("Gamma Client", owner_id=town.user())
    assert made.organization.slug == "gamma-client"
    assert made.workspace.slug == "gamma-client-2"


async def test_of_many_with_one_slug_at_once_one_is_made(town: Town) -> None:
    owners = [town.user() for _ in range(6)]
    made = await asyncio.gather(
        *(town.hub.organizations.create("Race", owner_id=o, slug="race") for o in owners),
        return_exceptions=True,
    )
    assert sorted(type(each).__name__ for each in made) == ["NewOrganization"] + ["SlugTaken"] * 5
    assert town.rows("SELECT count(*) FROM organizations WHERE slug = 'race'") == [(1,)]


@pytest.mark.parametrize("slug", ["", "A", "-a", "a--b", "a b", "a" * 101, "c" + "0" * 24])
async def test_what_is_no_slug_is_refused(town: Town, slug: str) -> None:
    with pytest.raises(InvalidInput, match="slug"):
        await town.hub.organizations.create("Name", owner_id="nobody", slug=slug)


async def test_an_owner_must_exist(town: Town) -> None:
    with pytest.raises(NotFound, match="user"):
        await town.hub.organizations.create("Nobody's", owner_id="c" + "0" * 24)
    assert town.rows("SELECT FROM organizations WHERE slug = 'nobody-s'") == []


async def test_renaming(town: Town, company: Company, stranger: Company) -> None:
    async with company.acting() as tenancy:
        renamed = await tenancy.rename_organization("New name", slug="new-name")
        assert (renamed.name, renamed.slug) == ("New name", "new-name")
        workspace = await tenancy.rename_workspace(company.workspace, "Client one")
    assert workspace.name == "Client one"
    assert workspace.slug == company.made.workspace.slug
    with pytest.raises(SlugTaken):
        async with stranger.acting() as tenancy:
            await tenancy.rename_organization(slug="new-name")
    with pytest.raises(PermissionDenied):
        async with company.acting(await company.member()) as tenancy:
            await tenancy.rename_organization("Mine")


async def test_a_deleted_organization_is_gone_and_frees_its_slugs(
    town: Town, company: Company
) -> None:
    slug = company.made.organization.slug
    admin = await company.member("admin")
    with pytest.raises(PermissionDenied, match="workspace:delete"):
        async with company.acting(admin) as tenancy:
            await tenancy.delete_organization()
    async with company.acting() as tenancy:
        await tenancy.delete_organization()
    with pytest.raises(NotFound):
        await company.principal()
    assert await town.hub.organizations.workspaces_of_user(company.owner) == []
    again = await town.hub.organizations.create("Acme", owner_id=town.user(), slug=slug)
    assert again.workspace.slug == slug


async def test_workspaces_are_made_and_seen_by_who_may(town: Town, company: Company) -> None:
    async with company.acting() as tenancy:
        client = await tenancy.create_workspace("Client A")
        again = await tenancy.create_workspace("Client A")
    assert again.slug.startswith(client.slug)
    assert again.slug != client.slug

    member = await company.member(workspace=client.slug)
    async with company.acting(member) as tenancy:
        page = await tenancy.list_workspaces()
        assert [row.id for row in page.items] == [client.id]
        with pytest.raises(NotFound):
            await tenancy.get_workspace(company.workspace)
    async with company.acting() as tenancy:
        first = await tenancy.list_workspaces(limit=2)
        rest = await tenancy.list_workspaces(limit=2, cursor=first.next_cursor)
    seen = [row.id for row in first.items + rest.items]
    assert seen == [company.workspace, client.id, again.id]

    reached = await town.hub.organizations.workspaces_of_user(member)
    assert [(row.workspace_id, row.role) for row in reached] == [(client.id, "member")]
    every = await town.hub.organizations.workspaces_of_user(company.owner)
    assert {row.role for row in every} == {"owner"}
    assert len(every) == 3
    found = await town.hub.organizations.of_user(member)
    assert [row.organization_id for row in found] == [company.id]


async def test_the_last_workspace_stays(company: Company) -> None:
    async with company.acting() as tenancy:
        other = await tenancy.create_workspace("Other")
        await tenancy.delete_workspace(company.workspace)
        with pytest.raises(LastWorkspace):
            await tenancy.delete_workspace(other.id)
        assert [row.id for row in (await tenancy.list_workspaces()).items] == [other.id]


async def test_of_two_workspaces_deleted_at_once_one_stays(company: Company) -> None:
    async with company.acting() as tenancy:
        other = await tenancy.create_workspace("Other")

    async def delete(workspace_id: str) -> None:
        async with company.acting() as tenancy:
            await tenancy.delete_workspace(workspace_id)

    done = await asyncio.gather(delete(company.workspace), delete(other.id), return_exceptions=True)
    assert sorted(type(each).__name__ for each in done) == ["LastWorkspace", "NoneType"]
