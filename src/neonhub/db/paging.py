"""Pages by key: a page says after which key the next begins, so none is counted through."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import orjson

from neonhub.db.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["MAX_PAGE", "Page", "after_key", "bounded", "page_of"]

MAX_PAGE = 200
"""No list is longer than this at once."""

ItemT = TypeVar("ItemT")


@dataclass(frozen=True, slots=True)
class Page(Generic[ItemT]):
    """Some items, and the cursor for those after; ``None`` at the end."""

    items: list[ItemT]
    next_cursor: str | None


def bounded(limit: int) -> int:
    """``limit``, or a clear error when it is not a page's size."""
    if not 1 <= limit <= MAX_PAGE:
        raise InvalidInput(field="limit", reason=f"it must be from 1 to {MAX_PAGE}, not {limit}")
    return limit


def after_key(cursor: str | None) -> str:
    """The key that a cursor stands for; the empty string, before every key, without one."""
    if cursor is None:
        return ""
    try:
        key: Any = orjson.loads(base64.urlsafe_b64decode(cursor.encode() + b"=="))
    except (binascii.Error, orjson.JSONDecodeError, UnicodeEncodeError, ValueError) as error:
        raise InvalidInput(field="cursor", reason="it was not made by this list") from error
    if not isinstance(key, str):
        raise InvalidInput(field="cursor", reason="it was not made by this list")
    return key


def page_of(rows: Sequence[ItemT], limit: int, key: Callable[[ItemT], str]) -> Page[ItemT]:
    """A page of ``rows``, of which one more than ``limit`` was asked for."""
    items = list(rows[:limit])
    if len(rows) <= limit:
        return Page(items, None)
    cursor = base64.urlsafe_b64encode(orjson.dumps(key(items[-1]))).rstrip(b"=")
    return Page(items, cursor.decode())
