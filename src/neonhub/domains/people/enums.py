"""Enumerations of the people domain, native in the database under the same names."""

from __future__ import annotations

import enum


class ConsentStatus(enum.StrEnum):
    """What was answered."""

    GRANTED = "granted"
    REVOKED = "revoked"
    DENIED = "denied"
    PENDING = "pending"


class ConsentScope(enum.StrEnum):
    """What the consent is for."""

    MARKETING = "marketing"
    TRANSACTIONAL = "transactional"


class MemoryKind(enum.StrEnum):
    """What is remembered."""

    FACT = "fact"
    INTENT = "intent"
    MESSAGE = "message"
    OBJECTION = "objection"
