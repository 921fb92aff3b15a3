"""Datasets and documents over HTTP."""

from __future__ import annotations

from tests.api.accounts import Account, Client, dataset, problem_of, put_text


async def test_what_is_made_is_there_for_the_next_request(client: Client) -> None:
    made = await client.post("/api/datasets", json={"name": "Brand Handbook"})

    found = await client.get(made.headers["location"])

    assert made.status_code == 201
    assert found.status_code == 200
    assert found.json() == made.json()
    assert found.json()["slug"] == "brand-handbook"
    assert found.json()["documents"] == 0
    assert "T" in found.json()["created_at"]


async def test_a_dataset_is_found_by_slug_id_and_name(client: Client) -> None:
    made = (await client.post("/api/datasets", json={"name": "Ad Copy"})).json()

    for ref in (made["slug"], made["id"], "Ad%20Copy"):
        assert (await client.get(f"/api/datasets/{ref}")).json()["id"] == made["id"]


async def test_a_second_dataset_of_the_slug_is_refused(client: Client) -> None:
    await dataset(client, "Handbook")

    told = problem_of(await client.post("/api/datasets", json={"name": "handbook"}), 409)

    assert told["code"] == "dataset_exists"
    assert told["details"] == {"slug": "handbook"}


async def test_a_deleted_dataset_is_gone_with_its_documents(client: Client) -> None:
    slug = await dataset(client)
    await put_text(client, slug, "Quiet hours begin at nine.")

    assert (await client.delete(f"/api/datasets/{slug}")).status_code == 204

    problem_of(await client.get(f"/api/datasets/{slug}"), 404)
    problem_of(await client.get(f"/api/datasets/{slug}/documents"), 404)
    hits = (await client.get("/api/search", params={"q": "quiet hours"})).json()["hits"]
    assert hits == []


async def test_pages_follow_each_other_by_cursor(client: Client) -> None:
    for number in range(5):
        await dataset(client, f"Set {number}")
    slugs, cursor, pages = [], None, 0

    while cursor is not None or pages == 0:
        params = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await client.get("/api/datasets", params=params)).json()
        slugs += [item["slug"] for item in page["items"]]
        cursor, pages = page["next_cursor"], pages + 1

    assert slugs == [f"set-{number}" for number in range(5)]
    assert pages == 3


async def test_a_cursor_of_no_list_is_refused(client: Client) -> None:
    for cursor in ("nonsense!", "bnVsbA", "é"):
        told = problem_of(await client.get("/api/datasets", params={"cursor": cursor}), 422)
        assert told["details"]["field"] == "cursor"


async def test_a_document_is_told_with_its_passages(client: Client) -> None:
    slug = await dataset(client)
    text = "# Sending\n\n## Quiet hours\n\nNothing goes out after nine in the evening."
    made = await put_text(
        client, slug, text, mime_type="text/markdown", metadata={"team": "sms"}, title="SMS"
    )

    told = (await client.get(f"/api/documents/{made}")).json()

    assert told["title"] == "SMS"
    assert told["metadata"]["team"] == "sms"
    assert "Nothing goes out" in told["content"]
    last = told["chunks"][-1]
    assert last["metadata"]["heading_path"] == ["Sending", "Quiet hours"]
    start, end = last["metadata"]["start"], last["metadata"]["end"]
    assert "Nothing goes out after nine" in told["content"][start:end]


async def test_the_same_source_again_is_a_new_version(client: Client) -> None:
    slug = await dataset(client)
    address = {"source_uri": "https://example.com/rules"}
    first = await put_text(client, slug, "Send before nine.", **address)
    second = await put_text(client, slug, "Send before eight.", **address)
    again = await client.post(
        f"/api/datasets/{slug}/documents", json={"content": "Send before eight.", **address}
    )

    versions = (await client.get(f"/api/documents/{first}/versions")).json()

    assert second == first
    assert (again.status_code, again.json()["status"]) == (200, "unchanged")
    assert [(each["version"], each["content"]) for each in versions] == [(1, "Send before nine.")]


async def test_a_deleted_document_is_found_no_more(client: Client) -> None:
    slug = await dataset(client)
    made = await put_text(client, slug, "Opt-out words are stop and cancel.")

    assert (await client.delete(f"/api/documents/{made}")).status_code == 204

    problem_of(await client.get(f"/api/documents/{made}"), 404)
    problem_of(await client.delete(f"/api/documents/{made}"), 404)
    found = await client.post("/api/search", json={"query": "opt-out words", "dataset": slug})
    assert found.json()["hits"] == []


async def test_documents_are_listed_without_their_text(client: Client) -> None:
    slug = await dataset(client)
    made = [await put_text(client, slug, f"Text {n}") for n in range(3)]

    page = (await client.get(f"/api/datasets/{slug}/documents", params={"limit": 2})).json()
    rest = await client.get(
        f"/api/datasets/{slug}/documents", params={"cursor": page["next_cursor"]}
    )

    assert [item["id"] for item in page["items"] + rest.json()["items"]] == made
    assert "content" not in page["items"][0]


async def test_another_organization_finds_nothing_of_it(client: Client, stranger: Client) -> None:
    slug = await dataset(client, "Secret Plans")
    made = await put_text(client, slug, "The launch is in May.")

    for method, path in (
        ("GET", f"/api/datasets/{slug}"),
        ("DELETE", f"/api/datasets/{slug}"),
        ("GET", f"/api/datasets/{slug}/documents"),
        ("GET", f"/api/documents/{made}"),
        ("GET", f"/api/documents/{made}/versions"),
        ("DELETE", f"/api/documents/{made}"),
    ):
        problem_of(await stranger.request(method, path), 404)
    problem_of(await stranger.post("/api/search", json={"query": "May", "dataset": slug}), 404)
    body = {"content": "mine now"}
    problem_of(await stranger.post(f"/api/datasets/{slug}/documents", json=body), 404)
    found = await stranger.post("/api/search", json={"query": "when is the launch"})
    assert found.json()["hits"] == []
    assert (await client.get(f"/api/documents/{made}")).status_code == 200


async def test_a_missing_permission_is_named(account: Account) -> None:
    reader = await account.client(["people:read"])
    writer = await account.client(["data:import"])
    slug = await dataset(writer)

    refusals = (
        await reader.post("/api/datasets", json={"name": "X"}),
        await reader.post(f"/api/datasets/{slug}/documents", json={"content": "x"}),
        await writer.delete(f"/api/datasets/{slug}"),
    )

    needed = [problem_of(each, 403)["details"]["permission"] for each in refusals]
    assert needed == ["data:import", "data:import", "data:delete"]
    assert (await reader.get(f"/api/datasets/{slug}")).status_code == 200
