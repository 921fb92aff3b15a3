"""Who may come in, and into which workspace."""

from __future__ import annotations

import datetime as dt

import pytest

from neonhub.domains.tenancy.permissions import PERMISSIONS
from tests.api.accounts import Account, Client, dataset, problem_of


async def test_a_key_says_who_it_is(account: Account) -> None:
    client = await account.client(["data:import", "data:delete"])

    told = (await client.get("/api/me")).json()

    assert told["kind"] == "api_key"
    assert told["organization_id"] == account.organization
    assert told["permissions"] == ["data:delete", "data:import"]


async def test_the_other_header_serves_as_well(account: Account) -> None:
    made = await account.key()
    client = account.with_token(None)

    answer = await client.get("/api/me", headers={"X-API-Key": made.token})

    assert answer.json()["id"] == made.key.id


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Basic bmVvbjp4"},
        {"Authorization": "Bearer neon_" + "a" * 43},
        {"Authorization": "Bearer neon_short"},
        {"X-API-Key": "neon_" + "é" * 43},
        {"X-API-Key": ""},
    ],
)
async def test_no_key_and_a_wrong_key_are_refused(
    account: Account, headers: dict[str, str]
) -> None:
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]

    refused = await account.with_token(None).get("/api/datasets", headers=raw)

    problem_of(refused, 401)
    assert refused.headers["www-authenticate"].startswith("Bearer")


async def test_a_revoked_and_an_expired_key_are_refused_alike(account: Account) -> None:
    admin = await account.client()
    revoked, expired = await account.key(), await account.key(expires_in=dt.timedelta(days=1))
    assert (await admin.delete(f"/api/api-keys/{revoked.key.id}")).status_code == 204
    await account.expire(expired.key.id)

    told = [
        problem_of(await account.with_token(each.token).get("/api/me"), 401)
        for each in (revoked, expired)
    ]

    assert {each["code"] for each in told} == {"api_key_rejected"}
    assert len({each["detail"] for each in told}) == 1
    statuses = {
        item["id"]: item["status"] for item in (await admin.get("/api/api-keys")).json()["items"]
    }
    assert statuses[revoked.key.id] == "revoked"
    assert statuses[expired.key.id] == "expired"


async def test_without_a_header_the_only_workspace_is_meant(account: Account) -> None:
    client = await account.client()
    slug = await dataset(client)

    named = await client.get(f"/api/datasets/{slug}", headers={"X-Workspace": account.workspace})

    assert named.status_code == 200


async def test_with_two_workspaces_the_header_decides(account: Account) -> None:
    client = await account.client()
    second = (await client.post("/api/workspaces", json={"name": "Second Client"})).json()

    unclear = problem_of(await client.get("/api/datasets"), 400)
    there = {"X-Workspace": second["slug"]}
    await client.post("/api/datasets", json={"name": "Only there"}, headers=there)
    by_id = await client.get("/api/datasets", headers={"X-Workspace": second["id"]})
    elsewhere = await client.get("/api/datasets", headers={"X-Workspace": account.workspace})

    assert second["slug"] in unclear["detail"]
    assert [item["slug"] for item in by_id.json()["items"]] == ["only-there"]
    assert elsewhere.json()["items"] == []


async def test_a_bound_key_opens_its_own_workspace_alone(account: Account) -> None:
    admin = await account.client()
    second = (await admin.post("/api/workspaces", json={"name": "Bound"})).json()
    bound = await account.client(workspace=second["id"])

    await bound.post("/api/datasets", json={"name": "Mine"})

    mine = await admin.get("/api/datasets/mine", headers={"X-Workspace": second["slug"]})
    assert mine.status_code == 200
    away = await bound.get("/api/datasets", headers={"X-Workspace": account.workspace})
    problem_of(away, 404)


async def test_another_organizations_workspace_does_not_exist(
    account: Account, stranger: Client
) -> None:
    for name in (account.workspace, "nowhere"):
        problem_of(await stranger.get("/api/datasets", headers={"X-Workspace": name}), 404)


async def test_a_key_makes_keys_that_may_no_more_than_itself(account: Account) -> None:
    client = await account.client(["workspace:manage", "data:import"])

    more = {"name": "more", "scopes": ["data:delete"]}
    same = {"name": "same", "scopes": ["data:import"]}

    problem_of(await client.post("/api/api-keys", json=more), 403)
    made = await client.post("/api/api-keys", json=same)
    assert made.status_code == 201
    assert made.json()["token"].startswith("neon_")


async def test_an_invitation_shows_its_token_once(account: Account) -> None:
    client = await account.client()

    made = await client.post(
        "/api/invitations", json={"email": "new@example.com", "role": "member"}
    )
    listed = (await client.get("/api/invitations")).json()["items"]
    withdrawn = await client.delete(f"/api/invitations/{made.json()['id']}")

    assert made.status_code == 201
    assert made.json()["token"].startswith("inv_")
    assert made.headers["cache-control"] == "no-store"
    assert [item["email"] for item in listed] == ["new@example.com"]
    assert "token" not in listed[0]
    assert withdrawn.status_code == 204
    after = (await client.get("/api/invitations")).json()["items"]
    assert after[0]["status"] == "revoked"


async def test_members_and_roles_are_told(account: Account) -> None:
    client = await account.client()

    members = (await client.get("/api/members")).json()["items"]
    roles = {role["slug"]: role for role in (await client.get("/api/roles")).json()}

    assert [(each["user_id"], each["role"]) for each in members] == [(account.user, "owner")]
    assert set(roles) == {"owner", "admin", "member", "viewer", "guest"}
    assert set(roles["owner"]["permissions"]) == set(PERMISSIONS)


async def test_the_last_owner_stays(account: Account) -> None:
    client = await account.client()

    told = problem_of(
        await client.put(f"/api/members/{account.user}/role", json={"role": "member"}), 409
    )

    assert told["code"] == "last_owner"


async def test_workspaces_and_the_organization_are_told(account: Account) -> None:
    client = await account.client()

    listed = (await client.get("/api/workspaces")).json()["items"]

    assert [item["id"] for item in listed] == [account.workspace]
    found = await client.get(f"/api/workspaces/{account.workspace}")
    assert found.json() == listed[0]
    told = (await client.get("/api/organization")).json()
    assert (told["id"], told["name"]) == (account.organization, "Acme")
