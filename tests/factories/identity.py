"""Rows of the identity domain."""

from __future__ import annotations

import datetime as dt

from tests.factories.base import Factory

_LATER = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)

USER = Factory("users", {"email": "user-{n}@example.com"})
ACCOUNT = Factory(
    "accounts",
    {"type": "oauth", "provider": "google", "provider_account_id": "account-{n}"},
    needs=("user_id",),
)
SESSION = Factory(
    "sessions", {"session_token": "session-{n}", "expires": _LATER}, needs=("user_id",)
)
VERIFICATION_TOKEN = Factory(
    "verification_tokens",
    {"identifier": "user-{n}@example.com", "token": "token-{n}", "expires": _LATER},
)
USER_SETTINGS = Factory("user_settings", {}, needs=("user_id",))
CREDENTIAL = Factory("credentials", {"provider": "google"}, needs=("user_id",))
