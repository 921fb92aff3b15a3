"""The whole ``schema.prisma``, from the catalogue of tables."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlalchemy.dialects.postgresql import ENUM

from neonhub.db.errors import InvalidInput
from neonhub.ops.prisma.fields import Field, field_of
from neonhub.ops.prisma.keys import block_attributes, column_attributes
from neonhub.ops.prisma.names import identifier
from neonhub.ops.prisma.relations import relations
from neonhub.schema import DOMAINS, catalogue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neonhub.schema import TableEntry

__all__ = ["GENERATORS", "prisma_schema"]

GENERATORS = {"prisma-client-js": None, "prisma-client": "./generated"}
"""The generators, the default first, with the folder that one cannot do without.

The client of the first is JavaScript, which Node.js runs as it is and which applications import
from ``@prisma/client``; that of the second is TypeScript, in a folder of the application's.
"""

_HEAD = """\
// Written by `neonhub prisma schema` from the models: change those, and write it anew.
//
// The database is migrated by `neonhub db migrate`, never by `prisma migrate` or `prisma db push`:
// policies, partitions, triggers and partial indexes have no words here.
"""


def prisma_schema(
    *,
    generator: str = "prisma-client-js",
    client_folder: str | None = None,
    preview: Sequence[str] = (),
) -> str:
    """The schema as text; the same models give the same text.

    ``client_folder`` is where the generator writes, relative to the schema; ``preview`` are
    Prisma's preview features to switch on. Raises ``InvalidInput``.
    """
    if generator not in GENERATORS:
        known = " or ".join(GENERATORS)
        raise InvalidInput(field="--generator", reason=f"{generator!r} is not {known}")
    if client_folder is not None and (not client_folder or not _is_plain(client_folder)):
        reason = f"{client_folder!r} is no folder that a schema can name"
        raise InvalidInput(field="--client-folder", reason=reason)
    for name in preview:
        if not re.fullmatch(r"[A-Za-z]\w*", name):
            raise InvalidInput(field="--preview", reason=f"{name!r} is no name of a feature")
    entries = catalogue()
    fields = relations(entries)
    parts = [_HEAD, _source(generator, client_folder or GENERATORS[generator], preview)]
    for domain in DOMAINS:
        parts.append(f"// ---- {domain} ----\n")
        owned = [entry for entry in entries if entry.domain == domain]
        parts += [_model(entry, fields[entry.name]) for entry in owned]
    parts += [_enumeration(each) for each in _enumerations(entries)]
    return "\n".join(parts)


def _is_plain(text: str) -> bool:
    return text.isprintable() and not set(text) & {'"', "\\"}


def _source(generator: str, output: str | None, preview: Sequence[str]) -> str:
    settings = {"provider": f'"{generator}"'}
    if output:
        settings["output"] = f'"{output}"'
    if preview:
        settings["previewFeatures"] = "[" + ", ".join(f'"{name}"' for name in preview) + "]"
    width = max(map(len, settings))
    lines = "\n".join(f"  {name:<{width}} = {value}" for name, value in settings.items())
    return f'datasource db {{\n  provider = "postgresql"\n}}\n\ngenerator client {{\n{lines}\n}}\n'


def _model(entry: TableEntry, related: Sequence[Field]) -> str:
    keys = column_attributes(entry.table)
    columns = []
    for column in entry.table.columns:
        field = field_of(column)
        if column.name in keys:
            attributes = f"{keys[column.name]} {field.attributes}".strip()
            field = Field(field.name, field.type, attributes, field.comment)
        columns.append(field)
    sections = [_aligned(columns), _aligned(related), block_attributes(entry.table)]
    body = "\n\n".join("\n".join(f"  {line}" for line in lines) for lines in sections if lines)
    says = (entry.model.__doc__ or "").strip().split("\n\n")[0].split("\n")
    comment = "\n".join(f"/// {line.strip()}" for line in says)
    return f"{comment}\nmodel {entry.model.__name__} {{\n{body}\n}}\n"


def _aligned(fields: Sequence[Field]) -> list[str]:
    """The lines, in columns as Prisma's own formatter has them."""
    if not fields:
        return []
    names = max(len(field.name) for field in fields)
    types = max(len(field.type) for field in fields)
    lines: list[str] = []
    for field in fields:
        if field.comment:
            lines.append(f"/// {field.comment}")
        lines.append(f"{field.name:<{names}} {field.type:<{types}} {field.attributes}".rstrip())
    return lines


def _enumerations(entries: Sequence[TableEntry]) -> list[ENUM]:
    found = {
        str(column.type.name): column.type
        for entry in entries
        for column in entry.table.columns
        if isinstance(column.type, ENUM)
    }
    return [found[name] for name in sorted(found)]


def _enumeration(kind: ENUM) -> str:
    names = {label: identifier(label) for label in kind.enums}
    width = max(map(len, names.values()))
    lines = [
        f"  {name}" if name == label else f'  {name:<{width}} @map("{label}")'
        for label, name in names.items()
    ]
    return f"enum {kind.name} {{\n" + "\n".join(lines) + "\n}\n"
