"""What tests of seeding read of a database."""

from __future__ import annotations

import hashlib
from typing import Any

from neonhub import schema
from tests.databases import Database


def query(database: Database, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """The rows of a statement, as somebody whom no policy holds back."""
    with database.admin() as conn:
        return conn.execute(statement.encode(), values).fetchall()


def count(database: Database, table: str) -> int:
    return int(query(database, f"SELECT count(*) FROM {table}")[0][0])


def checksums(database: Database, *, written: bool = True, where: str = "true") -> dict[str, str]:
    """A digest of each table's rows, and with ``written`` of the transactions that wrote them.

    ``where`` is a condition on ``t``, a row as JSON.
    """
    mark = "xmin::text || " if written else ""
    found: dict[str, str] = {}
    with database.admin() as conn:
        for entry in schema.catalogue():
            rows = conn.execute(
                f"SELECT {mark} t::text FROM (SELECT xmin, to_jsonb(r) AS t FROM {entry.name} r) r "
                f"WHERE {where} ORDER BY 1".encode()
            ).fetchall()
            digest = hashlib.sha256("\n".join(str(row[0]) for row in rows).encode())
            found[entry.name] = f"{len(rows)} {digest.hexdigest()}"
    return found
