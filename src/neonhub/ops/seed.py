"""The baseline: the rows that a fresh database holds.

One function a section, all in one transaction. Ids follow from what a row is, and what is there
already is left as it is: seeding twice changes nothing, and a row that somebody has changed since
stays changed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, LiteralString

from neonhub.db.errors import NeonHubError
from neonhub.db.ids import deterministic_cuid

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import psycopg

__all__ = ["BaselineBlocked", "SeedReport", "seed"]

_BASELINE = Path(__file__).with_name("baseline.json")
_APP = "neonhub_app"


class BaselineBlocked(NeonHubError):
    """The baseline's {what} {slug!r} cannot be made: another one has that slug."""

    hint = "Rename the other one, then run `neonhub db seed` again."
    http_status = 409


@dataclass(slots=True)
class SeedReport:
    """How many rows of the baseline were written, and how many left as they were."""

    written: int = 0
    left: int = 0


@dataclass(slots=True)
class _Run:
    """One seeding: the connection, the baseline, and the ids that sections give each other."""

    conn: psycopg.Connection[Any]
    facts: dict[str, Any]
    report: SeedReport = field(default_factory=SeedReport)
    ids: dict[str, str] = field(default_factory=dict)

    def insert(self, statement: LiteralString, *values: Any, rows: int = 1) -> None:
        """Run an ``INSERT … ON CONFLICT DO NOTHING`` of so many rows."""
        written = self.conn.execute(statement, values).rowcount
        self.report.written += written
        self.report.left += rows - written

    def must_exist(self, table: str, row_id: str, what: str, slug: str) -> None:
        """Raise ``BaselineBlocked`` where the row could not be made."""
        from psycopg import sql

        query = sql.SQL("SELECT FROM {} WHERE id = %s").format(sql.Identifier(table))
        if self.conn.execute(query, [row_id]).fetchone() is None:
            raise BaselineBlocked(what=what, slug=slug)


def seed(dsn: str) -> SeedReport:
    """Write what is missing of the baseline into the database of ``dsn``.

    ``dsn`` is an administrator's, or that of a login that may become the tables' owner. Raises
    ``BaselineBlocked``, and for what PostgreSQL refuses the typed error of it.
    """
    import orjson
    import psycopg

    from neonhub.db.errors import translate

    try:
        with psycopg.connect(dsn, application_name="neonhub seed") as conn:
            run = _Run(conn, orjson.loads(_BASELINE.read_bytes()))
            _take_application_role(conn)
            _enter_tenant(run)
            for section in SECTIONS:
                section(run)
    except psycopg.Error as error:
        raise translate(error) from error
    return run.report


def _take_application_role(conn: psycopg.Connection[Any]) -> None:
    """Write as the application, under the policies, where the login may.

    The owner may not become the application. Its rows are held to the same policies, since row
    security is forced.
    """
    kind = "SET" if conn.info.server_version >= 160000 else "MEMBER"
    row = conn.execute("SELECT pg_has_role(session_user, %s::name, %s)", [_APP, kind]).fetchone()
    if row is not None and row[0]:
        conn.execute("SET LOCAL ROLE neonhub_app")


def _enter_tenant(run: _Run) -> None:
    """Name the rows that all others hang on, and set the tenant to them for the transaction."""
    organization = run.facts["organization"]["slug"]
    ids = {
        "organization": deterministic_cuid("organization", organization),
        "workspace": deterministic_cuid("workspace", run.facts["workspace"]["slug"]),
        "user": deterministic_cuid("user", run.facts["admin"]["email"]),
    }
    run.ids.update(ids)
    run.conn.execute(
        "SELECT set_config('neonhub.workspace_id', %s, true), "
        "set_config('neonhub.organization_id', %s, true), "
        "set_config('neonhub.user_id', %s, true)",
        [ids["workspace"], ids["organization"], ids["user"]],
    )


def admin(run: _Run) -> None:
    """The first user. One with the e-mail address who signed in before is taken for them."""
    facts = run.facts["admin"]
    run.insert(
        "INSERT INTO users (id, email, name) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
        run.ids["user"],
        facts["email"],
        facts["name"],
    )
    found = run.conn.execute(
        "SELECT id FROM users WHERE email = %s::citext", [facts["email"]]
    ).fetchone()
    if found is not None:
        run.ids["user"] = found[0]


def organization(run: _Run) -> None:
    """The organization."""
    from psycopg.types.json import Jsonb

    facts = run.facts["organization"]
    run.insert(
        "INSERT INTO organizations (id, slug, name, plan, settings, owner_id) "
        "VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        run.ids["organization"],
        facts["slug"],
        facts["name"],
        facts["plan"],
        Jsonb(facts["settings"]),
        run.ids["user"],
    )
    run.must_exist("organizations", run.ids["organization"], "organization", facts["slug"])


def workspace(run: _Run) -> None:
    """Its workspace."""
    facts = run.facts["workspace"]
    run.insert(
        "INSERT INTO workspaces (id, organization_id, slug, name, owner_id) "
        "VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        run.ids["workspace"],
        run.ids["organization"],
        facts["slug"],
        facts["name"],
        run.ids["user"],
    )
    run.must_exist("workspaces", run.ids["workspace"], "workspace", facts["slug"])


def permissions(run: _Run) -> None:
    """What roles may allow."""
    from neonhub.domains.tenancy.permissions import PERMISSIONS

    mine = run.ids["organization"]
    run.insert(
        "INSERT INTO organization_permissions (id, organization_id, key, category, description) "
        "SELECT id, %s, key, split_part(key, ':', 1), description "
        "FROM unnest(%s::text[], %s::text[], %s::text[]) AS given (id, key, description) "
        "ON CONFLICT DO NOTHING",
        mine,
        [deterministic_cuid("permission", mine, key) for key in PERMISSIONS],
        list(PERMISSIONS),
        list(PERMISSIONS.values()),
        rows=len(PERMISSIONS),
    )


def roles(run: _Run) -> None:
    """The system's roles."""
    from neonhub.domains.tenancy.permissions import SYSTEM_ROLES

    mine = run.ids["organization"]
    run.insert(
        "INSERT INTO organization_roles "
        "(id, organization_id, slug, name, description, is_system) "
        "SELECT id, %s, slug, name, description, true "
        "FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[]) "
        "AS given (id, slug, name, description) ON CONFLICT DO NOTHING",
        mine,
        *_columns(
            (deterministic_cuid("role", mine, role.slug), role.slug, role.name, role.description)
            for role in SYSTEM_ROLES
        ),
        rows=len(SYSTEM_ROLES),
    )


def role_permissions(run: _Run) -> None:
    """What each of the system's roles allows."""
    from neonhub.domains.tenancy.permissions import SYSTEM_ROLES

    mine = run.ids["organization"]
    run.insert(
        "INSERT INTO role_permissions (organization_id, role_id, permission_id) "
        "SELECT r.organization_id, r.id, p.id "
        "FROM unnest(%s::text[], %s::text[]) AS given (slug, key) "
        "JOIN organization_roles r ON r.organization_id = %s AND r.slug = given.slug "
        "JOIN organization_permissions p ON p.organization_id = %s AND p.key = given.key "
        "ON CONFLICT DO NOTHING",
        *_columns((role.slug, key) for role in SYSTEM_ROLES for key in sorted(role.permissions)),
        mine,
        mine,
        rows=sum(len(role.permissions) for role in SYSTEM_ROLES),
    )


def memberships(run: _Run) -> None:
    """The first user's place in the organization and in its workspace."""
    role, user = run.facts["admin"]["role"], run.ids["user"]
    mine, here = run.ids["organization"], run.ids["workspace"]
    run.insert(
        "INSERT INTO organization_members (id, organization_id, user_id, role_id) "
        "SELECT %s, organization_id, %s, id FROM organization_roles "
        "WHERE organization_id = %s AND slug = %s ON CONFLICT DO NOTHING",
        deterministic_cuid("organization_member", mine, user),
        user,
        mine,
        role,
    )
    run.insert(
        "INSERT INTO workspace_members (id, workspace_id, user_id, role) "
        "VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
        deterministic_cuid("workspace_member", here, user),
        here,
        user,
        role,
    )


def _columns(rows: Any) -> Sequence[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


SECTIONS: tuple[Callable[[_Run], None], ...] = (
    admin,
    organization,
    workspace,
    permissions,
    roles,
    role_permissions,
    memberships,
)
"""In the order in which they are written: each may count on those before it."""
