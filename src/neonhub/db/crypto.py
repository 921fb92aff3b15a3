"""The encrypted value: AES-256-GCM with envelope keys, bound to its row.

Each value has a data key of its own, wrapped by a master key from ``ENCRYPTION_KEYS``. Both
carry the place of the value (table, column, row) as associated data: a value moved to another row
does not open. Changing the master key means wrapping the data keys anew, not the values.

The form is ``nh1.<key id>.<base64url of: nonce, wrapped data key, nonce, ciphertext>``.
"""

from __future__ import annotations

import base64
import binascii
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from neonhub.db.errors import ConfigurationError, NeonHubError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Place", "SealBroken", "Sealer", "is_sealed"]

_PREFIX = "nh1"
_NONCE = 12
_KEY = 32
_WRAPPED = _KEY + 16


class SealBroken(NeonHubError):
    """The encrypted value of {place} does not open: {reason}."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value lives: it opens nowhere else."""

    table: str
    column: str
    row_id: str

    def __str__(self) -> str:
        return f"{self.table}.{self.column}"

    def bound(self, key_id: str) -> bytes:
        """The associated data. Lengths part the pieces, so that no two places read alike."""
        parts = (_PREFIX, key_id, self.table, self.column, self.row_id)
        return b"".join(len(p.encode()).to_bytes(4) + p.encode() for p in parts)


def is_sealed(text: str) -> bool:
    """Whether ``text`` has the form of an encrypted value."""
    return text.startswith(f"{_PREFIX}.") and text.count(".") == 2


class Sealer:
    """Seals with the current master key, opens with any known one."""

    def __init__(self, keys: Mapping[str, bytes]):
        """``keys``: id to 32 bytes, the first being current."""
        if not keys:
            raise ConfigurationError(
                name="ENCRYPTION_KEYS", reason="none is set, and a secret is to be stored"
            )
        for key_id, key in keys.items():
            if len(key) != _KEY or "." in key_id or not key_id:
                raise ConfigurationError(
                    name="ENCRYPTION_KEYS", reason=f"the key {key_id!r} is not 32 bytes"
                )
        self._keys = dict(keys)
        self._current = next(iter(keys))

    def __repr__(self) -> str:
        return f"Sealer(current={self._current!r}, known={len(self._keys)})"

    def seal(self, plain: str, place: Place) -> str:
        """Encrypt ``plain`` for ``place``."""
        bound = place.bound(self._current)
        data_key = AESGCM.generate_key(bit_length=256)
        outer, inner = os.urandom(_NONCE), os.urandom(_NONCE)
        wrapped = AESGCM(self._keys[self._current]).encrypt(outer, data_key, bound)
        sealed = AESGCM(data_key).encrypt(inner, plain.encode(), bound)
        body = base64.urlsafe_b64encode(outer + wrapped + inner + sealed).rstrip(b"=")
        return f"{_PREFIX}.{self._current}.{body.decode()}"

    def open(self, sealed: str, place: Place) -> str:
        """Decrypt what was sealed for ``place``; raises ``SealBroken``."""
        key_id, body = self._parts(sealed, place)
        bound = place.bound(key_id)
        outer, rest = body[:_NONCE], body[_NONCE:]
        wrapped, rest = rest[:_WRAPPED], rest[_WRAPPED:]
        inner, ciphertext = rest[:_NONCE], rest[_NONCE:]
        try:
            data_key = AESGCM(self._keys[key_id]).decrypt(outer, wrapped, bound)
            return AESGCM(data_key).decrypt(inner, ciphertext, bound).decode()
        except (InvalidTag, ValueError) as error:
            reason = "it was changed, or was sealed for another row or with another key"
            raise SealBroken(place=str(place), reason=reason) from error

    def is_current(self, sealed: str) -> bool:
        """Whether the current master key wraps ``sealed``."""
        return sealed.startswith(f"{_PREFIX}.{self._current}.")

    def _parts(self, sealed: str, place: Place) -> tuple[str, bytes]:
        if not is_sealed(sealed):
            raise SealBroken(place=str(place), reason="it is not in the sealed form")
        _, key_id, body = sealed.split(".")
        if key_id not in self._keys:
            raise SealBroken(
                place=str(place), reason=f"its key {key_id!r} is not among ENCRYPTION_KEYS"
            )
        try:
            return key_id, base64.urlsafe_b64decode(body + "==")
        except (binascii.Error, ValueError) as error:
            raise SealBroken(place=str(place), reason="it is cut short") from error
