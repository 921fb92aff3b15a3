"""Signing in: what an Auth.js adapter needs of its database.

For units of work over a pool of the role ``neonhub_auth``, the only one that reads accounts,
sessions and verification tokens: ``Database(dsn, role="neonhub_auth")``. An account's tokens are
sealed for their row. Session tokens are stored as given, so that an Auth.js adapter of another
language finds the same sessions in the same table.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from neonhub.db.errors import DuplicateKey, NotFound
from neonhub.db.ids import cuid
from neonhub.domains.identity import auth_queries as q
from neonhub.domains.identity.errors import AccountTaken, EmailTaken
from neonhub.domains.identity.service import checked_email

if TYPE_CHECKING:
    from collections.abc import Callable

    from neonhub.db.crypto import Sealer
    from neonhub.db.session import Session

__all__ = ["Account", "AccountTokens", "Auth"]

_TOKENS = ("access_token", "refresh_token", "id_token")


@dataclass(frozen=True, slots=True)
class Account:
    """A user's account with a sign-in provider. ``expires_at`` is in seconds since 1970."""

    provider: str
    provider_account_id: str
    type: str = "oauth"
    expires_at: int | None = None
    token_type: str | None = None
    scope: str | None = None
    session_state: str | None = None


@dataclass(frozen=True, slots=True)
class AccountTokens:
    """An account's tokens in the clear: not to be kept, logged or passed on."""

    access_token: str | None = field(default=None, repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    id_token: str | None = field(default=None, repr=False)


class Auth:
    """Users, accounts, sessions and verification tokens, as signing in needs them."""

    def __init__(self, session: Session, seals: Callable[[], Sealer]):
        self._session = session
        self._seals = seals

    # -- users -----------------------------------------------------------------------------

    async def create_user(
        self,
        email: str,
        *,
        name: str | None = None,
        image: str | None = None,
        email_verified: dt.datetime | None = None,
    ) -> q.UserRow:
        """A new user; raises ``EmailTaken``."""
        made = await self._session.one(
            q.insert_user,
            id=cuid(),
            email=checked_email(email),
            name=name,
            image=image,
            email_verified=email_verified,
        )
        if made is None:
            raise EmailTaken(table="users", columns=("email",))
        return made

    async def get_user(self, user_id: str) -> q.UserRow | None:
        """The user of that id."""
        return await self._session.one(q.get_user, id=user_id)

    async def get_user_by_email(self, email: str) -> q.UserRow | None:
        """The user with that e-mail address, in any case of its letters."""
        return await self._session.one(q.find_user_by_email, email=email.strip())

    async def get_user_by_account(
        self, provider: str, provider_account_id: str
    ) -> q.UserRow | None:
        """The user whom an account of a provider belongs to."""
        return await self._session.one(
            q.get_user_by_account, provider=provider, provider_account_id=provider_account_id
        )

    async def update_user(
        self,
        user_id: str,
        *,
        email: str | None = None,
        name: str | None = None,
        image: str | None = None,
        email_verified: dt.datetime | None = None,
    ) -> q.UserRow:
        """Change what is given; raises ``EmailTaken``, which fails the unit of work."""
        address = checked_email(email) if email is not None else None
        try:
            return await self._session.get(
                q.update_user,
                "user",
                user_id,
                id=user_id,
                email=address,
                name=name,
                image=image,
                email_verified=email_verified,
            )
        except DuplicateKey as error:
            raise EmailTaken(table="users", columns=("email",)) from error

    # -- accounts --------------------------------------------------------------------------

    async def link_account(self, user_id: str, account: Account, tokens: AccountTokens) -> str:
        """Note that an account is the user's, its tokens sealed; returns the row's id.

        Raises ``AccountTaken``.
        """
        from neonhub.db.crypto import Place

        account_id, sealed = cuid(), dict[str, str | None]()
        for name in _TOKENS:
            plain = getattr(tokens, name)
            place = Place("accounts", name, account_id)
            sealed[name] = None if plain is None else self._seals().seal(plain, place)
        made = await self._session.one(
            q.insert_account, id=account_id, user_id=user_id, **asdict(account), **sealed
        )
        if made is None:
            columns = ("provider", "provider_account_id")
            raise AccountTaken(provider=account.provider, table="accounts", columns=columns)
        return made

    async def open_account(
        self, user_id: str, provider: str, provider_account_id: str
    ) -> AccountTokens:
        """The tokens of a user's account, in the clear. Raises ``NotFound``, ``SealBroken``."""
        from neonhub.db.crypto import Place

        row = await self._session.get(
            q.get_account_tokens,
            "account",
            provider_account_id,
            user_id=user_id,
            provider=provider,
            provider_account_id=provider_account_id,
        )
        opened = {
            name: self._seals().open(sealed, Place("accounts", name, row.id))
            for name in _TOKENS
            if (sealed := getattr(row, name)) is not None
        }
        return AccountTokens(**opened)

    async def unlink_account(self, provider: str, provider_account_id: str) -> None:
        """Part an account from its user."""
        gone = await self._session.one(
            q.delete_account, provider=provider, provider_account_id=provider_account_id
        )
        if gone is None:
            raise NotFound(what="account", key=provider_account_id)

    # -- sessions --------------------------------------------------------------------------

    async def create_session(
        self, session_token: str, user_id: str, expires: dt.datetime
    ) -> q.SessionRow:
        """Note that a browser is signed in."""
        return await self._session.get(
            q.insert_session,
            "user",
            user_id,
            id=cuid(),
            session_token=session_token,
            user_id=user_id,
            expires=expires,
        )

    async def get_session_and_user(
        self, session_token: str
    ) -> tuple[q.SessionRow, q.UserRow] | None:
        """The session with that token and its user; ``None`` when it has expired."""
        row = await self._session.one(q.get_session_and_user, session_token=session_token)
        if row is None:
            return None
        user = q.UserRow(*row[2:])
        return q.SessionRow(row.session_token, user.id, row.expires), user

    async def update_session(self, session_token: str, expires: dt.datetime) -> q.SessionRow | None:
        """Let a session last longer."""
        return await self._session.one(
            q.update_session, session_token=session_token, expires=expires
        )

    async def delete_session(self, session_token: str) -> None:
        """End a session; one that has ended is no error."""
        await self._session.all(q.delete_session, session_token=session_token)

    # -- verification tokens ---------------------------------------------------------------

    async def create_verification_token(
        self, identifier: str, token: str, expires: dt.datetime
    ) -> q.VerificationTokenRow:
        """Keep a one-time token for an address, hashed by whoever made it."""
        return await self._session.get(
            q.insert_verification_token,
            "verification token",
            identifier,
            identifier=identifier,
            token=token,
            expires=expires,
        )

    async def use_verification_token(
        self, identifier: str, token: str
    ) -> q.VerificationTokenRow | None:
        """Take the token away and return it: ``None`` when it was used before or has expired."""
        row = await self._session.one(q.use_verification_token, identifier=identifier, token=token)
        return row if row is not None and row.expires > dt.datetime.now(dt.UTC) else None
