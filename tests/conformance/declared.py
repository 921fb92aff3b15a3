"""The data model as ``data-model.yaml`` declares it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

Columns = tuple[str, ...]

_FILE = Path(__file__).with_name("data-model.yaml")
_TYPE = re.compile(
    r"(?P<type>enum \w+|double precision|vector\(1536\)|bit\(1536\)|numeric\(18,4\)|text\[\]|\w+)"
    r"(?P<null> null)?(?P<generated> generated( from (?P<source>\w+)| always as identity)?)?"
    r"( default (?P<default>.+))?(?P<touched> touched)?"
)
_REFERENCE = re.compile(r"(\w+) -> (\w+), on delete (cascade|set null|restrict)")


@dataclass(frozen=True)
class Column:
    """A column: its type as PostgreSQL prints it, and what it gets by itself."""

    type: str
    nullable: bool
    default: str | None
    generated: bool
    identity: bool
    touched: bool


@dataclass(frozen=True)
class Table:
    """A table of the model, its sets of columns as the database has to have them.

    ``uniques`` tells of each set whether it holds among live rows only; ``named`` and
    ``triggers`` are this project's own, by name.
    """

    name: str
    domain: str
    model: str
    scope: str
    note: str
    columns: dict[str, Column]
    ids: frozenset[str]
    uniques: dict[Columns, bool]
    indexes: list[Columns]
    references: dict[str, tuple[str, str]]
    named: dict[str, str]
    triggers: dict[str, str]

    @property
    def tenant(self) -> str | None:
        """The column that says whose rows they are."""
        return {"workspace": "workspace_id", "organization": "organization_id"}.get(self.scope)

    @property
    def key(self) -> Columns:
        """The primary key: what the note says, else what the scope asks for."""
        told = re.search(r"primary key \(([^)]*)\)", self.note)
        if told:
            return tuple(told[1].split(", "))
        return ("workspace_id", "id") if self.scope == "workspace" else ("id",)

    @property
    def phrases(self) -> list[str]:
        """What the note says, one thing after the other."""
        return [phrase for phrase in self.note.split("; ") if phrase]


def column(text: str) -> Column:
    """``text null default x`` taken apart."""
    parts = _TYPE.fullmatch(text)
    assert parts is not None, text
    kind = parts["type"]
    if kind.startswith("enum "):
        kind = f'"{kind[5:]}"'
    kind = {"timestamptz": "timestamp with time zone"}.get(kind, kind)
    default = parts["default"]
    return Column(
        type=kind,
        nullable=bool(parts["null"]),
        default=default.strip('"') if default else None,
        generated=bool(parts["generated"]) and "identity" not in text,
        identity="identity" in text,
        touched=bool(parts["touched"]),
    )


@cache
def load() -> tuple[dict[str, list[str]], dict[str, Table]]:
    """The enumerations with their labels, and the tables."""
    spec: dict[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    made: dict[str, Table] = {}
    for domain, tables in spec["domains"].items():
        for name, entry in tables.items():
            made[name] = _table(domain, name, entry)
    return spec["enums"], made


def _table(domain: str, name: str, entry: dict[str, Any]) -> Table:
    scope = entry["scope"].split()[0]
    own = entry.get("added", {})

    def led(columns: list[str]) -> Columns:
        if scope == "workspace" and columns[0] != "workspace_id":
            return ("workspace_id", *columns)
        return tuple(columns)

    lives = "deleted_at" in entry["columns"]
    uniques = {led(columns): lives for columns in entry.get("unique", ())}
    uniques |= {tuple(columns): False for columns in own.get("unique", ())}
    references = {}
    for text in entry.get("references", ()):
        parts = _REFERENCE.fullmatch(text)
        assert parts is not None, text
        references[parts[1]] = (parts[2], parts[3])
    return Table(
        name=name,
        domain=domain,
        model=entry["model"],
        scope=scope,
        note=entry.get("note", ""),
        columns={c: column(t) for c, t in {**entry["columns"], **own.get("columns", {})}.items()},
        ids=frozenset(own.get("ids", ())),
        uniques=uniques,
        indexes=[*map(led, entry.get("index", ())), *map(tuple, own.get("index", ()))],
        references=references,
        named=own.get("named", {}),
        triggers=own.get("triggers", {}),
    )
