"""Where a thing of the schema is declared: tables, classes, columns, enumerations, functions."""

from __future__ import annotations

import difflib
import inspect
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import neonhub
from neonhub.db.errors import NeonHubError

if TYPE_CHECKING:
    import enum
    from collections.abc import Iterator

    from sqlalchemy import Table

__all__ = ["Place", "PlaceUnknown", "where"]

_BY_VECTOR = "_by_vector"
_PACKAGE = Path(neonhub.__file__).parent
_WORD = re.compile(r"\w")
_PARTITION = re.compile(r"_(\d{4}_\d{2}|default)$")


class PlaceUnknown(NeonHubError):
    """Nothing in the schema is called {name!r}."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Place:
    """Something of the schema; ``file`` is relative to the folder that the package lies in.

    ``model`` is the class of a table.
    """

    kind: str
    name: str
    domain: str
    file: str
    line: int
    about: str
    model: str | None = None
    scope: str | None = None
    columns: tuple[str, ...] = ()
    refers_to: tuple[str, ...] = ()
    referred_to_by: tuple[str, ...] = ()


def where(name: str) -> list[Place]:
    """What is called ``name``, whatever its case; else what has it in its name.

    ``table.column`` is one column. A schema before a table's name, and the month behind it that
    makes it a partition's, are taken off. Raises ``PlaceUnknown`` with what comes near.
    """
    wanted = _bare(name)
    places = list(_tables()) + list(_enumerations()) + list(_functions())
    if called := [p for p in places if wanted in _called(p)]:
        return called
    columns = list(_columns())
    for found in (
        [p for p in columns if p.name == wanted],
        [p for p in columns if p.name.rpartition(".")[2] == wanted],
        [p for p in places if _WORD.search(wanted) and wanted in p.name.lower()],
    ):
        if found:
            return found
    known = sorted({n for p in places for n in _called(p)} | {p.name for p in columns})
    near = difflib.get_close_matches(wanted, known, n=4, cutoff=0.5)
    raise PlaceUnknown(name=name, hint=f"Did you mean {', '.join(near)}?" if near else None)


def _bare(name: str) -> str:
    """As the catalogue of tables has it: without quotes, schema and month."""
    wanted = name.strip().lower().replace('"', "")
    schema, dot, rest = wanted.partition(".")
    if dot and schema in {"public", "neonhub"}:
        wanted = rest
    table, dot, column = wanted.partition(".")
    if (parent := _PARTITION.sub("", table)) != table and parent in _partitioned():
        wanted = f"{parent}{dot}{column}"
    return wanted


@cache
def _partitioned() -> frozenset[str]:
    from neonhub.schema import catalogue

    return frozenset(
        entry.name
        for entry in catalogue()
        if entry.table.dialect_options["postgresql"]["partition_by"]
    )


def _called(place: Place) -> set[str]:
    """The names of a table are its own and its class's; a function goes without its schema too."""
    own = {place.name.lower(), place.name.lower().removeprefix("neonhub.")}
    return own | {place.model.lower()} if place.model else own


@cache
def _lines(file: Path) -> list[str]:
    return file.read_text("utf-8").splitlines()


def _line_of(thing: type) -> tuple[str, int]:
    """The file and line of a class; ``inspect`` parses the whole file for each, which is slow."""
    file = Path(inspect.getsourcefile(thing) or "")
    lines = enumerate(_lines(file), 1)
    line = next(n for n, text in lines if text.startswith(f"class {thing.__name__}("))
    return str(file.relative_to(_PACKAGE.parent)), line


def _tables() -> Iterator[Place]:
    from neonhub.schema import catalogue

    referring: dict[str, list[str]] = {}
    for entry in catalogue():
        for target in _targets(entry.table):
            referring.setdefault(target, []).append(entry.name)
    for entry in catalogue():
        file, line = _line_of(entry.model)
        yield Place(
            kind="table",
            name=entry.name,
            domain=entry.domain,
            file=file,
            line=line,
            about=_first_line(entry.model),
            model=entry.model.__name__,
            scope=str(entry.scope),
            columns=tuple(column.name for column in entry.table.columns),
            refers_to=tuple(_targets(entry.table)),
            referred_to_by=tuple(referring.get(entry.name, ())),
        )


def _targets(table: Table) -> list[str]:
    found = {fk.referred_table.name for fk in table.foreign_key_constraints}
    return sorted(found - {"workspaces", "organizations"})


def _first_line(thing: Any) -> str:
    return " ".join((inspect.getdoc(thing) or "").split("\n\n")[0].split())


def _columns() -> Iterator[Place]:
    from neonhub.ops.describe import type_of
    from neonhub.schema import catalogue

    for entry in catalogue():
        file, start = _line_of(entry.model)
        body = _lines(_PACKAGE.parent / file)[start:]
        end = next((n for n, text in enumerate(body) if text.startswith("class ")), len(body))
        for column in entry.table.columns:
            # "metadata" is taken on mapped classes: the attribute is metadata_.
            marks = (f"{column.name}:", f"{column.name}_:")
            at = [n for n, text in enumerate(body[:end], 1) if text.strip().startswith(marks)]
            null = ", may be null" if column.nullable else ""
            yield Place(
                kind="column",
                name=f"{entry.name}.{column.name}",
                domain=entry.domain,
                file=file,
                # Keys, tenants and times come with the scope and the mixins.
                line=start + at[0] if at else start,
                about=f"{type_of(column)}{null}",
                scope=str(entry.scope),
            )


def _enumerations() -> Iterator[Place]:
    import importlib

    from sqlalchemy import Enum

    from neonhub.schema import catalogue

    seen: set[str] = set()
    for entry in catalogue():
        for column in entry.table.columns:
            kind = column.type
            if not isinstance(kind, Enum) or kind.name is None or kind.name in seen:
                continue
            seen.add(kind.name)
            module = importlib.import_module(f"neonhub.domains.{entry.domain}.enums")
            declared: type[enum.StrEnum] = getattr(module, kind.name)
            file, line = _line_of(declared)
            about = ", ".join(kind.enums)
            yield Place("enumeration", str(kind.name), entry.domain, file, line, about)


def _declares_search(text: str, name: str) -> bool:
    """Whether the line declares the table that a search by vector is made for."""
    return f'VectorSearch("{name.removeprefix("search_").removesuffix(_BY_VECTOR)}"' in text


def _functions() -> Iterator[Place]:
    from neonhub.schema import DOMAINS, functions

    folders = ["db", *(f"domains/{domain}" for domain in DOMAINS)]
    files = [p for f in folders for p in sorted((_PACKAGE / f).glob("*.py"))]
    texts = {path: _lines(path) for path in files}
    for function in functions():
        path, line = next(
            (path, n)
            for path, lines in texts.items()
            for n, text in enumerate(lines, 1)
            if f'"{function.name}"' in text
            or f'_current("{function.name[8:]}")' in text
            or (function.name == "current_user_id" and '_current("user")' in text)
            or (function.name.endswith(_BY_VECTOR) and _declares_search(text, function.name))
        )
        domain = path.parent.name if path.parent.parent.name == "domains" else "db"
        about = f"({function.arguments}) returns {function.returns}"
        file = str(path.relative_to(_PACKAGE.parent))
        yield Place("function", f"neonhub.{function.name}", domain, file, line, about)
