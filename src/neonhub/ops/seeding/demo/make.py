"""Make the demo: fill the sheets, then write them in one transaction, each as the role that may.

Users and what signing in needs are written as ``neonhub_auth``; all else as ``neonhub_app``, with
the tenant set that the rows belong to, under the policies like any work of a user's.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from neonhub.db.ids import deterministic_cuid
from neonhub.ops.migrate import require_head
from neonhub.ops.seeding.demo import (
    activity,
    agents,
    analytics,
    billing,
    brands,
    budget,
    campaigns,
    collaboration,
    connectors,
    content,
    governance,
    knowledge,
    leads,
    marketing,
    people,
    runs,
    seo,
    team,
)
from neonhub.ops.seeding.demo.profiles import PROFILES
from neonhub.ops.seeding.demo.secrets import Vault
from neonhub.ops.seeding.demo.world import Place, Sheet, World
from neonhub.ops.seeding.run import BaselineBlocked
from neonhub.ops.seeding.writing import APP, AUTH, act_as, enter, insert_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import psycopg

    from neonhub.db.crypto import Sealer
    from neonhub.ops.seeding.demo.world import Row

__all__ = ["DemoReport", "build", "seed_demo"]

_FILLS: tuple[Callable[[Place], None], ...] = (
    team.fill_workspace,
    brands.fill,
    connectors.fill,
    agents.fill,
    runs.fill,
    content.fill,
    seo.fill,
    people.fill,
    marketing.fill,
    leads.fill,
    marketing.fill_figures,
    activity.fill,
    campaigns.fill,
    knowledge.fill,
    budget.fill,
    collaboration.fill,
    analytics.fill,
)
"""In this order for each workspace: each may read what those before it have filled."""


@dataclass(slots=True)
class DemoReport:
    """Rows written by table, none where the demo was there; ``anchor`` is the day it counts from.

    A demo that is there is left as it is, whatever was changed in it since.
    """

    anchor: dt.date
    tables: dict[str, int] = field(default_factory=dict)

    @property
    def written(self) -> int:
        """All rows together."""
        return sum(self.tables.values())


def seed_demo(
    dsn: str, *, anchor: dt.date | None = None, sealer: Sealer | None = None
) -> DemoReport:
    """Make the demo in the database of ``dsn``, which holds the baseline, unless it is there.

    All times in it are counted from the midnight (UTC) at which ``anchor`` begins: today's, where
    none is given. With ``sealer`` its made-up tokens are sealed. Raises ``BaselineBlocked`` where
    another organization or workspace has a slug of the demo's.
    """
    import psycopg

    from neonhub.db.errors import translate

    try:
        with psycopg.connect(dsn, application_name="neonhub seed demo") as conn:
            require_head(conn)
            act_as(conn, APP)
            # One at a time: the second finds what the first has made.
            conn.execute("SELECT pg_advisory_xact_lock(7236003)")
            day = anchor or dt.datetime.now(dt.UTC).date()
            if (there := _anchor_of(conn)) is not None:
                return DemoReport(there)
            world = build(day, Vault(sealer), _users(conn), _connectors(conn))
            return DemoReport(day, _write(conn, world))
    except psycopg.Error as error:
        raise translate(error) from error


def build(
    anchor: dt.date, vault: Vault, users: Mapping[str, str], catalogue: Mapping[str, str]
) -> World:
    """All rows. ``users``: ids of those of the team who are there already, by e-mail;
    ``catalogue``: ids of connectors by name."""
    from neonhub.embedding.lexical import LexicalEmbedder

    organization_id = _organization_id()
    midnight = dt.datetime.combine(anchor, dt.time(), dt.UTC)
    sheet = Sheet("organization", {"organization_id": organization_id})
    world = World(midnight, LexicalEmbedder(), vault, sheet, Sheet("globals", {}))
    world.connectors.update(catalogue)
    for profile in PROFILES:
        owner = {"workspace_id": deterministic_cuid("workspace", profile.slug)}
        world.places.append(Place(profile.slug, owner, world=world, profile=profile))
    team.fill_identity(world, users)
    team.fill_organization(world)
    for place in world.places:
        for fill in _FILLS:
            fill(place)
    billing.fill(world)
    governance.fill(world)
    return world


def _organization_id() -> str:
    return deterministic_cuid("organization", team.ORGANIZATION["slug"])


def _anchor_of(conn: psycopg.Connection[Any]) -> dt.date | None:
    """The day that the demo of this database counts from; None where there is no demo."""
    enter(conn, organization_id=_organization_id())
    row = conn.execute(
        "SELECT settings #>> '{demo,anchor}', created_at FROM organizations WHERE id = %s",
        [_organization_id()],
    ).fetchone()
    if row is None:
        return None
    return dt.date.fromisoformat(row[0]) if row[0] else row[1].date()


def _users(conn: psycopg.Connection[Any]) -> dict[str, str]:
    found = conn.execute(
        "SELECT lower(email::text), id FROM users WHERE email = ANY(%s::citext[])",
        [list(team.EMAILS)],
    )
    return dict(found.fetchall())


def _connectors(conn: psycopg.Connection[Any]) -> dict[str, str]:
    return dict(conn.execute("SELECT name, id FROM connectors").fetchall())


# -- writing -------------------------------------------------------------------------------

_REFERENCES = """
SELECT c.relname,
       ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid
                AND a.attname IN ('created_at', 'updated_at') ORDER BY 1),
       ARRAY(SELECT t.relname::text FROM pg_constraint k JOIN pg_class t ON t.oid = k.confrelid
              WHERE k.contype = 'f' AND k.conrelid = c.oid AND t.oid <> c.oid ORDER BY 1)
  FROM pg_class c
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
   AND NOT c.relispartition
 ORDER BY c.relname
"""


@dataclass(slots=True)
class _Writer:
    """Writes sheets by the live catalogue, which spares a command the import of all tables."""

    conn: psycopg.Connection[Any]
    world: World
    done: dict[str, int] = field(default_factory=dict)
    order: dict[str, int] = field(default_factory=dict)
    stamps: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        from graphlib import TopologicalSorter

        graph = {}
        for table, stamps, targets in self.conn.execute(_REFERENCES):
            self.stamps[table] = stamps
            graph[table] = targets
        ordered = TopologicalSorter(graph).static_order()
        self.order = {table: place for place, table in enumerate(ordered)}

    def put(self, sheet: Sheet, *, conflict: str = "") -> None:
        """Write a sheet's tables, what is referred to first."""
        for table in sorted(sheet.rows, key=self.order.__getitem__):
            self.write(table, sheet.rows[table], conflict=conflict)

    def write(self, table: str, rows: Sequence[Row], *, conflict: str = "") -> None:
        """Write rows of one table, and count them."""
        full = list(self._complete(table, rows))
        written = insert_rows(self.conn, table, full, conflict=conflict)
        self.done[table] = self.done.get(table, 0) + written

    def _complete(self, table: str, rows: Sequence[Row]) -> Iterator[Row]:
        """The rows with one set of columns, their times of making and of change included.

        Nothing is left to ``now()``: the demo is the same whenever it is written.
        """
        names = dict.fromkeys(name for row in rows for name in row)
        for row in rows:
            made = row.get("created_at") or self.world.before(days=40)
            times = {"created_at": made, "updated_at": row.get("updated_at") or made}
            full = {name: row.get(name) for name in names}
            yield full | {name: times[name] for name in self.stamps[table]}


def _write(conn: psycopg.Connection[Any], world: World) -> dict[str, int]:
    """Write all sheets; how many rows each table got."""
    writer = _Writer(conn, world)
    act_as(conn, AUTH)
    # Somebody of the team may have signed in before: what they have is theirs.
    writer.put(world.globals, conflict="ON CONFLICT DO NOTHING")
    act_as(conn, APP)
    for user_id, sheet in world.user_sheets.items():
        enter(conn, user_id=user_id)
        writer.put(sheet, conflict="ON CONFLICT DO NOTHING")
    enter(conn, organization_id=world.organization_id)
    _claim(writer)
    writer.put(world.organization)
    for place in world.places:
        enter(conn, workspace_id=place.workspace_id, organization_id=world.organization_id)
        writer.put(place)
    return writer.done


def _claim(writer: _Writer) -> None:
    """Write the organization and its workspaces.

    Raises where a slug is another's: no policy shows it, but its unique index does.
    """
    from psycopg import errors

    for table in ("organizations", "workspaces"):
        for row in writer.world.organization.rows.pop(table):
            try:
                writer.write(table, [row])
            except errors.UniqueViolation as error:
                what = table.removesuffix("s")
                raise BaselineBlocked(what=what, slug=row["slug"]) from error
