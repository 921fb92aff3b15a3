"""Differences between the models and the live catalogue, in words."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from neonhub.db.policies import Entity

__all__ = ["sentences"]


def sentences(differences: Iterable[Any]) -> list[str]:
    """Alembic's tuples as sentences: what is missing, not declared, or differs and how."""
    made: list[str] = []
    for each in differences:
        # Changes of one column come together, in a list.
        made += [_sentence(*one) for one in (each if isinstance(each, list) else [each])]
    return made


def _sentence(action: str, *about: Any) -> str:
    if action == "replace_entity":
        return _changed(*about)
    if action.startswith("modify_"):
        _schema, table, column, _existing, old, new = about
        what = action.removeprefix("modify_")
        return f"differs: column {table}.{column}: {what} is {_plain(old)}, not {_plain(new)}"
    verb, _, kind = action.partition("_")
    found = "missing" if verb in {"add", "create"} else "not declared"
    if kind == "entity":
        return f"{found}: {_label(about[0])}: {about[0]}"
    return f"{found}: {_NAMED.get(kind, _named)(kind, about)}"


def _named(kind: str, about: tuple[Any, ...]) -> str:
    return f"{kind} {about[0].name}"


def _column(_kind: str, about: tuple[Any, ...]) -> str:
    _schema, table, column = about
    return f"column {table}.{column.name}"


def _on_table(kind: str, about: tuple[Any, ...]) -> str:
    return f"{_KINDS.get(kind, kind)} {about[0].name} of {about[0].table.name}"


_KINDS = {"fk": "reference"}
_NAMED: dict[str, Callable[[str, tuple[Any, ...]], str]] = {
    "column": _column,
    "index": _on_table,
    "constraint": _on_table,
    "fk": _on_table,
}


def _plain(value: Any) -> str:
    return str(getattr(value, "arg", value))


def _label(entity: Entity) -> str:
    kind, *name = entity.key
    return f"{kind.replace('_', ' ')} {'.'.join(name)}"


def _changed(old: Entity, new: Entity) -> str:
    changes = [
        f"{each.name} is {getattr(old, each.name)!r}, not {getattr(new, each.name)!r}"
        for each in fields(new)
        if getattr(old, each.name) != getattr(new, each.name)
    ]
    return f"differs: {_label(new)}: {'; '.join(changes)}"
