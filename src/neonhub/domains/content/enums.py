"""Enumerations of the content domain, native in the database under the same names."""

from __future__ import annotations

import enum


class ContentKind(enum.StrEnum):
    """What is written."""

    ARTICLE = "article"
    EMAIL = "email"
    SOCIAL_SCRIPT = "social_script"
    AD_COPY = "ad_copy"


class ContentStatus(enum.StrEnum):
    """Where a piece stands."""

    DRAFT = "draft"
    PUBLISHED = "published"
    ARCHIVED = "archived"


class AnalysisKind(enum.StrEnum):
    """What was looked at."""

    READABILITY = "readability"
    SEO = "seo"
    TONE = "tone"
    BRAND_VOICE = "brand_voice"
