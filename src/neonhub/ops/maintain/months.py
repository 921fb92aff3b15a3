"""Whole months that are past: archived tenant by tenant, then their partition is dropped.

Rows of an append-only table cannot be deleted, by grant and by trigger; and a partition goes in a
moment where a million rows take minutes. It holds the rows of all tenants, so it goes when every
tenant that has rows in it may let them go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neonhub.ops.maintain.archive.columns import NotArchivable, columns_of, fetch, same
from neonhub.ops.maintain.archive.files import ArchiveDamaged, Place, Rows, read_rows, version_of
from neonhub.ops.maintain.partitions import months_of
from neonhub.ops.maintain.periods import periods
from neonhub.ops.maintain.rollup import carry_events
from neonhub.ops.maintain.rows import archive_folder
from neonhub.ops.maintain.scopes import check_settings
from neonhub.ops.maintain.work import MAINTENANCE, OWNER, acting, patiently, tell_all

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neonhub.db.errors import NeonHubError
    from neonhub.ops.maintain.archive.columns import Column
    from neonhub.ops.maintain.partitions import Month
    from neonhub.ops.maintain.periods import Periods
    from neonhub.ops.maintain.rules import Rule
    from neonhub.ops.maintain.work import Work

__all__ = ["expire_months"]

PAGE = 50_000
_CARRIES = {"metric_events": carry_events}
_OVER = "SELECT %s::timestamptz <= %s::timestamptz - %s::interval"


def expire_months(work: Work, rule: Rule) -> None:
    """Archive and drop the months of ``rule`` that are past for all."""
    with acting(work.conn, MAINTENANCE, snapshot=True):
        found = periods(work.conn, rule, work.overrides)
    failures: list[NeonHubError] = []
    for month in months_of(work.conn, rule.table):
        if work.out_of_time():
            break
        if not any(_over(work, each.interval, month) for each in _in_use(found)):
            break  # later months are not past either
        rows = _rows_of(work, rule, month)
        if not _all_let_go(work, rule, found, month, rows):
            continue
        if work.dry_run:
            work.count("months to drop")
            work.count("rows to archive and delete", sum(rows.values()))
            continue
        if rows:
            archive_folder(work, rule.table, sum(rows.values()))
        failures += _leave(work, rule, month, rows)
    tell_all(work, failures)
    check_settings(found)


def _in_use(found: Periods) -> list[Any]:
    return [found.usual, *found.of_tenants.values()]


def _over(work: Work, interval: str | None, month: Month) -> bool:
    """Whether all of the month is past after that long."""
    if interval is None:
        return False
    row = work.conn.execute(_OVER, [month.ends, work.now, interval]).fetchone()
    return row == (True,)


def _within(rule: Rule) -> str:
    return f"{rule.age} >= %(begins)s AND {rule.age} < %(ends)s"


def _rows_of(work: Work, rule: Rule, month: Month) -> dict[str, int]:
    """How many rows of the month each tenant has."""
    query = f"SELECT r.{rule.tenant}, count(*) FROM {rule.table} r WHERE {_within(rule)} GROUP BY 1"
    with acting(work.conn, MAINTENANCE, snapshot=True):
        values = {"begins": month.begins, "ends": month.ends}
        return dict(work.conn.execute(query.encode(), values).fetchall())


def _all_let_go(work: Work, rule: Rule, found: Periods, month: Month, rows: dict[str, int]) -> bool:
    if not rows:
        return _over(work, found.usual.interval, month)
    holding = [
        tenant
        for tenant in rows
        if not _over(work, found.of_tenants.get(tenant, found.usual).interval, month)
    ]
    if holding and len(holding) < len(rows):
        period = found.of_tenants.get(holding[0], found.usual).text
        others = f" and {len(holding) - 1} others" if len(holding) > 1 else ""
        work.tell(f"{month.name} stays: {holding[0]} keeps {rule.name} {period}{others}")
    return not holding


def _leave(work: Work, rule: Rule, month: Month, rows: dict[str, int]) -> list[NeonHubError]:
    """Archive the month's rows and drop it, unless something is wrong with a tenant's: what."""
    columns = columns_of(work.conn, rule.table) if rows else []
    failures: list[NeonHubError] = []
    for tenant, number in rows.items():
        try:
            work.count("rows archived", _archived(work, rule, month, tenant, columns) and number)
        except (NotArchivable, ArchiveDamaged) as error:
            failures.append(error)
    if failures:
        return failures

    def drop() -> bool:
        return _drop(work, rule, month, rows, columns)

    if not patiently(rule.table, drop):
        work.tell(f"{month.name} stays for now: rows came into it meanwhile")
        return []
    work.count("months dropped")
    work.count("rows deleted", sum(rows.values()))
    return []


def _archived(work: Work, rule: Rule, month: Month, tenant: str, columns: list[Column]) -> bool:
    """Archive a tenant's rows of the month; whether they were not there yet."""
    place = _place(work, rule, tenant, month)
    with acting(work.conn, MAINTENANCE, snapshot=True):
        pages = _pages(work, rule, month, tenant, columns)
        if version_of(place.path) is not None and _holds(place, pages):
            return False
        again = _pages(work, rule, month, tenant, columns)
        for _chunk in place.write(columns, _keys(rule), again):
            pass  # that it can be read; it is compared with the rows before these go
    return True


def _drop(
    work: Work, rule: Rule, month: Month, rows: dict[str, int], columns: list[Column]
) -> bool:
    """Drop the partition, unless it holds other than the archive; whether it went.

    From the lock on nobody adds to it, and others read. What follows takes the table from all
    for a moment: it waits half a second for that, and those who come after it as long.
    """
    with acting(work.conn, OWNER):
        if rows:
            work.conn.execute(f"LOCK TABLE {month.name} IN SHARE MODE".encode())
        work.conn.execute(f"SET LOCAL ROLE {MAINTENANCE}".encode())
        values = {"begins": month.begins, "ends": month.ends}
        query = (
            f"SELECT r.{rule.tenant}, count(*) FROM {rule.table} r WHERE {_within(rule)} GROUP BY 1"
        )
        if dict(work.conn.execute(query.encode(), values).fetchall()) != rows:
            return False
        for tenant in rows:
            pages = _pages(work, rule, month, tenant, columns)
            if not _holds(_place(work, rule, tenant, month), pages):
                return False
        if carry := _CARRIES.get(rule.table):
            carry(work.conn, month.begins, month.ends)
        work.conn.execute(f"SET LOCAL ROLE {OWNER}".encode())
        work.conn.execute(f"DROP TABLE {month.name}".encode())
        return True


def _place(work: Work, rule: Rule, tenant: str, month: Month) -> Place:
    assert work.archive_to is not None and rule.tenant is not None  # noqa: S101, PT018
    return Place(work.archive_to, rule.table, rule.tenant, tenant, f"{month.begins:%Y-%m}")


def _holds(place: Place, pages: Iterator[Any]) -> bool:
    """Whether the file begins with just these rows."""
    written = Rows(read_rows(place.path))
    return all(same(written.take(page.num_rows, page.schema), page) for page in pages)


def _keys(rule: Rule) -> list[str]:
    return [rule.age.removeprefix("r.").strip('"'), "id"]


def _pages(
    work: Work, rule: Rule, month: Month, tenant: str, columns: list[Column]
) -> Iterator[Any]:
    """A tenant's rows of the month in the order of their keys."""
    at, row_id = _keys(rule)
    values = {"tenant": tenant, "begins": month.begins, "ends": month.ends}
    after = ""
    while True:
        page = fetch(
            work.conn,
            rule.table,
            columns,
            f"SELECT {{columns}} FROM {rule.table} r WHERE r.{rule.tenant} = %(tenant)s "
            f"AND {_within(rule)}{after} ORDER BY {rule.age}, r.{row_id} LIMIT {PAGE}",
            values,
        )
        if page.num_rows:
            yield page
        if page.num_rows < PAGE:
            return
        after = f" AND ({rule.age}, r.{row_id}) > (%(at)s, %(id)s)"
        values |= {"at": page[at][-1].as_py(), "id": page[row_id][-1].as_py()}
