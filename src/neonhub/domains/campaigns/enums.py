"""Enumerations of the campaigns domain, native in the database under the same names."""

from __future__ import annotations

import enum


class CampaignStatus(enum.StrEnum):
    """Where a campaign stands."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    ACTIVE = "active"
    PAUSED = "paused"
    COMPLETED = "completed"
    ARCHIVED = "archived"


class MarketingCampaignType(enum.StrEnum):
    """By what a campaign works."""

    EMAIL = "email"
    SOCIAL = "social"
    PPC = "ppc"
    CONTENT = "content"
    SEO = "seo"
    DISPLAY = "display"
    VIDEO = "video"
    INFLUENCER = "influencer"
    EVENT = "event"
    OTHER = "other"


class MarketingCampaignStatus(enum.StrEnum):
    """Where a marketing campaign stands."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    ACTIVE = "active"
    PAUSED = "paused"
    COMPLETED = "completed"
    ARCHIVED = "archived"


class MarketingLeadGrade(enum.StrEnum):
    """How good a lead is."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    F = "F"


class MarketingLeadStatus(enum.StrEnum):
    """Where a lead stands."""

    NEW = "new"
    CONTACTED = "contacted"
    QUALIFIED = "qualified"
    NURTURING = "nurturing"
    CONVERTED = "converted"
    LOST = "lost"
    UNQUALIFIED = "unqualified"


class MarketingTouchpointType(enum.StrEnum):
    """What kind of contact it was."""

    PAGE_VIEW = "page_view"
    EMAIL_OPEN = "email_open"
    EMAIL_CLICK = "email_click"
    AD_IMPRESSION = "ad_impression"
    AD_CLICK = "ad_click"
    SOCIAL_VIEW = "social_view"
    SOCIAL_CLICK = "social_click"
    FORM_SUBMIT = "form_submit"
    DOWNLOAD = "download"
    VIDEO_VIEW = "video_view"
    CALL = "call"
    CHAT = "chat"
