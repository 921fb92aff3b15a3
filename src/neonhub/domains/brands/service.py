"""Use-cases of the brands domain: guides to a brand's voice, and the passages that fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from neonhub.db.errors import InvalidInput
from neonhub.db.ids import cuid
from neonhub.domains.brands import queries as q
from neonhub.domains.brands import search_queries as sq
from neonhub.domains.brands.errors import GuideExists, VoiceInOtherSpace
from neonhub.domains.brands.search_queries import VoiceHit
from neonhub.domains.brands.writing import Embedded, upsert_space, write_passages

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from neonhub.db.session import Session
    from neonhub.db.tenancy import Principal
    from neonhub.embedding.base import Embedder, SpaceSpec

__all__ = ["Brands", "Embedded", "EmbedderSource", "VoiceHit"]

MAX_HITS = 50
"""A quarter of what is ranked at full precision: more could be others than the nearest."""


class EmbedderSource(Protocol):
    """Where embedders come from."""

    async def default(self) -> Embedder:
        """The embedder that the settings name."""

    async def for_space(self, space: SpaceSpec) -> Embedder:
        """The embedder of a recorded space."""


class Brands:
    """The brands of one workspace, and how they speak."""

    def __init__(self, session: Session, principal: Principal, embedders: EmbedderSource):
        self._session = session
        self._principal = principal
        self._embedders = embedders

    # -- guides ----------------------------------------------------------------------------

    async def find_guide(self, ref: str) -> q.GuideRow | None:
        """The live guide with that id or name, or None."""
        return await self._session.one(q.find_guide, ref=ref)

    async def get_guide(self, ref: str) -> q.GuideRow:
        """The live guide with that id or name; raises ``NotFound``."""
        return await self._session.get(q.find_guide, "voice guide", ref, ref=ref)

    async def add_guide(
        self, name: str, content: str, *, brand_id: str | None = None
    ) -> q.GuideRow:
        """A new guide, not embedded yet; raises ``GuideExists``, which leaves the unit usable."""
        self._principal.require("content:create")
        if not name.strip():
            raise InvalidInput(field="name", reason="it is empty")
        made = await self._session.one(
            q.insert_guide, id=cuid(), brand_id=brand_id, name=name, content=content
        )
        if made is None:
            raise GuideExists(name=name, table="brand_voice_guides", columns=("name",))
        return made

    async def set_guide_content(self, ref: str, content: str) -> q.GuideRow:
        """Give a guide another text; ``embed_guide`` then embeds what has changed of it."""
        self._principal.require("content:create")
        return await self._session.get(
            q.set_guide_content, "voice guide", ref, ref=ref, content=content
        )

    async def embed_guide(self, ref: str) -> Embedded:
        """Cut a guide into passages and embed those whose text has changed.

        With the embedder of the settings; a guide in another space is embedded anew. Raises
        ``NotFound``.
        """
        from neonhub.domains.brands.preparation import passages

        self._principal.require("content:create")
        guide = await self._session.get(q.lock_guide, "voice guide", ref, ref=ref)
        embedder = await self._embedders.default()
        space_id = await upsert_space(self._session, await embedder.prepare())
        made = passages(guide.name, guide.content)
        return await write_passages(
            self._session, embedder, guide_id=guide.id, space_id=space_id, made=made
        )

    # -- search ----------------------------------------------------------------------------

    async def search_voice(
        self,
        query: str | NDArray[np.float32],
        *,
        guide: str | None = None,
        space: str | None = None,
        limit: int = 5,
    ) -> list[VoiceHit]:
        """The passages nearest to ``query`` by cosine, of one guide or of all active ones.

        ``query`` is a text, or a vector of shape ``(1536,)`` of the space named ``space``; without
        that name it is the space of the settings' embedder. One round trip. Raises ``NotFound``
        for the guide, and ``VoiceInOtherSpace`` where there are passages, and none of that space.
        """
        if not 1 <= limit <= MAX_HITS:
            raise InvalidInput(field="limit", reason=f"it must be from 1 to {MAX_HITS}")
        from neonhub.db.pipeline import Vector
        from neonhub.embedding.wire import to_pgvector_binary

        space, vector = await self._question(query, space)
        values = {
            "embedding": Vector(to_pgvector_binary(vector[None, :])[0]),
            "space": space,
            "limit": limit,
        }
        if guide is None:
            hits = await self._session.all(sq.search_voice, **values)
        else:
            hits = await self._session.all(sq.search_voice_of_guide, guide=guide, **values)
        if not hits:
            await self._explain_nothing(guide, space)
        return hits

    async def _question(
        self, query: str | NDArray[np.float32], space: str | None
    ) -> tuple[str, NDArray[np.float32]]:
        """The space to look in, and the vector to look for."""
        if not isinstance(query, str):
            return space or (await (await self._embedders.default()).prepare()).name, query
        if not query.strip():
            raise InvalidInput(field="query", reason="it is empty")
        embedder = await self._embedders.default()
        ours = (await embedder.prepare()).name
        if space not in (None, ours):
            raise InvalidInput(
                field="space", reason=f"a text is embedded in {ours}: give a vector of {space}"
            )
        return ours, await embedder.embed_query(query)

    async def _explain_nothing(self, guide: str | None, space: str) -> None:
        """Nothing was found: raise where something is wrong, rather than there being nothing."""
        if guide is not None:
            found = await self.get_guide(guide)
            rows = await self._session.all(q.list_passage_hashes, guide_id=found.id)
            if not rows:
                return
        spaces = await self._session.all(q.list_voice_spaces)
        if spaces and space not in spaces:
            raise VoiceInOtherSpace(theirs=", ".join(spaces), ours=space)
