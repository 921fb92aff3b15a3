"""The local model, where its extra is installed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from neonhub.embedding.errors import EmbedderUnavailable
from neonhub.embedding.local import LocalEmbedder, local_is_installed
from neonhub.embedding.vectors import blank_vector

pytestmark = [
    pytest.mark.skipif(not local_is_installed(), reason="the extra [local] is not installed"),
    # PyTorch and its companions warn of their own affairs while they are imported.
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def embedder() -> AsyncIterator[LocalEmbedder]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_OFFLINE", "1")
        embedder = LocalEmbedder()
        await embedder.prepare()
        yield embedder
        await embedder.aclose()


async def test_meaning_is_near_where_no_word_is_shared(embedder: LocalEmbedder) -> None:
    near, far = await embedder.embed_documents(
        ["The physician examined a feverish child.", "Interest rates rose again in spring."]
    )
    query = await embedder.embed_query("doctor sees sick kid")
    assert query @ near > query @ far + 0.2


async def test_vectors_are_ready_to_store(embedder: LocalEmbedder) -> None:
    found = await embedder.embed_documents(["", "a 🎉", "word " * 5_000, " "])
    assert found.shape == (4, 1536)
    assert found.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1.0, atol=1e-5)
    np.testing.assert_array_equal(found[[0, 3]], np.tile(blank_vector(), (2, 1)))
    assert np.count_nonzero(found[1]) > 1500
    assert embedder.space.name == "local/all-MiniLM-L6-v2/384"
    assert embedder.space.rotation is not None


async def test_the_space_is_known_before_the_model_is_loaded() -> None:
    fresh = LocalEmbedder()
    assert fresh.space.dimension == 384
    await fresh.aclose()


async def test_a_folder_that_holds_no_model_is_refused(tmp_path: Path) -> None:
    broken = LocalEmbedder(str(tmp_path))
    with pytest.raises(EmbedderUnavailable, match="cannot be loaded"):
        await broken.prepare()
    await broken.aclose()
