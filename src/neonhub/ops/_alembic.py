"""Alembic, set up for NeonHub: everything that imports it, so that nothing else has to."""

from __future__ import annotations

import argparse
import contextlib
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from alembic.runtime.plugins import Plugin
from alembic.script import ScriptDirectory

from neonhub.db import operations
from neonhub.ops import migrate
from neonhub.ops.books import VERSION_SCHEMA, VERSION_TABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import psycopg
    from sqlalchemy.engine import Connection

Plugin.setup_plugin_from_module(operations, operations.PLUGIN)


def config(connection: Connection | None = None, **attributes: Any) -> Config:
    """Alembic's configuration, made here: there is no ``alembic.ini``."""
    made = Config(cmd_opts=argparse.Namespace(quiet=True))
    made.set_main_option("script_location", str(migrate.MIGRATIONS).replace("%", "%%"))
    made.set_main_option("path_separator", "os")
    made.set_main_option("file_template", "%%(rev)s")
    made.set_main_option("timezone", "UTC")
    made.attributes.update(attributes, connection=connection)
    return made


@contextlib.contextmanager
def connect(connection: psycopg.Connection[Any]) -> Iterator[Connection]:
    """A psycopg connection as SQLAlchemy's, given back open; its errors are psycopg's again."""
    connection.autocommit = False
    engine = sa.create_engine(
        # A pool that closes nothing when a connection is returned to it.
        "postgresql+psycopg://",
        creator=lambda: connection,
        poolclass=sa.StaticPool,
    )
    try:
        with engine.connect() as made:
            yield made
    except sa.exc.DBAPIError as error:
        if error.orig is None:
            raise
        raise error.orig from error
    connection.autocommit = True


def run(context: Any) -> None:
    """What ``migrations/env.py`` does: one transaction a migration, on the connection given."""
    attributes = context.config.attributes
    if context.is_offline_mode():
        # Numbered or percent-marked parameters would double the percent signs of a body.
        named = {"paramstyle": "named"}
        context.configure(
            dialect_name="postgresql",
            dialect_opts=named,
            literal_binds=True,
            transaction_per_migration=True,
            **_options(),
        )
        context.run_migrations()
        return
    context.configure(
        connection=attributes["connection"],
        target_metadata=attributes.get("target_metadata"),
        on_version_apply=attributes.get("on_version_apply"),
        process_revision_directives=_tidied,
        transaction_per_migration=True,
        **_options(),
    )
    with context.begin_transaction():
        context.run_migrations()


def _options() -> dict[str, Any]:
    return {
        "version_table": VERSION_TABLE,
        "version_table_schema": VERSION_SCHEMA,
        "compare_type": _types_differ,
        "compare_server_default": True,
        "include_object": _included,
        "render_item": _rendered,
        "autogenerate_plugins": ["alembic.autogenerate.*", operations.PLUGIN],
    }


def _types_differ(context: Any, _live: Any, _column: Any, live: Any, declared: Any) -> bool | None:
    """Alembic compares neither the dimensions of a vector nor collations: their words do."""
    words = [each.compile(dialect=context.dialect) for each in (live, declared)]
    return True if words[0] != words[1] else None


_PARTITION = re.compile(r"(\w+)_(?:default|\d{4}_\d\d)")


def _is_partition(name: str) -> bool:
    """Whether it is named as a partition of a table that the models part by month."""
    from neonhub.schema import metadata

    named = _PARTITION.fullmatch(name)
    table = metadata().tables.get(named[1]) if named else None
    return table is not None and bool(table.dialect_options["postgresql"]["partition_by"])


def _included(_item: Any, name: str | None, kind: str, reflected: bool, _to: Any) -> bool:
    """Everything but the tables of extensions, and partitions: those follow from their table."""
    if not (reflected and kind == "table"):
        return True
    return name is not None and name != "spatial_ref_sys" and not _is_partition(name)


def _tidied(_context: Any, _revision: Any, directives: list[Any]) -> None:
    """Leave out what the models alone know, and what goes with a table that is dropped."""
    for script in directives:
        for changes in (script.upgrade_ops.ops, script.downgrade_ops.ops):
            for change in changes:
                if hasattr(change, "info"):
                    change.info = {}
            dropped = {each.table_name for each in changes if isinstance(each, ops.DropTableOp)}
            changes[:] = [each for each in changes if _table_cleared(each) not in dropped]


def _table_cleared(change: Any) -> str | None:
    """The table that an index or entity is taken from."""
    if isinstance(change, ops.DropIndexOp):
        return change.table_name
    if isinstance(change, operations.DropEntityOp):
        return getattr(change.entity, "table", None)
    return None


def _rendered(kind: str, item: Any, context: Any) -> str | bool:
    """The project's own column types as what they are in the database."""
    if kind != "type":
        return False
    if isinstance(item, sa.Enum):
        context.imports.add("from sqlalchemy.dialects import postgresql")
        return f"postgresql.ENUM(name={item.name!r}, create_type=False)"
    module = type(item).__module__
    if module.startswith("pgvector."):
        context.imports.add(f"from pgvector.sqlalchemy import {type(item).__name__}")
        return repr(item)
    return False


def upgrade(connection: Connection, revision: str, on_apply: Callable[..., None]) -> None:
    """Go forward to ``revision``."""
    command.upgrade(config(connection, on_version_apply=on_apply), revision)


def as_sql(start: str | None, revision: str) -> str | None:
    """The step from ``start`` to ``revision`` as a script; ``None`` if it runs online only."""
    made = config()
    script = ScriptDirectory.from_config(made).get_revision(revision)
    if getattr(script.module, "online_only", False):
        return None
    made.output_buffer = io.StringIO()
    command.upgrade(made, f"{start or 'base'}:{revision}", sql=True)
    return made.output_buffer.getvalue()


def downgrade(connection: Connection, revision: str, on_apply: Callable[..., None]) -> None:
    """Go back to ``revision``, or ``base``."""
    command.downgrade(config(connection, on_version_apply=on_apply), revision)


def differences(connection: Connection, metadata: sa.MetaData) -> list[Any]:
    """What autogenerate would change, as Alembic's tuples."""
    context = MigrationContext.configure(
        connection, opts={**_options(), "target_metadata": metadata}
    )
    return list(compare_metadata(context, metadata))


def revise(connection: Connection, metadata: sa.MetaData, revision: str, message: str) -> Path:
    """Write the migration that makes the database equal to ``metadata``; return its file."""
    made = command.revision(
        config(connection, target_metadata=metadata), message, autogenerate=True, rev_id=revision
    )
    assert made is not None and not isinstance(made, list)  # noqa: S101, PT018
    return Path(made.path)
