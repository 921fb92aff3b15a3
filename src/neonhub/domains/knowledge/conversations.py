"""Conversations: threads of messages, of people and of agents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neonhub.db.ids import cuid
from neonhub.db.paging import Page, after_key, bounded, page_of
from neonhub.domains.knowledge import conversation_queries as cq
from neonhub.domains.knowledge.enums import ConversationKind, MessageRole

if TYPE_CHECKING:
    from collections.abc import Mapping

    from neonhub.db.session import Session
    from neonhub.db.tenancy import Principal

__all__ = ["Conversations"]

# There is no permission for conversations alone; who may write content may take part in them.
_WRITE = "content:create"


class Conversations:
    """The conversations of one workspace, and their messages."""

    def __init__(self, session: Session, principal: Principal):
        self._session = session
        self._principal = principal

    async def create(
        self,
        *,
        kind: ConversationKind | str = ConversationKind.AD_HOC,
        title: str | None = None,
        agent_id: str | None = None,
        person_id: str | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> cq.ConversationRow:
        """A new one; ``ReferenceViolation`` where agent or person is not of this tenant."""
        self._principal.require(_WRITE)
        rows = await self._session.all(
            cq.insert_conversation,
            id=cuid(),
            kind=ConversationKind(kind).value,
            title=title,
            created_by_id=self._principal.user_id,
            agent_id=agent_id,
            person_id=person_id,
            metadata=dict(metadata) if metadata is not None else None,
        )
        return rows[0]

    async def get(self, conversation_id: str) -> cq.ConversationRow:
        """The live conversation of that id; else ``NotFound``."""
        return await self._session.get(
            cq.find_conversation, "conversation", conversation_id, id=conversation_id
        )

    async def list(self, *, cursor: str | None = None, limit: int = 50) -> Page[cq.ConversationRow]:
        """Live conversations, the latest first."""
        rows = await self._session.all(
            cq.list_conversations, before=after_key(cursor), limit=bounded(limit) + 1
        )
        return page_of(rows, limit, lambda row: row.id)

    async def append(
        self,
        conversation_id: str,
        *,
        role: MessageRole | str,
        content: str | Mapping[str, Any],
    ) -> cq.MessageRow:
        """A new message at the end. Text is kept as ``{"text": …}`` and its tokens are counted."""
        self._principal.require(_WRITE)
        await self.get(conversation_id)
        body = {"text": content} if isinstance(content, str) else dict(content)
        rows = await self._session.all(
            cq.insert_message,
            id=cuid(),
            conversation_id=conversation_id,
            author_id=self._principal.user_id if role == MessageRole.USER else None,
            role=MessageRole(role).value,
            content=body,
            token_count=_tokens_of(body),
        )
        return rows[0]

    async def list_messages(
        self, conversation_id: str, *, cursor: str | None = None, limit: int = 50
    ) -> Page[cq.MessageRow]:
        """The messages of a live conversation, the oldest first."""
        await self.get(conversation_id)
        rows = await self._session.all(
            cq.list_messages,
            conversation_id=conversation_id,
            after=after_key(cursor),
            limit=bounded(limit) + 1,
        )
        return page_of(rows, limit, lambda row: row.id)


def _tokens_of(body: Mapping[str, Any]) -> int | None:
    from neonhub.parsing.tokens import count_tokens

    text = body.get("text")
    return count_tokens(text) if isinstance(text, str) else None
