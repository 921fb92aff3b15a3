"""A brand's voice by similarity: what is embedded once, and what is found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from neonhub.db.errors import DuplicateKey, InvalidInput, NotFound, PermissionDenied
from neonhub.db.tenancy import Principal, PrincipalKind, Tenant
from neonhub.domains.brands.errors import GuideExists, VoiceInOtherSpace
from neonhub.embedding.wire import to_pgvector_binary
from neonhub.hub import NeonHub, WorkspaceUnit
from tests.domains.wire import watched
from tests.factories import brands
from tests.factories.base import Conn, made_id

VOICE = """# Tone

We write in plain words and short sentences. No exclamation marks, and never a pun about weather.
Say what the reader gains before you say what we made.

# Discounts

Name the price before and after, and the last day of the offer. A discount is told in money first
and in percent second, since readers work out neither in their heads.

# Support

When a customer complains, apologise once, say what happens next and by when, and keep that date.
"""


async def guide(ws: WorkspaceUnit, name: str = "Voice", content: str = VOICE) -> None:
    await ws.brands.add_guide(name, content)
    await ws.brands.embed_guide(name)


async def test_the_passage_that_fits_comes_first(hub: NeonHub, here: Tenant, there: Tenant) -> None:
    async with hub.workspace(there) as ws:
        await guide(ws, "Theirs", "# Discounts\n\nNever tell the price of a discount offer.\n")
    async with hub.workspace(here) as ws:
        await guide(ws)
        await guide(ws, "Other", "# Complaints\n\nSend every complaint to the legal team.\n")
    async with hub.workspace(here) as ws:
        hits = await ws.brands.search_voice("how to tell the price of a discount offer")
        narrow = await ws.brands.search_voice("a customer's complaint", guide="Other")
        few = await ws.brands.search_voice("words", limit=1)

    assert hits[0].guide == "Voice" and "Name the price" in hits[0].chunk
    assert {hit.guide for hit in hits} == {"Voice", "Other"}
    assert [hit.similarity for hit in hits] == sorted((h.similarity for h in hits), reverse=True)
    assert [hit.guide for hit in narrow] == ["Other"]
    assert len(few) == 1


async def test_it_is_one_round_trip(hub: NeonHub, here: Tenant) -> None:
    async with hub.workspace(here) as ws:
        await guide(ws)
    async with hub.workspace(here) as ws:
        for named in (None, "Voice"):
            async with watched(hub) as wire:
                assert await ws.brands.search_voice("discounts", guide=named)
            assert (wire.trips, wire.statements) == (1, 2)


async def test_what_has_not_changed_is_not_embedded_again(
    hub: NeonHub, here: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedder = await hub.embedders.default()
    asked: list[str] = []
    honest = embedder.embed_documents

    async def counted(texts: Sequence[str]) -> Any:
        asked.extend(texts)
        return await honest(texts)

    monkeypatch.setattr(embedder, "embed_documents", counted)
    said = "Say it plainly and once. " * 60
    sections = [f"## Rule {n}\n\n{said}Rule {n}.\n\n" for n in range(4)]
    async with hub.workspace(here) as ws:
        await ws.brands.add_guide("Voice", "# Our voice\n\n" + "".join(sections))
        first = await ws.brands.embed_guide("Voice")
    assert first.passages == first.embedded == len(asked) >= 4

    async with hub.workspace(here) as ws:
        again = await ws.brands.embed_guide("Voice")
    assert (again.passages, again.embedded) == (first.passages, 0)

    asked.clear()
    async with hub.workspace(here) as ws:
        # What was there moves down.
        sections.insert(0, f"## Quiet\n\nNever at night. {said}\n\n")
        await ws.brands.set_guide_content("Voice", "# Our voice\n\n" + "".join(sections))
        third = await ws.brands.embed_guide("Voice")
        (best, *_) = await ws.brands.search_voice("never at night", guide="Voice")
    assert third.embedded == len(asked) < third.passages
    assert "Never at night" in best.chunk

    async with hub.workspace(here) as ws:
        await ws.brands.set_guide_content("Voice", "  ")
        assert await ws.brands.embed_guide("Voice") == (0, 0)
        assert await ws.brands.search_voice("never at night", guide="Voice") == []


async def test_guides_that_are_gone_or_rest_are_left_out(
    hub: NeonHub, here: Tenant, admin: Conn
) -> None:
    async with hub.workspace(here) as ws:
        for name in ("Live", "Resting", "Gone"):
            await guide(ws, name)
    set_to = "UPDATE brand_voice_guides SET {} WHERE name = %s AND workspace_id = %s"
    admin.execute(set_to.format("active = false").encode(), ["Resting", here.workspace_id])
    admin.execute(set_to.format("deleted_at = now()").encode(), ["Gone", here.workspace_id])
    async with hub.workspace(here) as ws:
        assert {hit.guide for hit in await ws.brands.search_voice("tone", limit=50)} == {"Live"}
        assert await ws.brands.search_voice("tone", guide="Resting")
        with pytest.raises(NotFound, match="voice guide 'Gone'"):
            await ws.brands.search_voice("tone", guide="Gone")


async def test_two_spaces_are_never_compared(hub: NeonHub, here: Tenant, admin: Conn) -> None:
    space = brands.EMBEDDING_SPACE.insert(admin, workspace_id=here.workspace_id, name="a/b/1536")
    there = brands.BRAND_VOICE_GUIDE.insert(admin, workspace_id=here.workspace_id, name="Old")
    vector = np.random.default_rng(1).standard_normal((1, 1536)).astype(np.float32)
    brands.BRAND_VOICE_EMBEDDING.insert(
        admin,
        **{"workspace_id": here.workspace_id, "guide_id": there["id"]},
        **{"embedding_space_id": space["id"], "embedding": str(vector[0].tolist())},
    )
    async with hub.workspace(here) as ws:
        with pytest.raises(VoiceInOtherSpace, match="a/b/1536"):
            await ws.brands.search_voice("anything")
        (hit,) = await ws.brands.search_voice(vector[0], space="a/b/1536", guide="Old")
        assert hit.similarity == pytest.approx(1.0, abs=1e-6)
        # In ours there is something now, and the other one's passages are not among it.
        await guide(ws)
        assert {each.guide for each in await ws.brands.search_voice("tone")} == {"Voice"}
        assert (await ws.brands.embed_guide("Old")).embedded == 1


async def test_the_nearest_by_bits_are_the_nearest(hub: NeonHub, here: Tenant, admin: Conn) -> None:
    """Against the exact scan, on 2,000 passages in clusters, as texts lie."""
    random = np.random.default_rng(7)
    centres = random.standard_normal((40, 1536))
    vectors = np.repeat(centres, 50, axis=0) + 0.8 * random.standard_normal((2000, 1536))
    space = brands.EMBEDDING_SPACE.insert(admin, workspace_id=here.workspace_id, name="x/y/1536")
    held = brands.BRAND_VOICE_GUIDE.insert(admin, workspace_id=here.workspace_id, name="Long")
    columns = "workspace_id, id, guide_id, embedding_space_id, idx, chunk, content_hash, embedding"
    with admin.cursor().copy(
        f"COPY brand_voice_embeddings ({columns}) FROM STDIN (FORMAT binary)".encode()
    ) as copy:
        copy.set_types([*["text"] * 4, "int4", "text", "text", "bytea"])
        for n, wire in enumerate(to_pgvector_binary(vectors)):
            key = (here.workspace_id, made_id(f"{here.workspace_id} {n}"), held["id"], space["id"])
            copy.write_row((*key, n, f"passage {n}", f"{n}", wire))

    found, wanted = 0, 0
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    async with hub.workspace(here) as ws:
        for question in centres[::4] + 0.8 * random.standard_normal((10, 1536)):
            asked = question.astype(np.float32)
            hits = await ws.brands.search_voice(asked, space="x/y/1536", guide="Long", limit=10)
            exact = np.argsort(-(unit @ question))[:10]
            assert len(hits) == 10
            found += len({hit.idx for hit in hits} & set(exact.tolist()))
            wanted += 10
    assert found / wanted >= 0.99


async def test_what_cannot_be_done_is_said(hub: NeonHub, here: Tenant) -> None:
    async with hub.workspace(here) as ws:
        assert await ws.brands.search_voice("anything") == []
        assert await ws.brands.find_guide("Voice") is None
        for wrong in (ws.brands.get_guide("Voice"), ws.brands.embed_guide("Voice")):
            with pytest.raises(NotFound, match="voice guide 'Voice'"):
                await wrong
        await guide(ws)
        with pytest.raises(GuideExists, match="'Voice' exists") as caught:
            await ws.brands.add_guide("Voice", "x")
        assert isinstance(caught.value, DuplicateKey)
        assert caught.value.columns == ("name",)
        assert (await ws.brands.get_guide("Voice")).content == VOICE
        for query, options in (("", {}), ("x", {"limit": 51}), ("x", {"space": "a/b/3"})):
            with pytest.raises(InvalidInput):
                await ws.brands.search_voice(query, **options)
    guest = Principal(PrincipalKind.USER, "u", permissions=frozenset())
    async with hub.workspace(here, guest) as ws:
        assert await ws.brands.search_voice("tone")
        with pytest.raises(PermissionDenied, match="content:create"):
            await ws.brands.add_guide("Mine", "x")
