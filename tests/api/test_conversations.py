"""Conversations over HTTP."""

from __future__ import annotations

from tests.api.accounts import Account, Client, problem_of


async def test_messages_come_back_in_their_order(client: Client) -> None:
    begun = await client.post("/api/conversations", json={"kind": "planning", "title": "May"})
    path = f"{begun.headers['location']}/messages"
    for number in range(3):
        sent = await client.post(path, json={"content": f"Message {number}"})
        assert sent.status_code == 201
    await client.post(path, json={"role": "tool", "content": {"rows": [1, 2]}})

    first = (await client.get(path, params={"limit": 3})).json()
    rest = (await client.get(path, params={"cursor": first["next_cursor"]})).json()

    assert [item["content"] for item in first["items"] + rest["items"]] == [
        {"text": "Message 0"},
        {"text": "Message 1"},
        {"text": "Message 2"},
        {"rows": [1, 2]},
    ]
    assert [item["token_count"] for item in first["items"]] == [2, 2, 2]
    assert rest["items"][0]["role"] == "tool"


async def test_the_latest_conversation_comes_first(client: Client) -> None:
    made = [(await client.post("/api/conversations", json={})).json()["id"] for _ in range(3)]

    page = (await client.get("/api/conversations", params={"limit": 2})).json()
    rest = await client.get("/api/conversations", params={"cursor": page["next_cursor"]})

    assert [item["id"] for item in page["items"] + rest.json()["items"]] == made[::-1]
    assert (await client.get(f"/api/conversations/{made[0]}")).json() == rest.json()["items"][0]


async def test_an_agent_of_no_tenant_is_refused(client: Client) -> None:
    told = problem_of(await client.post("/api/conversations", json={"agent_id": "c" * 25}), 409)

    assert told["code"] == "reference_violation"


async def test_another_organization_finds_no_conversation(client: Client, stranger: Client) -> None:
    begun = (await client.post("/api/conversations", json={"title": "Ours"})).json()["id"]

    problem_of(await stranger.get(f"/api/conversations/{begun}"), 404)
    problem_of(await stranger.get(f"/api/conversations/{begun}/messages"), 404)
    sent = await stranger.post(f"/api/conversations/{begun}/messages", json={"content": "Hi"})
    problem_of(sent, 404)
    assert (await stranger.get("/api/conversations")).json()["items"] == []


async def test_reading_keys_do_not_write(account: Account) -> None:
    reader = await account.client(["people:read"])

    told = problem_of(await reader.post("/api/conversations", json={}), 403)

    assert told["details"]["permission"] == "content:create"
