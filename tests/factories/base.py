"""The smallest valid row of a table, and how it is put there."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

Conn = psycopg.Connection[Any]
Row = dict[str, Any]

_numbers = itertools.count(1)


def made_id(seed: str) -> str:
    """An id in the cuid form that is the same at every run."""
    return "c" + hashlib.sha256(seed.encode()).hexdigest()[:24]


@dataclass(frozen=True)
class Factory:
    """Makes rows of ``table``. A ``{n}`` in a text value becomes a number, new at every row.

    ``needs`` are the columns that have no sensible value of their own: references to rows that
    the test has made.
    """

    table: str
    values: Mapping[str, Any]
    needs: tuple[str, ...] = ()

    def row(self, **given: Any) -> Row:
        """The smallest valid row, with what is ``given``."""
        missing = [name for name in self.needs if name not in given]
        if missing:
            raise TypeError(f"a row of {self.table} needs {', '.join(missing)}")
        n = next(_numbers)
        made = {
            name: value.format(n=n) if isinstance(value, str) else value
            for name, value in self.values.items()
        }
        return {"id": made_id(f"{self.table} {n}"), **made, **given}

    def insert(self, conn: Conn, **given: Any) -> Row:
        """Insert such a row and return it as it lies in the table."""
        row = self.row(**given)
        if "id" not in given and self.table in _WITHOUT_ID:
            del row["id"]
        statement = sql.SQL("INSERT INTO {} ({}) VALUES ({}) RETURNING *").format(
            sql.Identifier(self.table),
            sql.SQL(", ").join(map(sql.Identifier, row)),
            sql.SQL(", ").join([sql.Placeholder()] * len(row)),
        )
        values = [Jsonb(value) if isinstance(value, dict) else value for value in row.values()]
        with conn.cursor(row_factory=dict_row) as cursor:
            made = cursor.execute(statement, values).fetchone()
        assert made is not None
        return made


_WITHOUT_ID = {"role_permissions", "verification_tokens"}
