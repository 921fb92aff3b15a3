"""Failures are problems (RFC 9457), whatever fails, and tell nothing that they should not."""

from __future__ import annotations

import logging
from typing import Any

import httpx
import psycopg
import pytest
from fastapi import FastAPI

from neonhub.api.app import create_app
from neonhub.hub import NeonHub
from neonhub.ops.bootstrap import Ready
from tests.api.accounts import Client, dataset, problem_of, put_text
from tests.databases import Database

_REFUSE_AT_COMMIT = """
CREATE FUNCTION refuse_at_commit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE check_violation USING CONSTRAINT = 'made_by_a_test', TABLE = 'datasets';
END $$;
CREATE CONSTRAINT TRIGGER refuse_at_commit AFTER INSERT ON datasets
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (new.slug = 'fails-late')
    EXECUTE FUNCTION refuse_at_commit();
"""


async def test_a_commit_that_fails_is_what_the_client_is_told(
    client: Client, api_database: Database
) -> None:
    with api_database.admin() as conn:
        conn.execute(_REFUSE_AT_COMMIT)

    told = problem_of(await client.post("/api/datasets", json={"name": "Fails late"}), 422)

    assert told["code"] == "check_violation"
    problem_of(await client.get("/api/datasets/fails-late"), 404)
    assert await dataset(client, "Goes well")


async def test_what_a_response_tells_is_committed_before_it_is_sent(
    client: Client, app: FastAPI, api_database: Database
) -> None:
    seen: list[Any] = []

    async def watching(scope: Any, receive: Any, send: Any) -> None:
        async def look_first(message: Any) -> None:
            if message["type"] == "http.response.start":
                with psycopg.connect(api_database.admin_dsn) as conn:
                    query = "SELECT count(*) FROM datasets WHERE slug = 'seen-early'"
                    seen.append(conn.execute(query).fetchone())
            await send(message)

        await app(scope, receive, look_first)

    transport = httpx.ASGITransport(watching)
    async with Client(
        transport=transport, base_url="http://api", headers=client.headers
    ) as observed:
        made = await observed.post("/api/datasets", json={"name": "Seen early"})

    assert made.status_code == 201
    assert seen == [(1,)]


async def test_each_refused_value_is_pointed_at(client: Client) -> None:
    body = {"name": "", "kind": "novel", "description": 7, "more/~": 1}

    told = problem_of(await client.post("/api/datasets", json=body), 422)

    assert told["code"] == "invalid_request"
    assert {each["pointer"] for each in told["errors"]} == {
        "#/name",
        "#/kind",
        "#/description",
        "#/more~1~0",
    }
    assert all(each["detail"] for each in told["errors"])


@pytest.mark.parametrize("limit", ["0", "201", "-1", "9" * 30, "x", "1.5"])
async def test_a_limit_out_of_bounds_is_named(client: Client, limit: str) -> None:
    told = problem_of(await client.get("/api/datasets", params={"limit": limit}), 422)

    assert [(each["in"], each["name"]) for each in told["errors"]] == [("query", "limit")]


@pytest.mark.parametrize("body", [b"{", b'{"name": }', b"\xff", b"[" * 100_000])
async def test_a_body_that_is_no_json_is_refused(client: Client, body: bytes) -> None:
    headers = {"content-type": "application/json"}

    problem_of(await client.post("/api/datasets", content=body, headers=headers), 400)


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b'"name"', b"{}", b"NaN"])
async def test_a_body_of_another_shape_is_refused(client: Client, body: bytes) -> None:
    headers = {"content-type": "application/json"}

    problem_of(await client.post("/api/datasets", content=body, headers=headers), 422)


@pytest.mark.parametrize("bad", ["a\\u0000b", "\\ud800"])
async def test_text_that_no_database_holds_is_refused_everywhere(client: Client, bad: str) -> None:
    documents = f"/api/datasets/{await dataset(client)}/documents"

    for path, body in (
        ("/api/datasets", '{"name": "BAD"}'),
        (documents, '{"content": "BAD"}'),
        (documents, '{"content": "x", "metadata": {"a": [{"b": "BAD"}]}}'),
        (documents, '{"content": "x", "metadata": {"BAD": 1}}'),
        ("/api/search", '{"query": "BAD"}'),
        ("/api/search", '{"query": "x", "filter": {"a": "BAD"}}'),
        ("/api/conversations", '{"title": "BAD"}'),
        ("/api/conversations", '{"agent_id": "BAD"}'),
    ):
        headers = {"content-type": "application/json"}
        sent = await client.post(path, content=body.replace("BAD", bad), headers=headers)
        problem_of(sent, 422)


async def test_paths_and_headers_of_any_bytes_are_answered(client: Client) -> None:
    for path in ("/api/datasets/a%00b", "/api/documents/a%00b", "/api/search?q=a%00b"):
        problem_of(await client.get(path), 422)
    problem_of(await client.get("/api/datasets/%ff%fe"), 404)
    problem_of(await client.get("/api/datasets", headers={b"X-Workspace": b"a\xffb"}), 404)


async def test_an_unknown_path_and_method_are_problems(client: Client) -> None:
    missing = problem_of(await client.get("/api/nothing"), 404)
    answer = await client.put("/api/datasets")

    assert missing["code"] == "not_found"
    problem_of(answer, 405)
    assert set(answer.headers["allow"].split(", ")) >= {"GET"}


async def test_a_large_json_body_is_refused(client: Client) -> None:
    body = b'{"name": "' + b"a" * (11 * 2**20) + b'"}'

    answer = await client.post(
        "/api/datasets", content=body, headers={"content-type": "application/json"}
    )

    problem_of(answer, 413)


async def test_a_fault_of_the_program_says_nothing_of_itself(
    hub: NeonHub, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(hub)

    @app.get("/api/fault")
    async def fault() -> None:
        raise RuntimeError("postgresql://neonhub_app:hunter2@db.internal/neonhub")

    async with Client(transport=httpx.ASGITransport(app), base_url="http://api") as client:
        with caplog.at_level(logging.ERROR, logger="neonhub.api"):
            answer = await client.get("/api/fault", headers={"X-Request-ID": "abc-1"})

    told = problem_of(answer, 500)
    assert told["instance"] == "urn:request:abc-1"
    assert "hunter2" not in answer.text
    assert "RuntimeError" not in answer.text
    assert "abc-1" in caplog.text
    assert "RuntimeError" in caplog.text


async def test_a_database_that_is_away_is_a_503_without_its_address(
    hub: NeonHub,
) -> None:
    dsn = "postgresql://neonhub_app:hunter2@/neonhub?host=/nowhere/at/all&port=54321"
    async with NeonHub(hub.settings, ready=Ready(dsn, dsn, dsn)) as away:
        transport = httpx.ASGITransport(create_app(away))
        headers = {"Authorization": "Bearer neon_" + "a" * 43}
        async with Client(transport=transport, base_url="http://api", headers=headers) as client:
            refused = await client.get("/api/datasets")
            alive = await client.get("/api/health")
            ready = await client.get("/api/readyz")

    assert alive.status_code == 200
    assert problem_of(refused, 503)["code"] == "connection_failed"
    assert refused.headers["retry-after"]
    checks = problem_of(ready, 503)["checks"]
    assert checks["database"] == {"ok": False, "reason": "it cannot be reached"}
    for answer in (refused, ready):
        assert "nowhere" not in answer.text
        assert "hunter2" not in answer.text


async def test_the_log_has_a_line_and_no_secret(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="neonhub.api.access"):
        answer = await client.get("/api/search?q=my-secret-question")
        await client.get("/api/datasets/a%0Ab", headers={"X-Request-ID": "not\tplain"})

    lines = [each.getMessage() for each in caplog.records if each.name.endswith("access")]
    assert len(lines) == 2
    assert lines[0].startswith("GET /api/search 200 ")
    assert answer.headers["x-request-id"] in lines[0]
    assert "my-secret-question" not in caplog.text
    assert client.headers["authorization"].removeprefix("Bearer ") not in caplog.text
    assert "\n" not in lines[1]
    assert "plain" not in lines[1]


async def test_the_reference_offers_to_authorize(client: Client) -> None:
    described = (await client.get("/openapi.json")).json()

    schemes = described["components"]["securitySchemes"]
    assert {
        (each["type"], each.get("scheme") or each.get("name")) for each in schemes.values()
    } == {
        ("http", "bearer"),
        ("apiKey", "X-API-Key"),
    }
    assert described["paths"]["/api/datasets"]["get"]["security"]
    assert "security" not in described["paths"]["/api/health"]["get"]
    upload = described["paths"]["/api/datasets/{dataset}/uploads"]["post"]
    assert "multipart/form-data" in upload["requestBody"]["content"]
    assert (await client.get("/docs")).status_code == 200


async def test_a_document_keeps_its_text_to_the_letter(client: Client) -> None:
    slug = await dataset(client)
    text = "Größe: 5 — 日本語 😀 <b> & \\u0000 as six letters"

    made = await put_text(client, slug, text, metadata={"note": "\\u0000", "n": 2**60})

    told = (await client.get(f"/api/documents/{made}")).json()
    assert told["content"] == text
    assert told["metadata"]["note"] == "\\u0000"
    assert told["metadata"]["n"] == 2**60
