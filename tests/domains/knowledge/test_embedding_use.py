"""Which embedder is asked, and for how much at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from neonhub.db.tenancy import Tenant
from neonhub.domains.knowledge.preparation import Prepared, PreparedChunk
from neonhub.domains.knowledge.writing import EMBEDDED_AT_ONCE, embed_missing
from neonhub.embedding.base import Embedder
from neonhub.embedding.errors import EmbedderUnavailable
from neonhub.embedding.lexical import LexicalEmbedder
from neonhub.embedding.wire import to_pgvector_binary
from neonhub.hub import Embedders, NeonHub
from neonhub.settings import load_settings


class Counting(LexicalEmbedder):
    """The offline embedder, and how many texts it was given at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[int] = []

    async def embed_documents(self, texts: Sequence[str]) -> Any:
        self.asked.append(len(texts))
        return await super().embed_documents(texts)


async def test_a_large_document_is_embedded_in_parts() -> None:
    texts = [f"Rule {n} allows {n * 7} letters." for n in range(2 * EMBEDDED_AT_ONCE + 5)]
    chunks = [PreparedChunk(text, f"hash {text}", 5, {}) for text in texts]
    batch = [Prepared("/large.md", "Large", "", "", "text/markdown", {}, [*chunks, chunks[0]])]
    embedder = Counting()
    known = {chunks[1].content_hash: b"known"}

    made = await embed_missing(embedder, batch, known)

    assert made == len(texts) - 1
    assert embedder.asked == [EMBEDDED_AT_ONCE, EMBEDDED_AT_ONCE, 4]
    assert set(known) == {each.content_hash for each in chunks}
    assert known[chunks[1].content_hash] == b"known"
    for at in (0, EMBEDDED_AT_ONCE, EMBEDDED_AT_ONCE + 1, len(texts) - 1):
        (alone,) = to_pgvector_binary(await embedder.embed_documents([texts[at]]))
        assert known[chunks[at].content_hash] == alone


@pytest.mark.parametrize("default_first", [True, False])
async def test_one_embedder_serves_the_default_space(default_first: bool) -> None:
    embedders = Embedders(load_settings(embedder="lexical"))
    space = await LexicalEmbedder().prepare()

    if default_first:
        default, of_space = await embedders.default(), await embedders.for_space(space)
    else:
        of_space, default = await embedders.for_space(space), await embedders.default()

    assert default is of_space
    assert (await default.embed_query("quiet hours")).shape == (1536,)
    await embedders.aclose()


class WithoutDefault(Embedders):
    """Embedders as they are where the settings name one that is not installed."""

    async def default(self) -> Embedder:
        raise EmbedderUnavailable(embedder="local", reason="it is not installed")


async def test_a_filled_dataset_does_not_need_the_default_embedder(
    hub: NeonHub, here: Tenant, tmp_path: Path
) -> None:
    (tmp_path / "one.md").write_text("# One\n\nThe first of the rules.\n")
    async with hub.workspace(here) as ws:
        await ws.knowledge.ingest(tmp_path, dataset="handbook")
    (tmp_path / "two.md").write_text("# Two\n\nThe second of the rules.\n")

    hub._embedders = WithoutDefault(hub.settings)
    async with hub.workspace(here) as ws:
        report = await ws.knowledge.ingest(tmp_path, dataset="handbook")
        hits = await ws.knowledge.search("second rule", dataset="handbook")
        with pytest.raises(EmbedderUnavailable):  # a new dataset does need it
            await ws.knowledge.ingest(tmp_path, dataset="another")

    assert (report.added, report.unchanged, hits[0].title) == (1, 1, "Two")
