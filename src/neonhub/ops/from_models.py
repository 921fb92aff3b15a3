"""A database made from the models alone, past all migrations: what the migrations should make."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psycopg

__all__ = ["make_from_models"]


def make_from_models(dsn: str) -> None:
    """Make every declared object in the database of ``dsn``: prepared, and otherwise empty.

    Tables come from SQLAlchemy; policies, grants, functions, triggers and enumerations from their
    declarations; partitions and the migrations' bookkeeping as a migrated database has them.
    """
    import psycopg

    from neonhub.db.errors import translate
    from neonhub.ops.books import make_books
    from neonhub.ops.migrate import act_as_owner

    try:
        with psycopg.connect(dsn, autocommit=True, application_name="neonhub models") as conn:
            act_as_owner(conn)
            make_books(conn)
            _make(conn)
            conn.execute("SELECT neonhub.ensure_partitions()")
    except psycopg.Error as error:
        raise translate(error) from error


def _make(conn: psycopg.Connection[tuple[object, ...]]) -> None:
    from sqlalchemy.schema import CheckFirst

    from neonhub import schema
    from neonhub.db.operations import expected_entities
    from neonhub.db.policies import Enumeration, Function
    from neonhub.ops import _alembic

    metadata = schema.metadata()
    entities = expected_entities(metadata)
    first: list[str] = []
    then: list[str] = []
    for each in entities:
        (first if isinstance(each, (Enumeration, Function)) else then).extend(each.create_sql())
    # A function may name a table that comes after it.
    conn.execute("SET check_function_bodies = off")
    conn.execute(";".join(first).encode())
    with _alembic.connect(conn) as connection:
        # The types are there and nothing else: no table is looked for.
        metadata.create_all(connection, checkfirst=CheckFirst.TYPES)
        connection.commit()
    conn.execute(";".join(then).encode())
