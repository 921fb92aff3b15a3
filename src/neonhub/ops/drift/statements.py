"""Statements that mend, each with its place in the script, and the script itself."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["At", "Statement", "literal", "script"]


class At(IntEnum):
    """The order of a script: what goes, then types and code, tables, what guards them, rights."""

    EXTENSION = 0
    OWNER = 10
    GUARD_GOES = 20
    REFERENCE_GOES = 30
    RULE_GOES = 40
    INDEX_GOES = 50
    TABLE_GOES = 60
    TYPE = 100
    FUNCTION = 110
    TABLE = 120
    COLUMN = 130
    COLUMN_GOES = 140
    PARTITION = 150
    KEY = 200
    CHECK = 210
    REFERENCE = 220
    INDEX = 230
    GUARD = 240
    FUNCTION_GOES = 250
    TYPE_GOES = 260
    GRANT = 300
    COMMENT = 310


class Statement(NamedTuple):
    """``at`` orders the script: an ``At``, or a little before or after it. ``admin``: only an
    administrator may run it. ``loses`` says what is lost by it."""

    at: int
    sql: str
    admin: bool = False
    loses: str = ""


def script(statements: Iterable[Statement]) -> str:
    """All of them in order, each once, to be run in one transaction by an administrator.

    They run as ``neonhub_owner``, to whom everything belongs, but for those that only an
    administrator may run. Above what loses rows stands that it does.
    """
    lines = [
        "SET LOCAL search_path = '';",
        "SET LOCAL check_function_bodies = off;",
        "SET LOCAL lock_timeout = '5s';",
    ]
    admin = True
    for each in sorted(dict.fromkeys(statements), key=lambda statement: statement.at):
        if each.admin != admin:
            lines.append("RESET ROLE;" if each.admin else "SET LOCAL ROLE neonhub_owner;")
            admin = each.admin
        if each.loses:
            lines.append(f"-- Loses {each.loses}.")
        lines.append(f"{each.sql.rstrip().rstrip(';')};")
    return "\n".join([*lines, *(() if admin else ("RESET ROLE;",)), ""])


def checked_past_row_security(table: str, other: str, what: str, instead: str = "") -> str:
    """``what`` as one statement, in which both tables' rows are seen.

    A reference is checked by a query of the owner's, and forced row security shows the owner no
    row: it would be taken for kept whatever is there. ``instead`` is done where it is not kept.
    """
    caught = (
        "EXCEPTION WHEN foreign_key_violation THEN\n"
        f"    {instead};\n"
        "    RAISE WARNING '%: put the rows back, then mend again', SQLERRM;\n"
        if instead
        else ""
    )
    tables = ", ".join(f"{literal(name)}::regclass" for name in (table, other))
    return f"""DO $mend$
DECLARE
    forced constant regclass[] := ARRAY(SELECT oid::regclass FROM pg_class
        WHERE oid IN ({tables}) AND relforcerowsecurity);
    one regclass;
BEGIN
    FOREACH one IN ARRAY forced LOOP
        EXECUTE format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', one);
    END LOOP;
    BEGIN
    {what};
    {caught}END;
    FOREACH one IN ARRAY forced LOOP
        EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', one);
    END LOOP;
END $mend$"""


def literal(text: str) -> str:
    """``text`` as SQL writes it."""
    quoted = text.replace("'", "''")
    if "\\" in quoted:
        return "E'" + quoted.replace("\\", "\\\\") + "'"
    return f"'{quoted}'"
