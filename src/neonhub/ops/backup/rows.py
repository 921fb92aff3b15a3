"""Rows from one database into another of the same schema, with their references kept whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from neonhub.db.errors import NeonHubError
from neonhub.ops.backup.references import CASCADE, CLEARED, Reference, key_of, references

if TYPE_CHECKING:
    from collections.abc import Sequence

    import psycopg

__all__ = ["Put", "ReferenceLost", "SchemaDiffers", "columns_of", "copy_rows", "noted", "put_rows"]

_MOVING = "neonhub_moving"


class ReferenceLost(NeonHubError):
    """{count} rows of {table} refer by {columns} to rows of {to} that are no longer there."""

    hint = (
        "Nothing was changed. Restore that table too, or the named ones without what went along "
        "(--only), or the whole backup into a new database."
    )
    http_status = 409
    exit_code = 65


class SchemaDiffers(NeonHubError):
    """The table {table} has other columns in the backup than in the database: {columns}."""

    hint = "Restore the whole backup into a new database, and migrate that."
    exit_code = 65


@dataclass(frozen=True, slots=True)
class Put:
    """Rows of a table that were put; that were ``left_out`` because what they belong to is gone;
    or because another row has what is unique of them by now; and in which a reference to what is
    gone was ``cleared``."""

    table: str
    put: int
    left_out: int = 0
    cleared: int = 0


def put_rows(  # noqa: PLR0913 - what is left out is the caller's to say
    source: psycopg.Connection[Any],
    target: psycopg.Connection[Any],
    table: str,
    where: str,
    *,
    missing: bool = False,
    over: bool = False,
    yields: bool = False,
    without: tuple[list[str], list[str]] | None = None,
    note: Sequence[str] = (),
) -> Put:
    """Put the rows ``r`` of ``table`` for which ``where`` holds into ``target``'s.

    ``missing`` leaves out those whose key is there, ``yields`` besides those that another row is
    in the way of by any unique key, and ``over`` puts them over what is there; ``without`` leaves
    out those of these workspaces and ids. Of each row that is put these columns are noted in
    ``source``'s temporary table of that name (``noted``).
    A row that refers to one that is gone is treated as that one's deletion would have: left out,
    or the reference cleared. ``target`` is in a transaction, as a role that row security and
    grants let write. Raises ``ReferenceLost``, ``SchemaDiffers``.
    """
    columns = columns_of(target, table)
    if differ := set(columns) ^ set(columns_of(source, table)):
        raise SchemaDiffers(table=table, columns=tuple(sorted(differ)))
    listed = ", ".join(columns)
    _run(target, f"CREATE TEMP TABLE {_MOVING} AS SELECT {listed} FROM public.{table} LIMIT 0")
    try:
        read = (
            f"COPY (SELECT {listed} FROM public.{table} r WHERE {where}) TO STDOUT (FORMAT binary)"
        )
        write = f"COPY {_MOVING} FROM STDIN (FORMAT binary)"
        copy_rows(source, read, target, write)
        gone = _without(target, without) if without else 0
        if missing:
            _run(
                target,
                f"DELETE FROM {_MOVING} m USING public.{table} t WHERE {_same(target, table)}",
            )
        _run(target, f"ANALYZE {_MOVING}")
        left_out, cleared = _settle(target, table)
        done = _put_over(target, table, columns) if over else 0
        insert = f"INSERT INTO public.{table} ({listed}) OVERRIDING SYSTEM VALUE "
        insert += f"SELECT {listed} FROM {_MOVING}"
        done += _run(target, f"{insert} ON CONFLICT DO NOTHING" if yields else insert)
        if yields:
            there = f"SELECT FROM public.{table} t WHERE {_same(target, table)}"
            left_out += _run(target, f"DELETE FROM {_MOVING} m WHERE NOT EXISTS ({there})")
        if note:
            _note(target, source, table, note)
    finally:
        if not target.broken and target.info.transaction_status.name != "INERROR":
            _run(target, f"DROP TABLE {_MOVING}")
    return Put(table, done, left_out + gone, cleared)


def noted(table: str) -> str:
    """The temporary table that notes which rows of a table were put."""
    return f"pg_temp.neonhub_put_{table}"


def _note(
    target: psycopg.Connection[Any],
    source: psycopg.Connection[Any],
    table: str,
    columns: Sequence[str],
) -> None:
    listed = ", ".join(columns)
    made = f"CREATE TEMP TABLE IF NOT EXISTS {noted(table)} AS "
    _run(source, f"{made}SELECT {listed} FROM public.{table} LIMIT 0")
    read = f"COPY (SELECT {listed} FROM {_MOVING}) TO STDOUT (FORMAT binary)"
    copy_rows(target, read, source, f"COPY {noted(table)} FROM STDIN (FORMAT binary)")


def copy_rows(
    source: psycopg.Connection[Any], read: str, target: psycopg.Connection[Any], write: str
) -> None:
    """What one COPY reads another writes, a piece at a time."""
    with source.cursor().copy(read.encode()) as out, target.cursor().copy(write.encode()) as into:
        for piece in out:
            into.write(piece)


def _run(conn: psycopg.Connection[Any], statement: str) -> int:
    return conn.execute(statement.encode()).rowcount


def columns_of(conn: psycopg.Connection[Any], table: str) -> list[str]:
    """Those that are written: a generated one follows from the others."""
    rows = conn.execute(
        "SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = to_regclass(%s) "
        "AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum",
        [f"public.{table}"],
    )
    return [str(name) for (name,) in rows]


def _without(conn: psycopg.Connection[Any], rows: tuple[list[str], list[str]]) -> int:
    return conn.execute(
        f"DELETE FROM {_MOVING} WHERE (workspace_id, id) IN "
        "(SELECT * FROM unnest(%s::text[], %s::text[]))".encode(),
        list(rows),
    ).rowcount


def _same(conn: psycopg.Connection[Any], table: str) -> str:
    """The condition that ``t`` and ``m`` have the same key."""
    return " AND ".join(f"t.{column} = m.{column}" for column in key_of(conn, table))


def _put_over(conn: psycopg.Connection[Any], table: str, columns: list[str]) -> int:
    """Write over the rows whose key is there, and leave the others to be inserted."""
    same = _same(conn, table)
    values = ", ".join(f"{column} = m.{column}" for column in columns)
    done = _run(conn, f"UPDATE public.{table} t SET {values} FROM {_MOVING} m WHERE {same}")
    _run(conn, f"DELETE FROM {_MOVING} m USING public.{table} t WHERE {same}")
    return done


def _settle(conn: psycopg.Connection[Any], table: str) -> tuple[int, int]:
    """Deal with references to what is gone, until there is none; how many left out and cleared."""
    mine = references(conn, table)
    left_out = cleared = 0
    while True:
        out = sum(_leave_out(conn, each) for each in mine if each.on_delete == CASCADE)
        nulls = sum(_clear(conn, each) for each in mine if each.on_delete == CLEARED)
        left_out, cleared = left_out + out, cleared + nulls
        if not out and not nulls:  # a row that is left out may have been another's parent
            break
    for each in mine:
        count = _run(conn, f"SELECT FROM {_MOVING} m WHERE {_lost(each)}")
        if count:
            raise ReferenceLost(count=count, table=table, columns=each.columns, to=each.to)
    return left_out, cleared


def _lost(reference: Reference) -> str:
    """The condition for a row ``m`` that refers to what is in neither place."""
    same = reference.same("m", "p")
    given = " AND ".join(f"m.{here} IS NOT NULL" for here in reference.columns)
    lost = f"{given} AND NOT EXISTS (SELECT FROM public.{reference.to} p WHERE {same})"
    if reference.to == reference.table:
        lost += f" AND NOT EXISTS (SELECT FROM {_MOVING} p WHERE {same})"
    return lost


def _leave_out(conn: psycopg.Connection[Any], reference: Reference) -> int:
    return _run(conn, f"DELETE FROM {_MOVING} m WHERE {_lost(reference)}")


def _clear(conn: psycopg.Connection[Any], reference: Reference) -> int:
    nulls = ", ".join(f"{column} = NULL" for column in reference.cleared)
    return _run(conn, f"UPDATE {_MOVING} m SET {nulls} WHERE {_lost(reference)}")
