"""Enumerations of the seo domain, native in the database under the same names."""

from __future__ import annotations

import enum


class KeywordIntent(enum.StrEnum):
    """What a searcher wants."""

    INFORMATIONAL = "informational"
    NAVIGATIONAL = "navigational"
    TRANSACTIONAL = "transactional"
    COMMERCIAL = "commercial"


class LinkStatus(enum.StrEnum):
    """Where a link stands."""

    SUGGESTED = "suggested"
    ACTIVE = "active"
    REMOVED = "removed"


class DeviceKind(enum.StrEnum):
    """What was searched with."""

    DESKTOP = "desktop"
    MOBILE = "mobile"
    TABLET = "tablet"
