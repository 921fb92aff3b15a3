"""What is searched together: the rows of one table, one workspace and one embedding space.

A part is scanned, or has an index of its own: a partial one, over nothing but its rows, recorded
as its route in ``embedding_spaces.metadata`` (``{"routes": {"chunks": {"index": …}}}``), where the
functions that search (``neonhub.db.nearest``) find it. A route holds how many rows there were, by
group, when it was last looked at: whether the index pays for a question hangs on that.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from neonhub.db.errors import InvalidInput
from neonhub.ops.roles import become

if TYPE_CHECKING:
    from collections.abc import Mapping

    import psycopg

    from neonhub.db.nearest import VectorSearch

__all__ = [
    "KINDS",
    "PREFIX",
    "Chosen",
    "Index",
    "Part",
    "indexes",
    "parts",
    "record_route",
]

PREFIX = "route_"
KINDS = ("bits", "halfvec", "ivfflat")
WIDEST, MOST = 100_000, 10**12
_PARTS = """
SELECT p.workspace_id, w.slug, p.space_id, s.name,
       -- The tenant's own to write: what is no route is none.
       CASE jsonb_typeof(s.metadata #> %(path)s) WHEN 'object' THEN s.metadata #> %(path)s
            ELSE '{}' END::text,
       sum(p.rows)::bigint, coalesce(jsonb_object_agg(p.part, p.rows)
                                     FILTER (WHERE p.part IS NOT NULL), '{}')
  FROM (SELECT workspace_id, embedding_space_id AS space_id, <group> AS part, count(*) AS rows
          FROM <table> WHERE embedding_bits IS NOT NULL AND embedding_space_id IS NOT NULL
         GROUP BY 1, 2, 3) AS p
  JOIN workspaces w ON w.id = p.workspace_id
  JOIN embedding_spaces s ON s.workspace_id = p.workspace_id AND s.id = p.space_id
 GROUP BY 1, 2, 3, 4, 5 ORDER BY 2, 4
"""
_INDEXES = """
SELECT c.relname::text, t.relname::text, a.amname::text, i.indisvalid AND i.indisready,
       pg_relation_size(c.oid), coalesce(pg_stat_get_numscans(c.oid), 0)
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
  JOIN pg_am a ON a.oid = c.relam
 WHERE c.relnamespace = 'public'::regnamespace AND starts_with(c.relname, %s)
 ORDER BY 1
"""
# What is no object where one belongs is the tenant's nonsense, and gives way.
_ROUTE = """
UPDATE embedding_spaces
   SET metadata = CASE jsonb_typeof(metadata) WHEN 'object' THEN metadata ELSE '{}' END
       || jsonb_build_object('routes',
          CASE jsonb_typeof(metadata -> 'routes') WHEN 'object' THEN metadata -> 'routes'
               ELSE '{}' END - %(table)s::text
          || CASE WHEN %(route)s::jsonb IS NULL THEN '{}'
                  ELSE jsonb_build_object(%(table)s::text, %(route)s::jsonb) END)
 WHERE workspace_id = %(workspace)s AND id = %(space)s
"""


@dataclass(frozen=True, slots=True)
class Part:
    """The vectors that one search looks at. ``route`` is what is recorded of it, ``groups`` the
    rows by dataset, guide, person: by what a search of that table may be narrowed."""

    table: str
    workspace_id: str
    workspace: str
    space_id: str
    space: str
    route: Mapping[str, Any]
    rows: int
    groups: Mapping[str, int]

    @property
    def index(self) -> str:
        """The name that its own index has, where it has one."""
        what = f"{self.table}/{self.workspace_id}/{self.space_id}"
        return f"{PREFIX}{self.table[:24]}_{hashlib.sha256(what.encode()).hexdigest()[:16]}"


@dataclass(frozen=True, slots=True)
class Index:
    """An index of a part, as the catalogue has it. ``valid`` is false while it is made, and for
    good where that was interrupted."""

    name: str
    table: str
    method: str
    valid: bool
    size: int
    scans: int


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which parts are meant: all, or those of a table, a workspace (slug or id), a space (name)."""

    table: str | None = None
    workspace: str | None = None
    space: str | None = None
    searches: tuple[VectorSearch, ...] = field(init=False)

    def __post_init__(self) -> None:
        from neonhub.schema import vector_searches

        known = vector_searches()
        found = tuple(each for each in known if self.table in (None, each.table))
        if not found:
            reason = f"it is one of {', '.join(sorted(each.table for each in known))}"
            raise InvalidInput(field="--table", reason=reason)
        object.__setattr__(self, "searches", found)

    @property
    def all(self) -> bool:
        """Whether nothing is left out."""
        return (self.table, self.workspace, self.space) == (None, None, None)

    def has(self, part: Part) -> bool:
        """Whether ``part`` is meant."""
        return self.workspace in (None, part.workspace, part.workspace_id) and self.space in (
            None,
            part.space,
        )


def parts(conn: psycopg.Connection[Any], chosen: Chosen) -> list[Part]:
    """The parts that there are, counted, as ``neonhub_maintenance``, which sees every tenant's."""
    from psycopg import sql

    become(conn, "neonhub_maintenance")
    made: list[Part] = []
    for search in chosen.searches:
        text = _PARTS.replace("<table>", search.table)
        text = text.replace("<group>", search.group or "NULL::text")
        rows = conn.execute(sql.SQL(text), {"path": ["routes", search.table]})
        made += [_part(search.table, row) for row in rows]
    conn.execute("RESET ROLE")
    found = [part for part in made if chosen.has(part)]
    if not found and not chosen.all:
        _require_known(conn, chosen)
    return found


def _part(table: str, row: tuple[Any, ...]) -> Part:
    workspace_id, workspace, space_id, space, route, rows, groups = row
    usable = {name: value for name, value in _read(route).items() if _usable(name, value)}
    part = Part(table, workspace_id, workspace, space_id, space, usable, rows, groups)
    if usable.get("index") != part.index:
        usable.pop("index", None)
    return part


def _read(route: str) -> dict[str, Any]:
    """A route as the tenant's row has it; none where it is nothing that can be read."""
    import json

    try:
        found = json.loads(route)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _usable(name: str, value: Any) -> bool:
    """Whether what a route says can be what maintenance has written."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if name in ("near", "enough"):
        return number and -1 <= value <= 2
    if name in ("width", "first", "tuned", "ef", "scan_width"):
        return number and isinstance(value, int) and 1 <= value <= WIDEST
    if name == "kind":
        return value in KINDS
    return name != "judged" or (number and isinstance(value, int) and 1 <= value <= MOST)


def _require_known(conn: psycopg.Connection[Any], chosen: Chosen) -> None:
    """Raise ``InvalidInput`` where no workspace or no space has that name."""
    become(conn, "neonhub_maintenance")
    for option, value, query in (
        ("--workspace", chosen.workspace, "SELECT FROM workspaces WHERE %s IN (slug, id)"),
        ("--space", chosen.space, "SELECT FROM embedding_spaces WHERE name = %s"),
    ):
        if value is not None and conn.execute(query.encode(), [value]).fetchone() is None:
            raise InvalidInput(field=option, reason=f"there is none called {value!r}")
    conn.execute("RESET ROLE")


def indexes(conn: psycopg.Connection[Any]) -> dict[str, Index]:
    """The indexes of parts, by name."""
    return {row[0]: Index(*row) for row in conn.execute(_INDEXES, [PREFIX])}


def record_route(conn: psycopg.Connection[Any], part: Part, route: Mapping[str, Any]) -> None:
    """Write down how ``part`` is searched from now on; an empty route is none."""
    from psycopg.types.json import Jsonb

    become(conn, "neonhub_maintenance")
    conn.execute(
        _ROUTE,
        {
            "table": part.table,
            "route": Jsonb(dict(route)) if route else None,
            "workspace": part.workspace_id,
            "space": part.space_id,
        },
    )
    conn.execute("RESET ROLE")
