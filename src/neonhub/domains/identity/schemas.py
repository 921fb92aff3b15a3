"""Shapes of the identity domain: what comes in is checked here."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

__all__ = ["UserSettingsUpdate"]

_LOCALE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?")


def _timezone(name: str) -> str:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # not found is a KeyError, "" and ".." the others
        raise ValueError("it is no time zone such as Europe/Paris") from None
    return name


def _locale(name: str) -> str:
    if not _LOCALE.fullmatch(name):
        raise ValueError("it is no language tag such as en-US")
    return name


def _webhook_url(url: str) -> str:
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        raise ValueError("it is no URL") from None
    if parts.scheme != "https" or not host or re.search(r"\s", url):
        raise ValueError("it is no https:// URL")
    if parts.username is not None or parts.password is not None:
        raise ValueError("it holds a login: use the webhook's secret instead")
    return url


class UserSettingsUpdate(BaseModel):
    """Changes to a user's settings: what is left out stays as it is.

    ``None`` clears ``brand_voice``, ``webhook_url`` and ``webhook_secret``, and leaves the others.
    """

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    brand_voice: dict[str, Any] | None = None
    email_notifications: bool | None = None
    push_notifications: bool | None = None
    notification_frequency: Literal["realtime", "hourly", "daily", "weekly", "never"] | None = None
    timezone: Annotated[str, AfterValidator(_timezone)] | None = None
    locale: Annotated[str, AfterValidator(_locale)] | None = None
    date_format: Literal["MM/DD/YYYY", "DD/MM/YYYY", "DD.MM.YYYY", "YYYY-MM-DD"] | None = None
    data_retention: int | None = Field(None, ge=1, le=3650, description="days")
    allow_analytics: bool | None = None
    allow_personalization: bool | None = None
    api_rate_limit: int | None = Field(None, ge=1, le=1_000_000, description="requests an hour")
    webhook_url: Annotated[str, Field(max_length=2000), AfterValidator(_webhook_url)] | None = None
    webhook_secret: SecretStr | None = Field(None, min_length=8, max_length=500)
