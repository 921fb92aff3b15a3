"""The embedder for OpenAI's protocol, against a real HTTP server on this machine."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from neonhub.embedding.errors import EmbeddingFailed, EmbeddingTooLarge, SpaceUnknown
from neonhub.embedding.openai_compatible import OpenAIEmbedder
from neonhub.embedding.pieces import BYTES_A_REQUEST, BYTES_A_TEXT
from neonhub.embedding.vectors import blank_vector
from tests.embedding.openai_server import Payload, Reply, Server, serving, vector_of

KEY = "sk-proj-verysecret0123456789"
SMALL = "text-embedding-3-small"
LARGE = "text-embedding-3-large"


@asynccontextmanager
async def talking_to(
    server: Server, model: str = SMALL, **options: Any
) -> AsyncIterator[OpenAIEmbedder]:
    async with serving(server):
        embedder = OpenAIEmbedder(model=model, api_key=KEY, base_url=server.url, **options)
        try:
            yield embedder
        finally:
            await embedder.aclose()


def unit(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    return vector / np.linalg.norm(vector)


@pytest.mark.parametrize("base64", [True, False], ids=["base64", "float"])
async def test_vectors_come_in_the_order_of_the_texts(base64: bool) -> None:
    server = Server()
    server.base64 = base64
    server.always = lambda _, answer: Reply(
        body=answer | {"data": random.Random(1).sample(answer["data"], len(answer["data"]))}
    )
    texts = [f"text {number}" for number in range(50)]
    async with talking_to(server) as embedder:
        found = await embedder.embed_documents(texts)
        query = await embedder.embed_query("text 7")
    assert found.shape == (50, 1536)
    assert found.dtype == np.float32
    expected = np.stack([unit(vector_of(text, 1536)) for text in texts])
    np.testing.assert_allclose(found, expected, atol=1e-6)
    np.testing.assert_allclose(query, expected[7], atol=1e-6)
    assert server.keys[0] == f"bearer {KEY}"


async def test_native_vectors_are_not_turned_and_the_space_says_so() -> None:
    async with talking_to(Server()) as embedder:
        assert embedder.space.name == "openai/text-embedding-3-small/1536"
        assert embedder.space.rotation is None


async def test_a_larger_model_is_asked_to_shorten() -> None:
    server = Server(3072)
    async with talking_to(server, LARGE) as embedder:
        found = await embedder.embed_query("hello")
        assert embedder.space.name == "openai/text-embedding-3-large/1536"
        assert embedder.space.metadata["shortened"] is True
    assert [request["dimensions"] for request in server.requests] == [1536]
    np.testing.assert_allclose(found, unit(vector_of("hello", 3072)[:1536]), atol=1e-6)


@pytest.mark.parametrize("refuses", [True, False], ids=["refuses", "ignores"])
async def test_a_larger_model_that_cannot_be_shortened_is_refused(refuses: bool) -> None:
    server = Server(4096)
    server.shortens = False

    def no_dimensions(request: Payload, answer: Payload) -> Reply:
        unknown = refuses and "dimensions" in request
        return (
            Reply(400, {"error": {"message": "no dimensions"}}) if unknown else Reply(body=answer)
        )

    server.always = no_dimensions
    async with talking_to(server, "huge") as embedder:
        with pytest.raises(EmbeddingTooLarge, match="4096 dimensions") as caught:
            await embedder.embed_documents(["a"])
    assert caught.value.details["limit"] == 1536


async def test_an_unknown_larger_model_that_shortens_is_taken() -> None:
    server = Server(4096)
    async with talking_to(server, "matryoshka") as embedder:
        space = await embedder.prepare()
        assert (space.name, space.metadata["shortened"]) == (
            "openai-compatible/matryoshka/1536",
            True,
        )
        await embedder.embed_query("a")
    assert server.requests[-1]["dimensions"] == 1536


async def test_a_smaller_model_is_padded_and_turned_and_keeps_its_cosines() -> None:
    texts = [f"text {number}" for number in range(20)]
    async with talking_to(Server(384), "small") as embedder:
        with pytest.raises(SpaceUnknown, match="prepare"):
            _ = embedder.space
        found = await embedder.embed_documents(texts)
        assert embedder.space.name == "openai-compatible/small/384"
        assert embedder.space.rotation is not None
    own = np.stack([unit(vector_of(text, 384)) for text in texts])
    np.testing.assert_allclose(found @ found.T, own @ own.T, atol=1e-5)
    # Turned: no coordinate is left to the padding.
    assert np.count_nonzero(np.abs(found).max(axis=0) < 1e-6) == 0


async def test_blank_texts_are_not_sent() -> None:
    server = Server()
    async with talking_to(server) as embedder:
        found = await embedder.embed_documents(["", "a", " \n\t\u00a0", "b"])
        nothing = await embedder.embed_documents(["", " "])
        assert (await embedder.embed_documents([])).shape == (0, 1536)
    assert [request["input"] for request in server.requests] == [["a", "b"]]
    np.testing.assert_array_equal(found[[0, 2]], np.tile(blank_vector(), (2, 1)))
    np.testing.assert_array_equal(nothing, found[[0, 2]])
    np.testing.assert_allclose(found[3], unit(vector_of("b", 1536)), atol=1e-6)


async def test_requests_stay_within_the_limits_and_run_side_by_side() -> None:
    server = Server()
    texts = ["x" * 7_000 + str(number) for number in range(300)]
    async with talking_to(server, concurrency=3) as embedder:
        found = await embedder.embed_documents(texts)
        assert embedder.tokens_used == 300
    sizes = [sum(map(len, request["input"])) for request in server.requests]
    assert max(sizes) <= BYTES_A_REQUEST
    assert server.most_open == 3
    np.testing.assert_allclose(found[299], unit(vector_of(texts[299], 1536)), atol=1e-6)


async def test_no_request_holds_more_than_2048_texts() -> None:
    server = Server(8)
    async with talking_to(server, "tiny") as embedder:
        assert (await embedder.embed_documents(["a"] * 5_000)).shape == (5_000, 1536)
    assert sorted(len(request["input"]) for request in server.requests[1:]) == [904, 2048, 2048]


async def test_a_server_with_a_lower_limit_is_found_out() -> None:
    server = Server(8)
    server.always = lambda request, answer: (
        Reply(422, {"error": {"message": "batch size > 32"}})
        if len(request["input"]) > 32
        else Reply(body=answer)
    )
    texts = [f"text {number}" for number in range(200)]
    async with talking_to(server, "tiny") as embedder:
        found = await embedder.embed_documents(texts)
        seen = len(server.requests)
        np.testing.assert_array_equal(await embedder.embed_documents(texts), found)
    assert all(len(request["input"]) <= 32 for request in server.requests[seen:])


async def test_a_long_text_is_embedded_in_pieces() -> None:
    server = Server()
    text = "wörter " * 3_000
    async with talking_to(server) as embedder:
        found = await embedder.embed_documents(["short", text])
        assert embedder.texts_cut == 1
    sent = server.requests[0]["input"]
    assert "".join(sent[1:]) == text
    assert all(len(piece.encode()) <= BYTES_A_TEXT for piece in sent)
    parts = [unit(vector_of(piece, 1536)) * len(piece) for piece in sent[1:]]
    np.testing.assert_allclose(found[1], unit(np.sum(parts, axis=0)), atol=1e-5)


async def test_retry_after_is_honoured() -> None:
    server = Server()
    server.script = [Reply(429, {"error": {"message": "slow down"}}, {"retry-after": "1"})]
    async with talking_to(server) as embedder:
        found = await embedder.embed_query("a")
    np.testing.assert_allclose(found, unit(vector_of("a", 1536)), atol=1e-6)
    assert server.times[1] - server.times[0] >= 1.0


async def test_what_may_pass_is_tried_again() -> None:
    server = Server()
    soon = {"retry-after-ms": "10"}
    server.script = [Reply(500, headers=soon), Reply(503, headers=soon), Reply(wait_s=30)]
    async with talking_to(server, timeout_s=0.3) as embedder:
        found = await embedder.embed_query("a")
    assert len(server.requests) == 4
    np.testing.assert_allclose(found, unit(vector_of("a", 1536)), atol=1e-6)


async def test_a_server_that_hangs_is_given_up() -> None:
    server = Server()
    server.always = Reply(wait_s=30)
    async with talking_to(server, timeout_s=0.2, max_retries=1) as embedder:
        with pytest.raises(EmbeddingFailed, match="did not answer in time") as caught:
            await asyncio.wait_for(embedder.embed_query("a"), 5)
    assert caught.value.retryable
    assert len(server.requests) == 2


async def test_closing_twice_is_allowed() -> None:
    embedder = OpenAIEmbedder(model=SMALL, api_key=KEY)
    await embedder.aclose()
    await embedder.aclose()


async def test_no_server_at_all() -> None:
    embedder = OpenAIEmbedder(
        model=SMALL, api_key=None, base_url="http://127.0.0.1:9/v1", max_retries=0
    )
    with pytest.raises(EmbeddingFailed, match="no connection") as caught:
        await embedder.embed_query("a")
    await embedder.aclose()
    assert caught.value.retryable


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_key_is_said_but_never_shown(
    status: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server = Server()
    server.always = Reply(status, {"error": {"message": f"Incorrect API key provided: {KEY}"}})
    async with talking_to(server) as embedder:
        with pytest.raises(EmbeddingFailed, match="key was refused") as caught:
            await embedder.embed_documents(["a"])
        shown = repr(embedder)
    assert len(server.requests) == 1
    assert caught.value.status == status
    assert not caught.value.retryable
    for text in (str(caught.value), str(caught.value.to_dict()), shown, caplog.text):
        assert KEY not in text


async def test_the_key_is_struck_from_what_a_server_says() -> None:
    server = Server()
    server.always = Reply(404, {"error": {"message": f"no model for {KEY} (Bearer abcdefghijk)"}})
    async with talking_to(server) as embedder:
        with pytest.raises(EmbeddingFailed, match=r"HTTP 404: no model for \*\*\*") as caught:
            await embedder.embed_query("a")
    assert "abcdefghijk" not in str(caught.value)


def _dropped(_: Payload, answer: Payload) -> Reply:
    return Reply(body=answer | {"data": answer["data"][1:]})


def _doubled(_: Payload, answer: Payload) -> Reply:
    return Reply(body=answer | {"data": [*answer["data"], answer["data"][0]]})


def _ragged(_: Payload, answer: Payload) -> Reply:
    answer["data"][0]["embedding"] = [1.0, 2.0]
    return Reply(body=answer)


def _zero(_: Payload, answer: Payload) -> Reply:
    answer["data"][1]["embedding"] = [0.0] * 1536
    return Reply(body=answer)


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (_dropped, "one vector for each input"),
        (_doubled, "one vector for each input"),
        (_ragged, "one vector for each input"),
        (_zero, "zero vector has no direction"),
        (Reply(body={"hello": "there"}), "holds no embeddings"),
        (Reply(body="<html>", headers={"content-type": "text/html"}), "holds no embeddings"),
    ],
    ids=["dropped", "doubled", "ragged", "zero", "other JSON", "HTML"],
)
async def test_a_wrong_answer_is_never_stored(reply: Any, reason: str) -> None:
    server = Server()
    server.always = reply
    async with talking_to(server) as embedder:
        with pytest.raises(EmbeddingFailed, match=reason):
            await embedder.embed_documents(["a", "b", "c"])


async def test_a_dimension_that_changes_is_refused() -> None:
    async with talking_to(Server(512), "m", dimension=384) as embedder:
        with pytest.raises(EmbeddingFailed, match="512 dimensions where the space has 384"):
            await embedder.embed_documents(["a"])


async def test_a_server_that_knows_no_base64_is_asked_for_numbers() -> None:
    server = Server()
    message = {"error": {"message": "unsupported encoding_format"}}
    server.script = [Reply(400, message)]
    server.base64 = False
    async with talking_to(server) as embedder:
        await embedder.embed_documents(["a"])
        await embedder.embed_documents(["b"])
    assert [request["encoding_format"] for request in server.requests] == [
        "base64",
        "float",
        "float",
    ]


async def test_one_text_that_is_refused_fails_the_call_with_the_servers_words() -> None:
    server = Server()
    server.always = lambda request, answer: (
        Reply(400, {"error": {"message": "input too long"}})
        if "bad" in request["input"]
        else Reply(body=answer)
    )
    async with talking_to(server) as embedder:
        with pytest.raises(EmbeddingFailed, match="HTTP 400: input too long"):
            await embedder.embed_documents(["a", "b", "bad", "c"])
