"""Use-cases of the identity domain: users, and what is one user's own.

Settings and credentials are those of the user in the unit of work's tenant: nobody else's rows
are in reach. Tokens are sealed for their row and opened by an explicit call only.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from neonhub.db.errors import InvalidInput, NotFound
from neonhub.db.ids import cuid
from neonhub.db.paging import Page, after_key, bounded, page_of
from neonhub.domains.identity import queries as q
from neonhub.domains.identity.errors import SignInRequired

if TYPE_CHECKING:
    import datetime as dt

    from neonhub.db.crypto import Place, Sealer
    from neonhub.db.session import Session
    from neonhub.domains.identity.schemas import UserSettingsUpdate

__all__ = [
    "CredentialSecrets",
    "Credentials",
    "Preferences",
    "Users",
    "checked_email",
]

Seals = Callable[[], "Sealer"]
"""Where the sealer comes from, at its first use: most work needs no key."""

_EMAIL = re.compile(r"[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+")
_LONGEST_EMAIL = 254
_TOKENS = ("access_token", "refresh_token", "access_secret")


def checked_email(email: str) -> str:
    """``email`` without blanks around it; raises ``InvalidInput`` when it is no address."""
    plain = email.strip()
    if len(plain) > _LONGEST_EMAIL or not _EMAIL.fullmatch(plain):
        raise InvalidInput(field="email", reason="it is no e-mail address")
    return plain


def _own_user(session: Session) -> str:
    if not session.tenant.user_id:
        raise SignInRequired
    return session.tenant.user_id


class Users:
    """Users, who belong to no tenant."""

    def __init__(self, session: Session):
        self._session = session

    async def get(self, user_id: str) -> q.UserRow:
        """The user of that id; raises ``NotFound``."""
        return await self._session.get(q.get_user, "user", user_id, id=user_id)

    async def find(self, email: str) -> q.UserRow | None:
        """The user with that e-mail address, in any case of its letters."""
        return await self._session.one(q.find_user_by_email, email=email.strip())

    async def upsert(self, email: str, name: str | None = None) -> q.UserRow:
        """The user with that e-mail address, made with ``name`` if there is none.

        Who is there stays as they are: other organizations see the same name.
        """
        address = checked_email(email)
        found = await self.find(address)
        if found is None:
            found = await self._session.one(q.insert_user, id=cuid(), email=address, name=name)
        if found is None:  # another transaction has just made them
            return await self._session.get(q.find_user_by_email, "user", address, email=address)
        return found


class Preferences:
    """The settings of the user of the unit of work."""

    def __init__(self, session: Session, seals: Seals):
        self._session = session
        self._seals = seals

    async def get(self) -> q.UserSettingsRow:
        """The settings; a user who has none yet gets the defaults written."""
        user_id = _own_user(self._session)
        found = await self._session.one(q.get_settings, user_id=user_id)
        if found is not None:
            return found
        await self._session.all(q.insert_settings, id=cuid(), user_id=user_id)
        return await self._session.get(q.get_settings, "user", user_id, user_id=user_id)

    async def update(self, **changes: Any) -> q.UserSettingsRow:
        """Change settings by name; see ``UserSettingsUpdate``. Raises ``InvalidInput``."""
        checked = _checked_settings(changes)
        current = await self.get()
        values = checked.model_dump()
        for name in ("brand_voice", "webhook_url", "webhook_secret"):
            values[f"set_{name}"] = name in checked.model_fields_set
        secret = checked.webhook_secret
        if secret is not None:
            place = _webhook_place(current.id)
            values["webhook_secret"] = self._seals().seal(secret.get_secret_value(), place)
        user_id = _own_user(self._session)
        return await self._session.get(
            q.update_settings, "user", user_id, user_id=user_id, **values
        )

    async def open_webhook_secret(self) -> str | None:
        """The webhook's secret, in the clear."""
        settings = await self.get()
        sealed = await self._session.one(q.get_webhook_secret, user_id=_own_user(self._session))
        return self._seals().open(sealed, _webhook_place(settings.id)) if sealed else None


def _webhook_place(settings_id: str) -> Place:
    from neonhub.db.crypto import Place

    return Place("user_settings", "webhook_secret", settings_id)


def _checked_settings(changes: dict[str, Any]) -> UserSettingsUpdate:
    from pydantic import ValidationError

    from neonhub.domains.identity.schemas import UserSettingsUpdate

    try:
        return UserSettingsUpdate.model_validate(changes)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        reason = fault["msg"].removeprefix("Value error, ")
        raise InvalidInput(field=str(fault["loc"][0]), reason=reason) from None


@dataclass(frozen=True, slots=True)
class CredentialSecrets:
    """A credential's tokens in the clear: not to be kept, logged or passed on."""

    access_token: str | None = field(default=None, repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    access_secret: str | None = field(default=None, repr=False)


class Credentials:
    """The accesses to outside services of the user of the unit of work."""

    def __init__(self, session: Session, seals: Seals):
        self._session = session
        self._seals = seals

    async def store(
        self,
        provider: str,
        secrets: CredentialSecrets,
        *,
        account_id: str = "default",
        scope: str | None = None,
        token_type: str | None = None,
        expires_at: dt.datetime | None = None,
    ) -> q.CredentialRow:
        """Keep the tokens of an account, in place of those that were kept for it before."""
        user_id = _own_user(self._session)
        if not provider.strip() or not account_id.strip():
            raise InvalidInput(field="provider", reason="provider and account must be named")
        # The row comes first: its tokens are sealed for its id, which may be an older one's.
        credential_id = await self._session.get(
            q.hold_credential,
            "credential",
            provider,
            id=cuid(),
            user_id=user_id,
            provider=provider,
            account_id=account_id,
        )
        return await self._session.get(
            q.set_credential,
            "credential",
            credential_id,
            id=credential_id,
            user_id=user_id,
            scope=scope,
            token_type=token_type,
            expires_at=expires_at,
            **self._sealed(credential_id, secrets),
        )

    def _sealed(self, credential_id: str, secrets: CredentialSecrets) -> dict[str, str | None]:
        from neonhub.db.crypto import Place

        sealer, sealed = self._seals(), dict[str, str | None]()
        for name in _TOKENS:
            plain = getattr(secrets, name)
            place = Place("credentials", name, credential_id)
            sealed[name] = None if plain is None else sealer.seal(plain, place)
        return sealed

    async def list_credentials(
        self, *, cursor: str | None = None, limit: int = 50
    ) -> Page[q.CredentialRow]:
        """What is kept, without any token."""
        rows = await self._session.all(
            q.list_credentials,
            user_id=_own_user(self._session),
            after=after_key(cursor),
            limit=bounded(limit) + 1,
        )
        return page_of(rows, limit, lambda row: row.id)

    async def get(self, credential_id: str) -> q.CredentialRow:
        """A credential, without its tokens."""
        user_id = _own_user(self._session)
        return await self._session.get(
            q.get_credential, "credential", credential_id, id=credential_id, user_id=user_id
        )

    async def open(self, credential_id: str) -> CredentialSecrets:
        """A credential's tokens in the clear; notes the use. Raises ``SealBroken``."""
        from neonhub.db.crypto import Place

        user_id = _own_user(self._session)
        row = await self._session.get(
            q.use_credential, "credential", credential_id, id=credential_id, user_id=user_id
        )
        opened = {
            name: self._seals().open(sealed, Place("credentials", name, row.id))
            for name in _TOKENS
            if (sealed := getattr(row, name)) is not None
        }
        return CredentialSecrets(**opened)

    async def delete(self, credential_id: str) -> None:
        """Forget a credential."""
        deleted = await self._session.one(
            q.delete_credential, id=credential_id, user_id=_own_user(self._session)
        )
        if deleted is None:
            raise NotFound(what="credential", key=credential_id)
