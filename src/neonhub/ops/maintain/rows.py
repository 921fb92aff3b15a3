"""Rows that are past: deleted in batches, after they were archived where the rule says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from neonhub.db.errors import NeonHubError
from neonhub.ops.maintain.archive.columns import NotArchivable, columns_of, fetch, same
from neonhub.ops.maintain.archive.files import ArchiveDamaged, ArchiveNotWritten, Place
from neonhub.ops.maintain.misfits import RowsStay, check_fit, misfits
from neonhub.ops.maintain.rollup import carry_runs
from neonhub.ops.maintain.scopes import Span, check_settings, spans
from neonhub.ops.maintain.work import MAINTENANCE, acting, patiently, tell_all

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import psycopg

    from neonhub.ops.maintain.archive.columns import Column
    from neonhub.ops.maintain.rules import Rule
    from neonhub.ops.maintain.work import Work

__all__ = ["NowhereToArchive", "archive_folder", "expire_rows"]

BATCH = 1_000
# Rows that are archived at a time are in memory: the first few tell how many roots, with their
# parts, fit. The fewer at a time, the more often a month's file is written anew.
SLICE = 50_000
_FIRST = 2_000
_ROOM = 64 << 20
_CARRIES: dict[str, Callable[[psycopg.Connection[Any], str, list[str]], None]] = {
    "agent_runs": carry_runs
}


class NowhereToArchive(NeonHubError):
    """{rows} rows of {table} are past and must be archived first, and there is no archive."""

    hint = "Name a folder with --archive-to DIR or NEONHUB_ARCHIVE_TO."
    exit_code = 78


def archive_folder(work: Work, table: str, rows: int) -> Path:
    """Where to archive. Raises ``NowhereToArchive`` (so many rows wait), ``ArchiveNotWritten``."""
    if work.archive_to is None:
        raise NowhereToArchive(table=table, rows=f"{rows:,}")
    try:
        work.archive_to.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ArchiveNotWritten(path=work.archive_to, reason=error.strerror) from error
    return work.archive_to


def expire_rows(work: Work, rule: Rule) -> None:
    """Delete what is past by ``rule``, its parts with it."""
    with acting(work.conn, MAINTENANCE, snapshot=True):
        found, said = spans(work, rule)
    failures: list[NeonHubError] = []
    for span in found:
        if rule.archive:
            failures += _archive(work, rule, span)
        elif work.dry_run:
            work.count("rows to delete", _waiting(work, rule, span))
        else:
            _delete(work, rule, span)
    tell_all(work, failures)
    check_settings(said)


def _waiting(work: Work, rule: Rule, span: Span) -> int:
    query = f"SELECT count(*) FROM {rule.table} r WHERE {span.condition}"
    with acting(work.conn, MAINTENANCE, snapshot=True):
        row = work.conn.execute(query.encode(), span.values).fetchone()
    return int(row[0]) if row else 0


def _delete(work: Work, rule: Rule, span: Span) -> None:
    # Rows that others hold are left to the next run: nobody waits for us, and we for nobody.
    statement = (
        f"DELETE FROM {rule.table} WHERE ctid = ANY(ARRAY(SELECT r.ctid FROM {rule.table} r "
        f"WHERE {span.condition} LIMIT {BATCH} FOR UPDATE SKIP LOCKED))"
    )

    def batch() -> int:
        with acting(work.conn, MAINTENANCE):
            return work.conn.execute(statement.encode(), span.values).rowcount

    while not work.out_of_time():
        gone = patiently(rule.table, batch)
        work.count("rows deleted", gone)
        if not gone:
            return


# -- with an archive -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Table:
    """A table of a rule: its columns, and the one that holds the id of the root."""

    name: str
    columns: list[Column]
    root_column: str


@dataclass(slots=True)
class _Pace:
    """How many roots the next slice has, and those that stay where they are for now."""

    size: int
    left: list[str]

    def learn(self, roots: int, held: int) -> None:
        """So many roots held so many bytes."""
        self.size = max(min(SLICE, _ROOM * roots // max(held, 1)), min(SLICE, BATCH))


@dataclass(frozen=True, slots=True)
class _Family:
    """A rule's tables of one tenant and month; the parts before the root."""

    rule: Rule
    tenant: str
    month: str
    tables: list[_Table]

    @property
    def of_tenant(self) -> str:
        """The condition that names the tenant."""
        return f"r.{self.rule.tenant} = %(tenant)s"


def _archive(work: Work, rule: Rule, span: Span) -> list[NeonHubError]:
    """What is wrong with rows that therefore stay."""
    unfit = misfits(work.conn, rule)
    fit = Span(" AND NOT ".join([span.condition, *unfit.values()]), span.values)
    groups = (
        f"SELECT r.{rule.tenant}, to_char({rule.age}, 'YYYY-MM'), count(*) FROM {rule.table} r "
        f"WHERE {fit.condition} GROUP BY 1, 2 ORDER BY 2, 1"
    )
    with acting(work.conn, MAINTENANCE, snapshot=True):
        found = work.conn.execute(groups.encode(), fit.values).fetchall()
    failures: list[NeonHubError] = []
    if work.dry_run:
        work.count("rows to archive and delete", sum(rows for *_, rows in found))
    elif found:
        archive_folder(work, rule.table, sum(rows for *_, rows in found))
        failures = _archive_each(work, rule, fit, [(tenant, month) for tenant, month, _ in found])
    try:
        with acting(work.conn, MAINTENANCE, snapshot=True):
            check_fit(work.conn, rule, span, unfit)
    except RowsStay as error:
        failures.append(error)
    return failures


def _archive_each(
    work: Work, rule: Rule, span: Span, found: list[tuple[str, str]]
) -> list[NeonHubError]:
    """Archive each tenant's month; what is wrong with one leaves the others to be done."""
    tables = [
        *(
            _Table(each.table, columns_of(work.conn, each.table), each.column)
            for each in rule.parts
        ),
        _Table(rule.table, columns_of(work.conn, rule.table), "id"),
    ]
    pace = _Pace(min(SLICE, _FIRST), [])
    failures: list[NeonHubError] = []
    for tenant, month in found:
        family = _Family(rule, tenant, month, tables)
        pace.left = []
        try:
            while not work.out_of_time():
                if not _slice(work, family, span, pace):
                    break
        except (NotArchivable, ArchiveDamaged) as error:
            failures.append(error)
        if pace.left:
            work.tell(f"{len(pace.left):,} rows of {rule.table} changed meanwhile and stay for now")
    return failures


def _slice(work: Work, family: _Family, span: Span, pace: _Pace) -> bool:
    """Archive and delete some rows; whether there may be more."""
    rule = family.rule
    wanted = (
        f"{span.condition} AND {family.of_tenant} AND to_char({rule.age}, 'YYYY-MM') = %(month)s "
        "AND r.id <> ALL(%(left)s)"
    )
    values = {**span.values, "tenant": family.tenant, "month": family.month, "left": pace.left}
    with acting(work.conn, MAINTENANCE, snapshot=True):
        ids = [
            row[0]
            for row in work.conn.execute(
                f"SELECT r.id FROM {rule.table} r WHERE {wanted} ORDER BY r.id "
                f"LIMIT {pace.size}".encode(),
                values,
            )
        ]
        if not ids:
            return False
        rows = {
            each.name: fetch(
                work.conn,
                each.name,
                each.columns,
                f"SELECT {{columns}} FROM {each.name} r WHERE {family.of_tenant} "
                f"AND r.{each.root_column} = ANY(%(ids)s) ORDER BY r.{each.root_column}, r.id",
                {"tenant": family.tenant, "ids": ids},
            )
            for each in family.tables
        }
    kept = {each.name: _kept(work, family, each, rows[each.name]) for each in family.tables}
    for start in range(0, len(ids), BATCH):
        if work.out_of_time():
            return False
        pace.left += _drop(work, family, span, ids[start : start + BATCH], kept)
    more = len(ids) == pace.size
    pace.learn(len(ids), sum(each.nbytes for each in rows.values()))
    return more


def _kept(work: Work, family: _Family, table: _Table, rows: Any) -> Any:
    """The rows as the archive has them: those that were there already, or those written now."""
    import pyarrow as pa

    if not rows.num_rows:
        return rows
    assert work.archive_to is not None and family.rule.tenant is not None  # noqa: S101, PT018
    place = Place(work.archive_to, table.name, family.rule.tenant, family.tenant, family.month)
    found = place.found(rows, ["id"])
    if found is not None and same(_ordered(found, table), _ordered(rows, table)):
        return found
    read = place.write(table.columns, ["id"], [rows])
    back = pa.concat_tables([each.select(rows.column_names) for each in read])
    if not same(back, rows):
        raise place.not_the_same()
    work.count("rows archived", rows.num_rows)
    return back


def _ordered(rows: Any, table: _Table) -> Any:
    return rows.sort_by([(table.root_column, "ascending"), ("id", "ascending")])


def _drop(
    work: Work, family: _Family, span: Span, ids: list[str], kept: dict[str, Any]
) -> list[str]:
    """Delete these roots and their parts, where what is deleted is what was archived.

    What the DELETE gives back is held against what was read back from the file; one row that
    differs, and nothing of the transaction stands. Returns the ids that were left for that.
    """
    left: list[str] = []

    def attempt() -> dict[str, int]:
        nonlocal left
        wanted = sorted(set(ids) - set(left))
        with acting(work.conn, MAINTENANCE):
            locked = _locked(work, family, span, wanted)
            if carry := _CARRIES.get(family.rule.name):
                carry(work.conn, family.tenant, locked)
            gone = {}
            for each in family.tables:
                rows = _deleted(work, family, each, locked)
                changed = _changed(each, rows, kept[each.name], locked)
                if changed:
                    left += changed
                    raise _Changed
                gone[each.name] = rows.num_rows
            return gone

    while True:
        try:
            gone = patiently(family.rule.table, attempt)
        except _Changed:
            continue
        for table, number in gone.items():
            work.count("rows deleted" if table == family.rule.table else "parts deleted", number)
        return left


class _Changed(Exception):
    """A row is not as it was archived: the transaction is taken back."""


def _locked(work: Work, family: _Family, span: Span, ids: list[str]) -> list[str]:
    """Those of ``ids`` that are still past, locked: from here on nothing refers to them anew."""
    statement = (
        f"SELECT r.id FROM {family.rule.table} r WHERE {span.condition} AND {family.of_tenant} "
        "AND r.id = ANY(%(ids)s) FOR UPDATE SKIP LOCKED"
    )
    values = {**span.values, "tenant": family.tenant, "ids": ids}
    return [row[0] for row in work.conn.execute(statement.encode(), values)]


def _deleted(work: Work, family: _Family, table: _Table, ids: list[str]) -> Any:
    gone = fetch(
        work.conn,
        table.name,
        table.columns,
        f"DELETE FROM {table.name} r WHERE {family.of_tenant} "
        f"AND r.{table.root_column} = ANY(%(ids)s) RETURNING {{columns}}",
        {"tenant": family.tenant, "ids": ids},
    )
    return _ordered(gone, table)


def _changed(table: _Table, gone: Any, kept: Any, ids: list[str]) -> list[str]:
    """The roots of rows that were deleted and are not in the archive just so."""
    import pyarrow as pa
    from pyarrow import compute as pc

    here = pc.is_in(kept[table.root_column], value_set=pa.array(ids, pa.string()))
    expected = _ordered(kept.filter(here), table)
    if same(gone, expected):
        return []
    there = {row["id"]: row for row in expected.to_pylist()}
    found = {row["id"]: row for row in gone.to_pylist()}
    differ = [key for key in there.keys() | found.keys() if there.get(key) != found.get(key)]
    roots = {(there.get(key) or found[key])[table.root_column] for key in differ}
    return sorted(roots)
