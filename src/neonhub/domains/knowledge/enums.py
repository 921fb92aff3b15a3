"""Enumerations of the knowledge domain, native in the database under the same names."""

from __future__ import annotations

import enum


class DatasetKind(enum.StrEnum):
    """What a dataset holds."""

    DOCUMENTS = "documents"
    FAQ = "faq"
    ANALYTICS = "analytics"


class ConversationKind(enum.StrEnum):
    """What a conversation is about."""

    SUPPORT = "support"
    CAMPAIGN = "campaign"
    PLANNING = "planning"
    AD_HOC = "ad_hoc"


class MessageRole(enum.StrEnum):
    """Who speaks."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"
