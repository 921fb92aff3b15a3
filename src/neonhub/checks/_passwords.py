"""Passwords that are known to everybody, and whether a stored verifier is of one of them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["KNOWN", "SHORTEST", "candidates", "known_of"]

SHORTEST = 12
# Those of examples, of container images, and those that people begin with.
KNOWN = (
    *("postgres", "password", "Password1", "changeme", "change-me", "change_me", "secret"),
    *("example", "test", "admin", "root", "neonhub", "neondb", "dev", "local", "123456"),
    *("12345678", "123456789", "postgres123", "mysecretpassword", "supersecret", "pgpass"),
    *("POSTGRES_PASSWORD", "your-password", "your_password", "yourpassword", "pass", "user"),
)


def candidates(role: str, *more: str) -> list[str]:
    """What somebody would try first for ``role``."""
    short = role.removeprefix("neonhub_")
    return list(dict.fromkeys((role, short, *more, *KNOWN)))


def known_of(verifier: str, role: str, tried: Iterable[str]) -> str | None:
    """Which of ``tried`` the verifier of ``role`` is of, be it SCRAM's (RFC 5803) or md5's."""
    if verifier.startswith("md5"):
        return next((each for each in tried if _md5(each, role) == verifier), None)
    try:
        _, costs, keys = verifier.split("$")
        rounds, _, salt = costs.partition(":")
        stored = base64.b64decode(keys.partition(":")[0])
        seed = base64.b64decode(salt)
    except (ValueError, binascii.Error):
        return None
    return next((each for each in tried if _scram(each, seed, int(rounds)) == stored), None)


def _md5(password: str, role: str) -> str:
    return "md5" + hashlib.md5((password + role).encode(), usedforsecurity=False).hexdigest()


def _scram(password: str, salt: bytes, rounds: int) -> bytes:
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, rounds)
    return hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
