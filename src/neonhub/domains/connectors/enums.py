"""Enumerations of the connectors domain, native in the database under the same names."""

from __future__ import annotations

import enum


class ConnectorKind(enum.StrEnum):
    """What kind of platform it is."""

    EMAIL = "EMAIL"
    SMS = "SMS"
    WHATSAPP = "WHATSAPP"
    REDDIT = "REDDIT"
    INSTAGRAM = "INSTAGRAM"
    FACEBOOK = "FACEBOOK"
    X = "X"
    YOUTUBE = "YOUTUBE"
    TIKTOK = "TIKTOK"
    GOOGLE_ADS = "GOOGLE_ADS"
    GOOGLE_SEARCH_CONSOLE = "GOOGLE_SEARCH_CONSOLE"
    SHOPIFY = "SHOPIFY"
    STRIPE = "STRIPE"
    SLACK = "SLACK"
    DISCORD = "DISCORD"
    LINKEDIN = "LINKEDIN"
