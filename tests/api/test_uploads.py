"""Files over HTTP: what is good goes in, what is not is reported."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.api.accounts import Account, Client, dataset, problem_of

GUIDE = b"# Guide\n\nQuiet hours begin at nine in the evening.\n"


async def test_an_uploaded_file_is_found(client: Client) -> None:
    slug = await dataset(client)

    sent = await client.post(
        f"/api/datasets/{slug}/uploads",
        files=[("files", ("guide.md", GUIDE, "text/markdown"))],
        data={"metadata": '{"team": "sms"}'},
    )
    found = await client.post("/api/search", json={"query": "quiet hours", "dataset": slug})

    report = sent.json()
    assert sent.status_code == 200
    assert (report["stored"], report["unchanged"], report["failed"]) == (1, 0, 0)
    hit = found.json()["hits"][0]
    assert hit["document_id"] == report["items"][0]["document_id"]
    assert hit["source"] == "upload:guide.md"
    assert hit["metadata"]["team"] == "sms"


async def test_a_bad_file_is_reported_and_the_good_go_in(client: Client) -> None:
    slug = await dataset(client)

    sent = await client.post(
        f"/api/datasets/{slug}/uploads",
        files=[
            ("files", ("empty.txt", b"", "text/plain")),
            ("files", ("guide.md", GUIDE, "text/markdown")),
            ("files", ("broken.pdf", b"%PDF-1.7 not really", "application/pdf")),
            ("files", ("tool.exe", b"MZ\x00\x01", "application/octet-stream")),
            ("files", ("guide.md", b"# Another", "text/markdown")),
        ],
    )

    report = sent.json()
    ways = [(item["name"], item["status"]) for item in report["items"]]
    codes = [item["error"] and item["error"]["code"] for item in report["items"]]
    assert ways == [
        ("empty.txt", "error"),
        ("guide.md", "stored"),
        ("broken.pdf", "error"),
        ("tool.exe", "error"),
        ("guide.md", "error"),
    ]
    assert codes == ["empty_file", None, "broken_file", "unsupported_type", "invalid_input"]
    assert all(item["error"]["detail"] for item in report["items"] if item["error"])
    listed = (await client.get(f"/api/datasets/{slug}/documents")).json()["items"]
    assert [item["title"] for item in listed] == ["Guide"]


async def test_the_same_file_again_changes_nothing(client: Client) -> None:
    slug = await dataset(client)

    async def send(content: bytes) -> dict[str, object]:
        sent = await client.post(
            f"/api/datasets/{slug}/uploads", files=[("files", ("guide.md", content))]
        )
        item: dict[str, object] = sent.json()["items"][0]
        return item

    first, again, changed = [await send(each) for each in (GUIDE, GUIDE, GUIDE + b"\nMore.\n")]

    assert [each["status"] for each in (first, again, changed)] == ["stored", "unchanged", "stored"]
    assert first["document_id"] == again["document_id"] == changed["document_id"]


async def test_many_who_send_the_same_file_make_one_document(client: Client) -> None:
    slug = await dataset(client)

    async def send() -> dict[str, object]:
        sent = await client.post(
            f"/api/datasets/{slug}/uploads", files=[("files", ("guide.md", GUIDE))]
        )
        assert sent.status_code == 200, sent.text
        item: dict[str, object] = sent.json()["items"][0]
        return item

    sent = await asyncio.gather(*(send() for _ in range(8)))

    assert sorted({str(each["status"]) for each in sent}) == ["stored", "unchanged"]
    assert len({each["document_id"] for each in sent}) == 1
    assert (await client.get(f"/api/datasets/{slug}")).json()["documents"] == 1


async def test_sources_are_given_for_each_file_or_none(client: Client) -> None:
    slug = await dataset(client)
    two = [("files", ("a.md", b"# A")), ("files", ("b.md", b"# B"))]
    path = f"/api/datasets/{slug}/uploads"

    given = await client.post(path, files=two, data={"source_uri": ["x:1", "x:2"]})
    told = problem_of(await client.post(path, files=two, data={"source_uri": ["x:1"]}), 422)

    assert [item["source_uri"] for item in given.json()["items"]] == ["x:1", "x:2"]
    assert told["details"]["field"] == "source_uri"


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"files": {"files": ("a.md", b"# A")}, "data": {"metadata": "[]"}}, "metadata"),
        ({"files": {"other": ("a.md", b"# A")}}, "files"),
        ({"json": {}}, "Content-Type"),
    ],
)
async def test_a_form_that_is_not_as_it_must_be_is_refused(
    client: Client, form: dict[str, object], field: str
) -> None:
    slug = await dataset(client)

    told = problem_of(await client.post(f"/api/datasets/{slug}/uploads", **form), 422)  # type: ignore[arg-type]

    assert told["details"]["field"] == field


async def test_a_broken_multipart_body_is_refused(client: Client) -> None:
    slug = await dataset(client)

    answer = await client.post(
        f"/api/datasets/{slug}/uploads",
        content=b"--x\r\nnothing",
        headers={"content-type": "multipart/form-data"},
    )

    problem_of(answer, 400)


async def test_too_much_is_refused_before_it_is_read(client: Client) -> None:
    slug = await dataset(client)
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\n'
        while sent < 64:
            sent += 1
            yield b"a" * 2**18

    headers = {"content-type": "multipart/form-data; boundary=x"}
    path = f"/api/datasets/{slug}/uploads"
    streamed = await client.post(path, content=endless(), headers=headers)
    announced = await client.post(
        path, content=endless(), headers={**headers, "content-length": "900000000"}
    )

    problem_of(streamed, 413)
    problem_of(announced, 413)
    assert sent < 16  # of 64: the limit is 1 MB of files and 1 MB of form
    assert (await client.get(f"/api/datasets/{slug}")).json()["documents"] == 0


async def test_a_file_above_the_limit_is_reported_beside_the_others(client: Client) -> None:
    slug = await dataset(client)

    sent = await client.post(
        f"/api/datasets/{slug}/uploads",
        files=[
            ("files", ("big.txt", b"word " * 220_000)),
            ("files", ("guide.md", GUIDE)),
        ],
    )

    codes = [item["error"] and item["error"]["code"] for item in sent.json()["items"]]
    assert codes == ["too_large", None]


async def test_an_upload_needs_its_permission_before_its_body(account: Account) -> None:
    slug = await dataset(await account.client())
    reader = await account.client(["people:read"])

    refused = await reader.post(
        f"/api/datasets/{slug}/uploads", files=[("files", ("guide.md", GUIDE))]
    )

    assert problem_of(refused, 403)["details"]["permission"] == "data:import"
