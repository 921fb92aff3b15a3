"""Tokens that are shown once and stored as their SHA-256.

A token has 256 random bits, so a plain hash does: there is nothing to guess that a slow hash
would slow down. Look-ups compare hashes, by index; what their timing tells is about the hash,
from which no token follows.
"""

from __future__ import annotations

import hashlib
import secrets

__all__ = ["digest", "new_token"]

_BYTES = 32


def new_token(prefix: str) -> str:
    """``prefix`` and 43 URL-safe characters."""
    return prefix + secrets.token_urlsafe(_BYTES)


def digest(token: str) -> str:
    """What is stored of a token: its SHA-256, in 64 hexadecimal digits."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
