"""Secrets are stored under a key, and the key was drawn by chance."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from neonhub.checks import Fault

if TYPE_CHECKING:
    from neonhub.checks import Look

TITLE = "There is an encryption key, and it is no example"
SEVERITY = "must"
REMEDY = (
    'Make one with `openssl rand -base64 32` and set ENCRYPTION_KEYS="k2:…,k1:…", the new one '
    "first. Keep a copy apart from the backups: without it the stored secrets are lost."
)

_MEND = 'ENCRYPTION_KEYS="k1:$(openssl rand -base64 32)"'


def faults(look: Look) -> list[Fault]:
    """Look at the keys; none of them is shown."""
    keys = look.settings.encryption_keys
    if not keys:
        # On a laptop nothing has to be stored; the first secret asks for the key itself.
        severity = "should" if look.settings.uses_embedded_server else None
        what = "it is not set: no secret can be stored"
        return [Fault("ENCRYPTION_KEYS", what, _MEND, severity)]
    return [
        Fault(f"ENCRYPTION_KEYS {key.key_id}", f"the key {why}", _MEND)
        for key in keys
        if (why := _weak(key.secret.get_secret_value())) is not None
    ]


def _weak(key: bytes) -> str | None:
    """Why 32 bytes cannot have been drawn by chance; each has less than 1 in 10^13 of it."""
    if len(set(key)) < 14:
        return "repeats a few bytes"
    if all(32 <= byte < 127 for byte in key):
        return "is text, not random bytes: such a key comes from an example or a keyboard"
    steps = {(after - before) % 256 for before, after in pairwise(key)}
    return "counts up" if len(steps) == 1 else None
