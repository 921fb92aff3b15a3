"""Which embedder the settings and a recorded space lead to."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from typing import Literal

import pytest
from pydantic import SecretStr

from neonhub.embedding.base import SpaceSpec
from neonhub.embedding.errors import EmbedderUnavailable, SpaceUnavailable
from neonhub.embedding.registry import embedder_for_space, embedder_from_settings
from neonhub.embedding.rotation import ROTATION
from neonhub.settings import Settings

needs_no_extra = pytest.mark.skipif(
    find_spec("sentence_transformers") is not None, reason="the extra [local] is installed"
)


Choice = Literal["auto", "lexical", "openai", "local"]


def settings(
    embedder: Choice, *, key: str | None = None, url: str | None = None, model: str = "m"
) -> Settings:
    return Settings.model_construct(
        embedder=embedder,
        openai_api_key=None if key is None else SecretStr(key),
        openai_base_url=url,
        openai_embedding_model=model,
        openai_timeout_s=60.0,
        local_model="all-MiniLM-L6-v2",
    )


OFFLINE = settings("auto")


def test_auto_is_lexical_until_openai_is_set_up() -> None:
    assert embedder_from_settings(OFFLINE).space.provider == "lexical"
    with_key = settings("auto", key="sk-x", model="text-embedding-3-small")
    assert embedder_from_settings(with_key).space.name == "openai/text-embedding-3-small/1536"


def test_lexical_is_taken_though_there_is_a_key() -> None:
    assert embedder_from_settings(settings("lexical", key="sk-x")).space.provider == "lexical"


def test_openai_without_key_or_server_says_what_to_set() -> None:
    with pytest.raises(EmbedderUnavailable, match="OPENAI_API_KEY"):
        embedder_from_settings(settings("openai"))


@needs_no_extra
def test_local_without_its_extra_says_how_to_install_it() -> None:
    with pytest.raises(EmbedderUnavailable, match=r"pip install 'neonhub\[local\]'"):
        embedder_from_settings(settings("local"))


def test_a_space_finds_its_embedder_whatever_is_set_now() -> None:
    lexical = embedder_from_settings(OFFLINE).space
    found = embedder_for_space(lexical, settings("openai", key="sk-x"))
    assert found.space == lexical
    large = SpaceSpec("openai", "text-embedding-3-large", 1536, {"rotation": None})
    assert embedder_for_space(large, settings("lexical", key="sk-x")).space == large


def test_a_compatible_servers_space_needs_no_question() -> None:
    recorded = SpaceSpec("openai-compatible", "nomic", 768, {"rotation": dict(ROTATION)})
    found = embedder_for_space(recorded, settings("auto", url="http://127.0.0.1:9/v1"))
    assert found.space == recorded


@pytest.mark.parametrize(
    ("space", "reason"),
    [
        (SpaceSpec("openai", "text-embedding-3-small", 1536, {}), "OPENAI_API_KEY"),
        (SpaceSpec("lexical", "hash-v0", 1536, {"rotation": ROTATION}), "embed the texts anew"),
        (SpaceSpec("lexical", "hash-v1", 1536, {}), "embed the texts anew"),
        (SpaceSpec("lexical", "hash-v1", 1536, {"rotation": {"version": 9}}), "turned by"),
        (SpaceSpec("cohere", "embed-v4", 1024, {}), "no provider 'cohere'"),
        pytest.param(
            SpaceSpec("local", "all-MiniLM-L6-v2", 384, {"rotation": ROTATION}),
            "pip install",
            marks=needs_no_extra,
        ),
    ],
)
def test_a_space_that_cannot_be_made_here_says_why(space: SpaceSpec, reason: str) -> None:
    with pytest.raises(SpaceUnavailable, match=reason) as caught:
        embedder_for_space(space, OFFLINE)
    assert space.name in str(caught.value)


def test_no_heavy_library_is_imported_before_it_is_used() -> None:
    code = (
        "import sys, neonhub.embedding.base, neonhub.embedding.errors\n"
        "assert not {'numpy', 'openai', 'torch'} & set(sys.modules)\n"
        "import neonhub.embedding.lexical, neonhub.embedding.registry\n"
        "assert not {'openai', 'torch', 'sentence_transformers'} & set(sys.modules)"
    )
    code = f"import sys; sys.path[:] = {sys.path!r}\n{code}"
    subprocess.run([sys.executable, "-c", code], check=True)
