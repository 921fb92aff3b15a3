"""Slugs: the names that addresses and commands carry."""

from __future__ import annotations

import re
import unicodedata

from neonhub.db.errors import InvalidInput
from neonhub.db.ids import is_cuid

__all__ = ["MAX_SLUG", "checked_slug", "slugify"]

MAX_SLUG = 100
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def slugify(name: str) -> str:
    """``My Handbook`` -> ``my-handbook``; raises ``InvalidInput`` when nothing is left."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain)[:MAX_SLUG].strip("-")
    if not slug:
        raise InvalidInput(field="name", reason=f"{name!r} has no letter or digit to make a slug")
    return slug


def checked_slug(slug: str) -> str:
    """``slug`` as it is; raises ``InvalidInput`` when it is none, or could be taken for an id."""
    if len(slug) > MAX_SLUG or not _SLUG.fullmatch(slug):
        reason = (
            f"{slug[:MAX_SLUG]!r} is not of small letters and digits, with single hyphens "
            f"between, and at most {MAX_SLUG} of them"
        )
        raise InvalidInput(field="slug", reason=reason)
    if is_cuid(slug):
        raise InvalidInput(field="slug", reason=f"{slug!r} has the form of an id")
    return slug
