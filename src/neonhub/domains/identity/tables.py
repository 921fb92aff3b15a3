"""Tables of the identity domain: global, since a user may belong to many organizations."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Mapped, mapped_column

from neonhub.db.base import CASCADE, Model, Scope, global_ref, index, unique
from neonhub.db.mixins import Timestamps
from neonhub.db.policies import Access
from neonhub.db.types import CIText, Cuid, Instant, Json, Sealed

_ALL = ("DELETE", "INSERT", "SELECT", "UPDATE")
_PERSONAL = Access(app=_ALL, owner_column="user_id")
_AUTH_ONLY = Access(auth=_ALL)


class User(
    Timestamps,
    Model,
    scope=Scope.GLOBAL,
    access=Access(
        # Users are everybody's: no tenant changes one, and none learns more than a member's list.
        app=("INSERT", "SELECT"),
        app_columns={
            "INSERT": ("id", "email", "name"),
            "SELECT": ("id", "email", "name", "image", "created_at"),
        },
        auth=_ALL,
        readonly=("SELECT",),
        readonly_columns={"SELECT": ("id", "name")},
        searchable=True,
    ),
):
    """Who signs in. ``email`` is matched without regard to case."""

    __tablename__ = "users"
    __uniques__ = (unique("email"), unique("stripe_customer_id"))

    email: Mapped[CIText]
    name: Mapped[str | None]
    image: Mapped[str | None]
    email_verified: Mapped[Instant | None]
    stripe_customer_id: Mapped[str | None]
    is_beta_user: Mapped[bool] = mapped_column(server_default=text("false"))


class Account(Model, scope=Scope.GLOBAL, access=_AUTH_ONLY):
    """A user's account with a sign-in provider; its tokens are encrypted at rest."""

    __tablename__ = "accounts"
    __uniques__ = (unique("provider", "provider_account_id"),)

    user_id: Mapped[Cuid] = global_ref("users", CASCADE)
    type: Mapped[str]
    provider: Mapped[str]
    provider_account_id: Mapped[str]
    refresh_token: Mapped[Sealed | None]
    access_token: Mapped[Sealed | None]
    expires_at: Mapped[int | None]
    token_type: Mapped[str | None]
    scope: Mapped[str | None]
    id_token: Mapped[Sealed | None]
    session_state: Mapped[str | None]


class Session(Model, scope=Scope.GLOBAL, access=_AUTH_ONLY):
    """A signed-in browser."""

    __tablename__ = "sessions"
    __uniques__ = (unique("session_token"),)

    session_token: Mapped[str]
    user_id: Mapped[Cuid] = global_ref("users", CASCADE)
    expires: Mapped[Instant]


class VerificationToken(Model, scope=Scope.GLOBAL, key=("identifier", "token"), access=_AUTH_ONLY):
    """A one-time token sent to an address."""

    __tablename__ = "verification_tokens"
    __uniques__ = (unique("token"),)

    identifier: Mapped[str]
    token: Mapped[str]
    expires: Mapped[Instant]


class UserSettings(Timestamps, Model, scope=Scope.GLOBAL, access=_PERSONAL):
    """A user's preferences."""

    __tablename__ = "user_settings"
    __uniques__ = (unique("user_id"),)

    user_id: Mapped[Cuid] = global_ref("users", CASCADE)
    brand_voice: Mapped[Json | None]
    email_notifications: Mapped[bool] = mapped_column(server_default=text("true"))
    push_notifications: Mapped[bool] = mapped_column(server_default=text("false"))
    notification_frequency: Mapped[str] = mapped_column(server_default=text("'realtime'::text"))
    timezone: Mapped[str] = mapped_column(server_default=text("'UTC'::text"))
    locale: Mapped[str] = mapped_column(server_default=text("'en-US'::text"))
    date_format: Mapped[str] = mapped_column(server_default=text("'MM/DD/YYYY'::text"))
    data_retention: Mapped[int] = mapped_column(server_default=text("90"))
    allow_analytics: Mapped[bool] = mapped_column(server_default=text("true"))
    allow_personalization: Mapped[bool] = mapped_column(server_default=text("true"))
    api_rate_limit: Mapped[int] = mapped_column(server_default=text("1000"))
    webhook_url: Mapped[str | None]
    webhook_secret: Mapped[Sealed | None]


class Credential(Timestamps, Model, scope=Scope.GLOBAL, access=_PERSONAL):
    """A user's own access to an outside service; its tokens are encrypted at rest."""

    __tablename__ = "credentials"
    __uniques__ = (unique("user_id", "provider", "account_id"),)
    __indexes__ = (index("user_id", "provider"),)

    user_id: Mapped[Cuid] = global_ref("users", CASCADE)
    provider: Mapped[str]
    account_id: Mapped[str | None]
    access_token: Mapped[Sealed | None]
    refresh_token: Mapped[Sealed | None]
    access_secret: Mapped[Sealed | None]
    scope: Mapped[str | None]
    token_type: Mapped[str | None]
    expires_at: Mapped[Instant | None]
    last_used_at: Mapped[Instant | None]
    status: Mapped[str] = mapped_column(server_default=text("'active'::text"))
