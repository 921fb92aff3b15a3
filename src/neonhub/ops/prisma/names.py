"""What tables, columns and references are called in TypeScript."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlalchemy.dialects import postgresql

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Constraint, ForeignKeyConstraint, Index

__all__ = [
    "back_name",
    "field_name",
    "forward_name",
    "identifier",
    "local_column",
    "stored_name",
]

# Auth.js writes what a provider answers, under the names that OAuth gives it.
_AS_OAUTH_HAS_THEM = {
    "accounts": {
        "access_token",
        "expires_at",
        "id_token",
        "refresh_token",
        "session_state",
        "token_type",
    }
}
# What the applications of version 3 call them.
_AS_BEFORE = {("Person", "mem_embeddings"): "memory", ("User", "workspace_members"): "workspaces"}
_PREPARER = postgresql.dialect().identifier_preparer  # type: ignore[no-untyped-call]


def _camel(snake: str) -> str:
    """``organization_id`` -> ``organizationId``."""
    first, *rest = snake.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)


def _words(pascal: str) -> list[str]:
    """The words of a class's name, in small letters: ``BrandVoice`` -> ``brand``, ``voice``."""
    return [word.lower() for word in re.findall(r"[A-Z][a-z0-9]+|[A-Z]+(?=[A-Z]|$)", pascal)]


def field_name(table: str, column: str) -> str:
    """The field of a column."""
    return column if column in _AS_OAUTH_HAS_THEM.get(table, ()) else _camel(column)


def forward_name(column: str, taken: Collection[str]) -> str:
    """The field of a reference: ``agent_id`` -> ``agent``, ``agentRef`` beside a column of that."""
    name = _camel(column.removesuffix("_id"))
    return f"{name}Ref" if name in taken else name


def back_name(
    target: str, table: str, forward: str, taken: Collection[str], *, one: str | None = None
) -> str:
    """The field of the rows that refer to a row of the model ``target``.

    The referring table's name without the words that it shares with the target: an ``Agent`` has
    ``runs``, an ``AgentRun`` has ``steps``. A reference by another name than the target's says
    which it is: ``tasksAsAssignee``. The whole name where the short one is taken. None of this
    depends on what other references there are, so that adding one renames none. ``one`` is the
    referring model, where only one row can refer.
    """
    if (target, table) in _AS_BEFORE:
        return _AS_BEFORE[target, table]
    own, whole = _words(target), _words(one) if one else table.split("_")
    ending = ""
    if forward.removesuffix("Ref") not in {_camel("_".join(own[at:])) for at in range(len(own))}:
        ending = f"As{forward[:1].upper()}{forward[1:]}"
    short = _camel("_".join(_without_shared(own, whole))) + ending
    return _camel("_".join(whole)) + ending if short in taken else short


def _without_shared(own: list[str], whole: list[str]) -> list[str]:
    """``whole`` without the words at its start that the model's name, or the end of it, has."""
    best = 0
    for at in range(len(own)):
        shared = 0
        # The words of a table's name are plural at the end only: never the last.
        while shared < min(len(own) - at, len(whole) - 1) and own[at + shared] == whole[shared]:
            shared += 1
        best = max(best, shared)
    return whole[best:]


def identifier(label: str) -> str:
    """An enumeration's label as an identifier: itself, where it is one."""
    made = re.sub(r"[^A-Za-z0-9_]", "_", label)
    return made if made[:1].isalpha() else f"v_{made}"


def stored_name(constraint: Constraint | Index) -> str:
    """The name in the database: PostgreSQL's limit of 63 bytes shortens the long ones."""
    named = _PREPARER.format_constraint(constraint)
    if named is None:
        raise ValueError(f"{constraint!r} has no name")
    return str(named).strip('"')


def local_column(fk: ForeignKeyConstraint) -> str:
    """The column that tells one reference from another: the last, after the tenant's."""
    return list(fk.column_keys)[-1]
