"""Encryption keys, as the setting ``ENCRYPTION_KEYS`` holds them."""

import base64
import binascii
import re
from dataclasses import dataclass

from pydantic import SecretBytes

from neonhub.settings_values import Unusable, numbered

__all__ = ["EncryptionKey", "parse_encryption_keys"]

_KEY_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_KEY_BYTES = 32
_MAKE_KEY = "Make one with: openssl rand -base64 32"


@dataclass(frozen=True, slots=True)
class EncryptionKey:
    """One key of ``ENCRYPTION_KEYS``: its id, stored beside what it encrypts, and its 32 bytes."""

    key_id: str
    secret: SecretBytes


def parse_encryption_keys(value: str) -> tuple[EncryptionKey, ...]:
    """``key_id:base64,…``: the first encrypts, all decrypt.

    Raises:
        Unusable: an entry has another form, a key another length, or two share an id.
    """
    entries = [entry.strip() for entry in value.split(",") if entry.strip()]
    keys = tuple(numbered(_encryption_key, entries))
    ids = [key.key_id for key in keys]
    for key_id in ids:
        if ids.count(key_id) > 1:
            raise Unusable(f"two keys have the id {key_id!r}", hint="Give each key its own id.")
    return keys


def _encryption_key(entry: str) -> EncryptionKey:
    key_id, colon, encoded = entry.partition(":")
    # Without a colon the entry may be the key itself, which must not be shown.
    if not colon or not _KEY_ID.fullmatch(key_id):
        raise Unusable("it has not the form key_id:base64", hint=_MAKE_KEY)
    try:
        secret = base64.b64decode(encoded.replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        raise Unusable(f"the key {key_id!r} is not base64", hint=_MAKE_KEY) from None
    if len(secret) != _KEY_BYTES:
        reason = f"the key {key_id!r} has {len(secret)} bytes, not {_KEY_BYTES}"
        raise Unusable(reason, hint=_MAKE_KEY)
    return EncryptionKey(key_id, SecretBytes(secret))
