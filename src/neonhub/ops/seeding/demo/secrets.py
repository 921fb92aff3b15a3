"""Secrets of the demo: none of them opens anything.

What is stored sealed is sealed with the first of ``ENCRYPTION_KEYS``; without one it is left out,
or, where a row must have it, has the sealed form under a key that nobody has. A hash is of no
known text, and what is stored in the clear has expired.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neonhub.db.crypto import Sealer

__all__ = ["Vault", "hash_of_nothing"]

_LENGTH = 12 + 48 + 12 + 32 + 16
"""Bytes of a sealed value of 32: nonce, wrapped key, nonce, value, tag."""


@dataclass(frozen=True)
class Vault:
    """Seals what the demo stores sealed."""

    sealer: Sealer | None = None

    def seal(self, table: str, column: str, row_id: str) -> str | None:
        """A made-up token, sealed for its row; None where there is no key."""
        if self.sealer is None:
            return None
        from neonhub.db.crypto import Place

        return self.sealer.seal(f"demo token {row_id}", Place(table, column, row_id))

    def must_seal(self, table: str, column: str, row_id: str) -> str:
        """The same where the column cannot be empty."""
        return self.seal(table, column, row_id) or _unopenable(f"{table} {column} {row_id}")


def _unopenable(about: str) -> str:
    body = hashlib.shake_256(f"neonhub demo {about}".encode()).digest(_LENGTH)
    return f"nh1.demo.{base64.urlsafe_b64encode(body).rstrip(b'=').decode()}"


def hash_of_nothing(*about: str) -> str:
    """64 hexadecimal digits that are the SHA-256 of no text that anybody knows."""
    return hashlib.shake_256("\x1f".join(("neonhub demo hash", *about)).encode()).hexdigest(32)
