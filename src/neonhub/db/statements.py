"""Statements: SQLAlchemy Core, compiled once, each with a name, a sentence and a row type.

::

    @statement(DatasetRow)
    def find_dataset() -> sa.Select[Any]:
        \"\"\"The live dataset of that slug.\"\"\"
        d = t.Dataset
        return sa.select(d.id, d.slug).where(d.workspace_id == text_arg("workspace_id"), …)

Compiling needs SQLAlchemy and the mapped classes, half a second of imports that a command cannot
afford. So the text of every statement is kept beside its ``queries.py``, in ``queries.sql.json``,
written by ``python -m neonhub.db.statements MODULE…``. It holds the digest of the sources that
it was made from, and is passed over when they have changed. A test keeps it fresh.
"""

from __future__ import annotations

import functools
import hashlib
import importlib
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    import sqlalchemy as sa

__all__ = ["Compiled", "Statement", "command", "int_arg", "json_arg", "statement", "text_arg"]

RowT = TypeVar("RowT")


class Compiled(NamedTuple):
    """A statement as PostgreSQL gets it: ``$1``-numbered text and the parameters' names."""

    sql: bytes
    params: tuple[str, ...]
    columns: tuple[str, ...]
    table: str | None = None

    @property
    def name(self) -> bytes:
        """The prepared statement's name: made from its text, so that it can never mean another.

        Behind a pooler connections are shared by several clients; a name given by count would
        run another client's statement.
        """
        return b"nh_" + hashlib.sha256(self.sql).hexdigest()[:24].encode()


@dataclass(eq=False)
class Statement(Generic[RowT]):
    """A named statement whose rows become ``row`` objects; ``writes`` opens a transaction."""

    build: Callable[[], Any]
    row: Callable[[Any], RowT]
    fields: tuple[str, ...]
    writes: bool
    prepared: bool = True

    @property
    def label(self) -> str:
        """``module:function``, for messages."""
        return f"{self.build.__module__}:{self.build.__name__}"

    @functools.cached_property
    def compiled(self) -> Compiled:
        """The text, the one that is kept when that is fresh."""
        kept = _kept(self.build.__module__).get(self.build.__name__)
        return kept if kept is not None else self.compile()

    @functools.cached_property
    def prepared_name(self) -> bytes:
        """The name under which servers keep it prepared; empty when each run is planned anew."""
        return self.compiled.name if self.prepared else b""

    def compile(self) -> Compiled:
        """Compile with SQLAlchemy, and hold the columns against the row type."""
        made = _compile(self.build())
        if self.fields and made.columns != self.fields:
            raise TypeError(f"{self.label} selects {made.columns}, but its row has {self.fields}")
        return made


def _fields_of(row: Any) -> tuple[str, ...]:
    return tuple(getattr(row, "_fields", ()))


def _first(values: Any) -> Any:
    return values[0]


def _make(
    row: type[RowT], build: Callable[[], Any], *, writes: bool, prepared: bool = True
) -> Statement[RowT]:
    fields = _fields_of(row)
    maker: Any = row._make if fields else _first  # type: ignore[attr-defined]
    return Statement(build, maker, fields, writes, prepared)


def statement(
    row: type[RowT], *, prepared: bool = True
) -> Callable[[Callable[[], Any]], Statement[RowT]]:
    """A reading statement: rows become ``row`` (a NamedTuple, or a scalar's type).

    ``prepared=False`` plans it anew at each run, with its values known: for the few whose plan
    hangs on them, such as a limit that decides between a nested loop and a scan of the table.
    """
    return lambda build: _make(row, build, writes=False, prepared=prepared)


def command(row: type[RowT]) -> Callable[[Callable[[], Any]], Statement[RowT]]:
    """A writing statement; ``row`` is the type of what it returns, ``type(None)`` for nothing."""
    return lambda build: _make(row, build, writes=True)


def text_arg(name: str) -> sa.BindParameter[str]:
    """A text parameter."""
    import sqlalchemy as sa

    return sa.bindparam(name, type_=sa.Text())


def int_arg(name: str) -> sa.BindParameter[int]:
    """An integer parameter."""
    import sqlalchemy as sa

    return sa.bindparam(name, type_=sa.Integer())


def json_arg(name: str) -> Any:
    """A JSON parameter, given as a dict or list."""
    import sqlalchemy as sa
    from sqlalchemy.dialects import postgresql

    return sa.bindparam(name, type_=sa.Text()).cast(postgresql.JSONB)


def _compile(built: Any) -> Compiled:
    from sqlalchemy.dialects.postgresql import psycopg as dialect_module

    dialect: Any = dialect_module.dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
    compiled = _constants_written_out(built, dialect).compile(dialect=dialect)
    columns = tuple(entry.keyname for entry in compiled._result_columns)
    written = built.table.name if built.is_dml else None
    return Compiled(str(compiled).encode(), tuple(compiled.positiontup or ()), columns, written)


def _constants_written_out(built: Any, dialect: Any) -> Any:
    """What is a constant in the source is a constant in the text, so that the planner sees it."""
    import sqlalchemy as sa
    from sqlalchemy.sql.visitors import replacement_traverse

    def written_out(element: Any, **_: Any) -> Any:
        if isinstance(element, sa.BindParameter) and not element.required:
            text = element.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
            return sa.literal_column(str(text), element.type)
        return None

    return replacement_traverse(built, {}, written_out)


def _digest(module: str) -> str:
    """The digest of what a domain's statements are made from: its queries and all tables."""
    source = Path(sys.modules[module].__file__ or "")
    digest = hashlib.sha256(source.read_bytes())
    for tables in sorted(source.parent.parent.glob("*/tables.py")):
        digest.update(tables.read_bytes())
    return digest.hexdigest()


def kept_path(module: str) -> Path:
    """Where the text of a module's statements is kept: ``queries.py`` -> ``queries.sql.json``."""
    return Path(sys.modules[module].__file__ or "").with_suffix(".sql.json")


@functools.cache
def _kept(module: str) -> dict[str, Compiled]:
    path = kept_path(module)
    if not path.exists():
        return {}
    import orjson

    data = orjson.loads(path.read_bytes())
    if data["source"] != _digest(module):
        return {}
    return {
        name: Compiled(
            entry["sql"].encode(), tuple(entry["params"]), tuple(entry["columns"]), entry["table"]
        )
        for name, entry in data["statements"].items()
    }


def statements_of(module: str) -> dict[str, Statement[Any]]:
    """Every statement of a ``queries`` module, by name."""
    loaded = importlib.import_module(module)
    return {k: v for k, v in vars(loaded).items() if isinstance(v, Statement)}


def render(module: str) -> bytes:
    """What must be kept beside ``module``."""
    import orjson

    entries = {
        name: {
            "sql": made.sql.decode(),
            "params": list(made.params),
            "columns": list(made.columns),
            "table": made.table,
        }
        for name, each in statements_of(module).items()
        for made in (each.compile(),)
    }
    data = {"source": _digest(module), "statements": entries}
    return orjson.dumps(data, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"


def main(modules: list[str]) -> None:
    """Write what is kept beside each of the ``queries`` modules named."""
    for module in modules:
        importlib.import_module(module)
        kept_path(module).write_bytes(render(module))


if __name__ == "__main__":
    # As `python -m` this is another copy of the module than the one that queries import.
    importlib.import_module("neonhub.db.statements").main(sys.argv[1:])
