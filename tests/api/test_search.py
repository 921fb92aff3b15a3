"""Search over HTTP."""

from __future__ import annotations

import html

import pytest

from tests.api.accounts import Client, dataset, problem_of, put_text

RULES = """# Sending

## Quiet hours

Text messages pause between nine in the evening and eight in the morning.

## Colours

The brand's <b>purple</b> & white stay as they are.
"""


@pytest.fixture
async def handbook(client: Client) -> str:
    slug = await dataset(client)
    for title, text, team in (
        ("Rules", RULES, "sms"),
        ("Invoices", "Invoices are sent on the first day of a month.", "billing"),
        ("Support", "Support answers letters within two days.", "support"),
    ):
        await put_text(
            client,
            slug,
            text,
            title=title,
            mime_type="text/markdown",
            source_uri=f"https://example.com/{title}",
            metadata={"team": team},
        )
    return slug


async def test_the_passage_that_answers_comes_first(client: Client, handbook: str) -> None:
    question = {"query": "when do text messages pause", "dataset": handbook, "limit": 2}

    told = (await client.post("/api/search", json=question)).json()

    best = told["hits"][0]
    assert best["title"] == "Rules"
    assert best["source"] == "https://example.com/Rules"
    assert best["heading_path"][0] == "Sending"
    assert (best["vector_rank"], best["text_rank"]) == (1, 1)
    assert best["score"] >= told["hits"][-1]["score"]
    assert {best["passage"][a:b].lower() for a, b in best["marks"]} >= {"text", "messages"}
    assert "<mark>messages</mark>" in best["highlighted"]
    assert len(told["hits"]) <= 2


async def test_an_answer_says_which_embedder_gave_it(client: Client, handbook: str) -> None:
    told = (await client.get("/api/search", params={"q": "invoices"})).json()

    described = (await client.get(f"/api/datasets/{handbook}")).json()
    assert [space["name"] for space in told["spaces"]] == [described["space_name"]]
    assert told["spaces"][0]["provider"] == "lexical"


async def test_highlighted_text_is_safe_in_a_page(client: Client, handbook: str) -> None:
    told = (await client.get("/api/search", params={"q": "purple colours"})).json()

    best = told["hits"][0]
    assert "<b>" not in best["highlighted"]
    assert "<mark>purple</mark>" in best["highlighted"]
    plain = best["highlighted"].replace("<mark>", "").replace("</mark>", "")
    assert html.unescape(plain) == best["passage"]


async def test_a_filter_leaves_other_documents_out(client: Client, handbook: str) -> None:
    body = {"query": "days", "dataset": handbook, "filter": {"team": "support"}}

    posted = (await client.post("/api/search", json=body)).json()
    asked = await client.get(
        "/api/search", params={"q": "days", "dataset": handbook, "filter": '{"team": "support"}'}
    )

    assert {hit["metadata"]["team"] for hit in posted["hits"]} == {"support"}
    assert asked.json() == posted


@pytest.mark.parametrize("filter_", ["[1]", "{", '{"a": "\\u0000"}'])
async def test_a_filter_that_is_no_object_is_refused(client: Client, filter_: str) -> None:
    told = problem_of(await client.get("/api/search", params={"q": "x", "filter": filter_}), 422)

    assert told["details"]["field"] == "filter"


async def test_an_empty_workspace_answers_with_nothing(client: Client) -> None:
    told = (await client.post("/api/search", json={"query": "anything"})).json()

    assert told == {"query": "anything", "spaces": [], "hits": []}


async def test_a_blank_question_is_refused(client: Client) -> None:
    assert problem_of(await client.post("/api/search", json={"query": "  "}), 422)
    assert problem_of(await client.get("/api/search"), 422)["errors"][0]["name"] == "q"
