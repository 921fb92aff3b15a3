"""The knowledge of a workspace as the façade hands it over: the service, ingest, conversations."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from neonhub.domains.knowledge.service import EmbedderSource, Knowledge

if TYPE_CHECKING:
    from collections.abc import Mapping

    from neonhub.db.session import Session
    from neonhub.db.tenancy import Principal
    from neonhub.domains.knowledge.conversations import Conversations
    from neonhub.domains.knowledge.jobs import OpenUnit
    from neonhub.domains.knowledge.progress import IngestReport, Progress

__all__ = ["WorkspaceKnowledge"]


class WorkspaceKnowledge(Knowledge):
    """The knowledge service of a unit of work, and what opens units of its own."""

    def __init__(
        self,
        session: Session,
        principal: Principal,
        embedders: EmbedderSource,
        open_unit: OpenUnit,
    ):
        super().__init__(session, principal, embedders)
        self._open_unit = open_unit

    @property
    def conversations(self) -> Conversations:
        """Conversations and their messages."""
        from neonhub.domains.knowledge.conversations import Conversations

        return Conversations(self._session, self._principal)

    async def ingest(
        self,
        *paths: str | Path,
        dataset: str,
        metadata: Mapping[str, Any] | None = None,
        progress: Progress | None = None,
        **options: Any,
    ) -> IngestReport:
        """Bring ``dataset`` up to date with files and folders; see ``jobs.ingest_files``.

        Not part of this unit of work: every batch is committed by itself, so that a run that is
        interrupted goes on where it stopped. ``options``: ``max_bytes``, ``prune``.
        """
        from neonhub.domains.knowledge.jobs import ingest_files

        return await ingest_files(
            self._open_unit,
            self._principal,
            self._embedders,
            paths=[Path(path) for path in paths],
            dataset=dataset,
            metadata=metadata,
            progress=progress,
            **options,
        )
