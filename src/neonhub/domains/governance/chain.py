"""The chain of the audit log: each entry holds the hash of the one before it.

An entry's hash is the SHA-256 of the hash before it (32 zero bytes at the beginning) followed by
the entry as canonical JSON. Whoever changes, drops or inserts an entry has to make every later
one anew, which shows as soon as one hash has been kept elsewhere.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["HASHED", "canonical", "entry_hash", "first_broken"]

HASHED: Final = (
    *("organization_id", "seq", "id", "created_at", "workspace_id", "user_id", "actor_type"),
    *("action", "resource_type", "resource_id", "request_hash", "metadata", "ip", "user_agent"),
)
"""The columns that the hash covers, in the order in which they are written."""

_BEGINNING: Final = bytes(32)


def entry_hash(prev_hash: bytes | None, entry: Mapping[str, Any]) -> bytes:
    """The hash of ``entry``, a row of ``audit_logs`` by column; the first has no ``prev_hash``.

    Raises ``KeyError`` for a column that is missing.
    """
    return hashlib.sha256((prev_hash or _BEGINNING) + canonical(entry)).digest()


def canonical(entry: Mapping[str, Any]) -> bytes:
    """``entry`` in one form, whether it is about to be written or was read from the database.

    A JSON array of the columns of ``HASHED``, without white space, keys of objects sorted,
    characters outside ASCII escaped; times in UTC to the microsecond; whole numbers without a
    fraction, since ``jsonb`` keeps no difference between 1e2 and 100.
    """
    values = [_plain(entry[name]) for name in HASHED]
    return json.dumps(values, sort_keys=True, separators=(",", ":"), default=str).encode()


def first_broken(entries: Iterable[Mapping[str, Any]]) -> int | None:
    """The ``seq`` of the first of an organization's entries, given in their order from 1, that
    does not follow from the one before it; None where all do."""
    before: bytes | None = None
    for place, entry in enumerate(entries, 1):
        held = entry["prev_hash"]
        if entry["seq"] != place or (held and bytes(held)) != before:
            return place
        before = bytes(entry["hash"])
        if before != entry_hash(held and bytes(held), entry):
            return place
    return None


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value
