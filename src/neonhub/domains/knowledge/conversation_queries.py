"""Statements on conversations and their messages."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, NamedTuple

from neonhub.db.lazy import lazy_module
from neonhub.db.statements import command, int_arg, json_arg, statement, text_arg

if TYPE_CHECKING:
    import sqlalchemy as sa

    from neonhub.domains.brands import tables as brands
    from neonhub.domains.knowledge import tables as t
else:
    sa = lazy_module("sqlalchemy")
    brands = lazy_module("neonhub.domains.brands.tables")
    t = lazy_module("neonhub.domains.knowledge.tables")


class MessageRow(NamedTuple):
    """A message of a conversation."""

    id: str
    role: str
    content: dict[str, Any]
    author_id: str | None
    token_count: int | None
    created_at: dt.datetime


class ConversationRow(NamedTuple):
    """A live conversation."""

    id: str
    kind: str
    status: str
    title: str | None
    agent_id: str | None
    person_id: str | None
    created_at: dt.datetime


def _mine(table: Any) -> Any:
    return table.workspace_id == text_arg("workspace_id")


def _live(table: Any) -> Any:
    return sa.and_(_mine(table), table.deleted_at.is_(None))


def _conversation_columns() -> tuple[Any, ...]:
    c = t.Conversation
    return c.id, c.kind, c.status, c.title, c.agent_id, c.person_id, c.created_at


@command(ConversationRow)
def insert_conversation() -> Any:
    """A new conversation."""
    c = t.Conversation
    return (
        sa.insert(c)
        .values(
            id=text_arg("id"),
            workspace_id=text_arg("workspace_id"),
            kind=sa.cast(text_arg("kind"), c.__table__.c.kind.type),
            title=text_arg("title"),
            created_by_id=text_arg("created_by_id"),
            agent_id=text_arg("agent_id"),
            person_id=text_arg("person_id"),
            metadata_=json_arg("metadata"),
        )
        .returning(*_conversation_columns())
    )


@statement(ConversationRow)
def find_conversation() -> Any:
    """The live conversation of that id."""
    c = t.Conversation
    return sa.select(*_conversation_columns()).where(_live(c), c.id == text_arg("id"))


@statement(ConversationRow)
def list_conversations() -> Any:
    """Live conversations before a key, the latest first."""
    c = t.Conversation
    return (
        sa.select(*_conversation_columns())
        .where(_live(c), sa.or_(text_arg("before") == "", c.id < text_arg("before")))
        .order_by(c.id.desc())
        .limit(int_arg("limit"))
    )


@command(MessageRow)
def insert_message() -> Any:
    """A new message."""
    m = t.Message
    return (
        sa.insert(m)
        .values(
            id=text_arg("id"),
            workspace_id=text_arg("workspace_id"),
            conversation_id=text_arg("conversation_id"),
            author_id=text_arg("author_id"),
            role=sa.cast(text_arg("role"), m.__table__.c.role.type),
            content_json=json_arg("content"),
            token_count=int_arg("token_count"),
        )
        .returning(*_message_columns())
    )


def _message_columns() -> tuple[Any, ...]:
    m = t.Message
    return m.id, m.role, m.content_json.label("content"), m.author_id, m.token_count, m.created_at


@statement(MessageRow)
def list_messages() -> Any:
    """A conversation's messages after a key, the oldest first."""
    m = t.Message
    return (
        sa.select(*_message_columns())
        .where(_mine(m), m.conversation_id == text_arg("conversation_id"), m.id > text_arg("after"))
        .order_by(m.id)
        .limit(int_arg("limit"))
    )
