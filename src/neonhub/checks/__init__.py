"""What makes a database ready for production: one rule a file, with its page in docs/checks/.

A rule is ``NNNN_name.sql``: a head of comments (``title``, ``severity``, ``remedy``) and one query
whose rows break the rule, as (object, what is wrong with it, the SQL or command that mends it, or
null). Limits are settings ``preflight.*`` with a default in the query, so that each file can be
run by hand. What a query cannot ask (a login that is tried, a file of ours) is a module of the
same form: ``TITLE``, ``SEVERITY``, ``REMEDY`` and ``faults(look)``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import psycopg

    from neonhub.settings import Settings

__all__ = ["CannotTell", "Fault", "Look"]


class Fault(NamedTuple):
    """What breaks a rule: the object, what is wrong with it, and the SQL or command that mends it.

    ``severity`` replaces the rule's where the circumstances make it less.
    """

    object: str
    what: str
    mend: str | None = None
    severity: str | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """What a rule may look at: a read-only transaction, the URL behind it, the settings. Whether
    ``thorough``: however long it takes."""

    conn: psycopg.Connection[Any]
    dsn: str
    settings: Settings
    thorough: bool = False


class CannotTell(Exception):
    """A rule cannot be judged here; the reason is its argument."""
