"""One workspace taken back to a backup, beside others that live on.

All happens in one transaction of the live database, as its owner with this tenant set: the forced
policies, not our care, keep it from every other tenant's rows. That they were kept is shown by the
fingerprints of all other rows before and after, in the same transaction.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from neonhub.db.errors import Deadlock, InvalidInput, NeonHubError, NotFound
from neonhub.ops.backup.fingerprints import Fingerprint, fingerprints
from neonhub.ops.backup.log import logged, silent
from neonhub.ops.backup.parts import Partly, in_order, keep_aside, kept_name, source
from neonhub.ops.backup.restore import differences
from neonhub.ops.backup.rows import Put, put_rows
from neonhub.ops.backup.since import erasures_since

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import psycopg

    from neonhub.ops.backup.erasures import Erasure
    from neonhub.ops.backup.log import Notify
    from neonhub.ops.backup.parts import Source

__all__ = ["OthersTouched", "WorkspaceBusy", "WorkspaceMoved", "restore_workspace"]

_ATTEMPTS = 3
# Only ever added to, and a change of mind must not be forgotten: what came since stays.
_CONSENTS = "person_consents"


class WorkspaceBusy(NeonHubError):
    """Rows of the workspace {workspace} are being changed: it cannot be replaced meanwhile."""

    hint = "Nothing was changed. Stop what works in it (agents, imports), then try again."
    http_status = 409
    exit_code = 75


class WorkspaceMoved(NeonHubError):
    """The workspace {workspace} cannot be put back: {reason}."""

    hint = "Nothing was changed. Restore the whole backup into a new database and look there."
    http_status = 409
    exit_code = 65


class OthersTouched(NeonHubError):
    """Rows of other tenants would have been changed: {faults}."""

    hint = "Nothing was changed: the transaction was taken back. This is a fault of NeonHub's."
    exit_code = 70


class NotAsInBackup(NeonHubError):
    """The workspace would not have been as it was: {faults}."""

    hint = "Nothing was changed: the transaction was taken back."
    exit_code = 65


_PLAIN = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class _Workspace:
    id: str
    organization: str
    slug: str

    def __post_init__(self) -> None:
        # It becomes part of statements, and whoever may write a workspace has chosen it.
        if not _PLAIN.fullmatch(self.id):
            raise InvalidInput(field="--workspace", reason=f"its id {self.id!r} is none of ours")

    def rows(self, table: str) -> str:
        """The condition for its rows ``r`` of a table."""
        column = "id" if table.rpartition(".")[2] == "workspaces" else "workspace_id"
        return f"r.{column} = '{self.id}'"


def restore_workspace(
    dsn: str,
    where: Path | str,
    workspace: str,
    *,
    jobs: int = 2,
    identity: Sequence[Path] = (),
    trust: bool = False,
    notify: Notify = silent,
) -> Partly:
    """Put every row of a workspace (its slug or id) back as the backup has it.

    The rows that it has now are kept in a database of their own. A row that refers to what is
    gone (a user who was deleted) is treated as that deletion would have; consents that came since
    stay; what was erased since is left out. Rows of the organization stay as they are. Raises as
    ``restore``, and ``NotFound``, ``WorkspaceMoved``, ``WorkspaceBusy``, ``ReferenceLost``.
    """
    about = {"from": str(where), "workspace": workspace}
    how: Any = {"jobs": jobs, "identity": identity, "trust": trust, "notify": notify}
    with logged(dsn, "restore", about, notify) as detail:
        with source(dsn, where, **how) as backup:
            found = _found(backup, workspace)
            erasures = erasures_since(dsn, backup.backup, notify)
            mine = [each for each in erasures if each[1] == found.id]
            name = kept_name(dsn)
            done = _replaced(dsn, backup, found, mine, name)
        made = Partly(found.slug, name, done, len(mine), backup.verified)
        detail.update(workspace=found.id, rows=made.rows, kept=name)
        detail.update(seconds=backup.verified.seconds)
    return made


def _found(backup: Source, workspace: str) -> _Workspace:
    from neonhub.ops.prepare import connected

    with connected(backup.dsn) as conn, conn.transaction():
        conn.execute("SET LOCAL ROLE neonhub_maintenance")
        row = conn.execute(
            "SELECT id, organization_id, slug FROM workspaces WHERE id = %(ref)s OR slug = %(ref)s "
            "ORDER BY id = %(ref)s DESC, deleted_at IS NULL DESC LIMIT 1",
            {"ref": workspace},
        ).fetchone()
    if row is None:
        raise NotFound(what="workspace in the backup", key=workspace)
    return _Workspace(*row)


def _replaced(
    dsn: str, backup: Source, workspace: _Workspace, erasures: list[Erasure], name: str
) -> list[Put]:
    from neonhub.ops.prepare import connected

    for attempt in range(_ATTEMPTS):
        try:
            # What was there before is seen by the second connection until the first commits.
            with connected(dsn) as live, connected(dsn) as beside, live.transaction():
                live.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                _claim(live, workspace)
                _check_quiet(live, beside, workspace)
                done = _exchange(live, beside, backup, workspace, erasures)
                rows = {table: workspace.rows(table) for table in [*_tables(), "workspaces"]}
                keep_aside(beside, backup.dsn, rows, name)
        except (Deadlock, WorkspaceBusy) as error:
            if attempt == _ATTEMPTS - 1:
                raise WorkspaceBusy(workspace=workspace.slug) from error
        else:
            return done
    raise AssertionError


def _tables() -> list[str]:
    """Those with a workspace's rows, those first to which others refer."""
    from neonhub.db.policies import Scope
    from neonhub.schema import catalogue

    return in_order(entry.name for entry in catalogue() if entry.scope is Scope.WORKSPACE)


def _act_as(conn: psycopg.Connection[Any], role: str) -> None:
    conn.execute(f"SET LOCAL ROLE {role}; SET LOCAL search_path = public".encode())


def _claim(live: psycopg.Connection[Any], workspace: _Workspace) -> None:
    """Lock the workspace: no row that refers to it can be added from now on."""
    _act_as(live, "neonhub_maintenance")
    row = live.execute(
        "SELECT (SELECT organization_id FROM workspaces WHERE id = %(id)s), "
        "EXISTS (SELECT FROM organizations WHERE id = %(organization)s), "
        "EXISTS (SELECT FROM workspaces WHERE slug = %(slug)s AND id <> %(id)s "
        "AND deleted_at IS NULL)",
        {"id": workspace.id, "organization": workspace.organization, "slug": workspace.slug},
    ).fetchone()
    assert row is not None  # noqa: S101
    now_in, organization, slug_taken = row
    if not organization:
        raise WorkspaceMoved(workspace=workspace.slug, reason="its organization is gone")
    if now_in not in {None, workspace.organization}:
        reason = "it belongs to another organization now"
        raise WorkspaceMoved(workspace=workspace.slug, reason=reason)
    if slug_taken:
        raise WorkspaceMoved(workspace=workspace.slug, reason="another workspace has its slug now")
    _act_as(live, "neonhub_owner")
    live.execute(
        "SELECT set_config('neonhub.workspace_id', %s, true), "
        "set_config('neonhub.organization_id', %s, true)",
        [workspace.id, workspace.organization],
    )
    live.execute("SELECT FROM workspaces WHERE id = %s FOR UPDATE", [workspace.id])


def _check_quiet(
    live: psycopg.Connection[Any], beside: psycopg.Connection[Any], workspace: _Workspace
) -> None:
    """What came between the transaction's begin and its lock is seen by others, and not by it."""
    with beside.transaction():
        _act_as(beside, "neonhub_maintenance")
        now = fingerprints(beside, _mine(workspace))
    if _seen(live, _mine(workspace)) != now:
        raise WorkspaceBusy(workspace=workspace.slug)


def _seen(conn: psycopg.Connection[Any], of: Callable[[str], str | None]) -> dict[str, Fingerprint]:
    _act_as(conn, "neonhub_maintenance")
    found = fingerprints(conn, of)
    _act_as(conn, "neonhub_owner")
    return found


def _mine(workspace: _Workspace) -> Callable[[str], str | None]:
    scoped = {f"public.{name}" for name in _tables()}
    return lambda table: workspace.rows(table) if table in scoped else None


def _others(workspace: _Workspace) -> Callable[[str], str | None]:
    scoped = {"public.workspaces", *(f"public.{name}" for name in _tables())}
    return lambda table: f"NOT ({workspace.rows(table)})" if table in scoped else "true"


def _exchange_sums(
    scratch: psycopg.Connection[Any], live: psycopg.Connection[Any], workspace: _Workspace
) -> None:
    """What rows that had left came to, as of the backup: rows that return are not counted twice."""
    query = "SELECT rollup, workspace_id, key, sums FROM neonhub.rolled_up WHERE workspace_id = %s"
    sums = scratch.execute(query, [workspace.id]).fetchall()
    live.execute("DELETE FROM neonhub.rolled_up WHERE workspace_id = %s", [workspace.id])
    with live.cursor() as cursor:
        insert = "INSERT INTO neonhub.rolled_up (rollup, workspace_id, key, sums) VALUES "
        cursor.executemany(f"{insert} (%s, %s, %s, %s)".encode(), sums)


def _exchange(
    live: psycopg.Connection[Any],
    beside: psycopg.Connection[Any],
    backup: Source,
    workspace: _Workspace,
    erasures: list[Erasure],
) -> list[Put]:
    """Take the workspace's rows away and put the backup's there; prove both sides of it."""
    from neonhub.ops.prepare import connected

    before = _seen(live, _others(workspace))
    with connected(backup.dsn) as scratch, scratch.transaction(), beside.transaction():
        for conn in (scratch, beside):
            _act_as(conn, "neonhub_maintenance")
        _clear(live)
        done = [put_rows(scratch, live, "workspaces", workspace.rows("workspaces"), over=True)]
        for table in _tables():
            gone = [each for each in erasures if each[0] == table]
            without = ([each[1] for each in gone], [each[2] for each in gone]) if gone else None
            rows = workspace.rows(table)
            done.append(put_rows(scratch, live, table, rows, without=without))
        _exchange_sums(scratch, live, workspace)
        proof = fingerprints(scratch, _mine(workspace))
        _check_own(done, proof, _seen(live, _mine(workspace)))
        since = f"{workspace.rows(_CONSENTS)} AND r.updated_at > '{backup.backup.manifest.moment}'"
        since += "::timestamptz - interval '1 day'"
        done.append(put_rows(beside, live, _CONSENTS, since, missing=True))
    _advance_sequences(live)
    if faults := list(differences(before, _seen(live, _others(workspace)))):
        raise OthersTouched(faults="; ".join(faults[:5]))
    return [each for each in done if each.put or each.left_out]


def _check_own(
    done: list[Put], backup: dict[str, Fingerprint], now: dict[str, Fingerprint]
) -> None:
    """Where nothing had to be left out or cleared, the rows are the backup's to the letter."""
    exact = {f"public.{each.table}" for each in done if not each.left_out and not each.cleared}
    expected = {table: each for table, each in backup.items() if table in exact}
    found = {table: each for table, each in now.items() if table in exact}
    if faults := list(differences(expected, found)):
        raise NotAsInBackup(faults="; ".join(faults[:5]))


# What is only ever added to refuses to be deleted from, but for what follows from elsewhere: from
# within a trigger. To turn its own trigger off would lock the table for every tenant.
_CLEARING = """
CREATE TEMP TABLE neonhub_clearing (name text) ON COMMIT DROP;
CREATE FUNCTION pg_temp.neonhub_clear() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('DELETE FROM public.%I WHERE workspace_id = neonhub.current_workspace()',
                   NEW.name);
    RETURN NULL;
END $$;
CREATE TRIGGER clear AFTER INSERT ON neonhub_clearing
    FOR EACH ROW EXECUTE FUNCTION pg_temp.neonhub_clear()
"""


def _clear(live: psycopg.Connection[Any]) -> None:
    live.execute(_CLEARING.encode())
    for table in reversed(_tables()):
        live.execute("INSERT INTO neonhub_clearing VALUES (%s)", [table])
    live.execute("DROP TABLE neonhub_clearing; DROP FUNCTION pg_temp.neonhub_clear()")


def _advance_sequences(live: psycopg.Connection[Any]) -> None:
    """A sequence goes on after the rows that were put; only where they are ahead of it."""
    from neonhub.schema import catalogue

    for entry in catalogue():
        for column in entry.table.columns:
            if column.identity is None:
                continue
            name = f"public.{entry.name}_{column.name}_seq"
            live.execute(
                f"SELECT setval('{name}', top) FROM (SELECT max({column.name}) AS top "
                f"FROM public.{entry.name}) t, {name} s WHERE top > s.last_value".encode()
            )
