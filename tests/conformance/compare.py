"""What the declared model says of a database, fact by fact, and which of it does not hold.

A fact is whether it holds and the sentence that says how it does not.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.conformance import declared, keys, live, rules
from tests.factories.base import Conn

Fact = tuple[bool, str]


def differences(conn: Conn) -> list[str]:
    """Everything that differs; nothing when the database is the model."""
    return [sentence for holds, sentence in facts(conn) if not holds]


def facts(conn: Conn) -> Iterator[Fact]:
    """Everything that the model says, held to the live catalogue."""
    enums, model = declared.load()
    found = live.tables(conn)
    yield from _enums(enums, live.enums(conn))
    for name in sorted(set(model) | set(found)):
        yield name in found, f"the table {name} is missing"
        yield name in model, f"the table {name} is in no model"
        if name in model and name in found:
            yield from _columns(model[name], found[name])
            yield from _references(model[name], found[name], model)
            yield from keys.facts(model[name], found[name])
            yield from rules.facts(model[name], found[name], live.months(conn, 3))
    others = live.others(conn)
    yield not others, f"views or sequences are in no model: {', '.join(others)}"


def _enums(enums: dict[str, list[str]], found: dict[str, list[str]]) -> Iterator[Fact]:
    for name in sorted(set(enums) | set(found)):
        yield name in found, f"the enumeration {name} is missing"
        yield name in enums, f"the enumeration {name} is in no model"
        if name in enums and name in found:
            have, want = ", ".join(found[name]), ", ".join(enums[name])
            yield have == want, f"{name} has the labels {have}; not {want}"


def _columns(table: declared.Table, found: live.Table) -> Iterator[Fact]:
    for name in sorted(set(table.columns) | set(found.columns)):
        yield name in found.columns, f"the column {table.name}.{name} is missing"
        yield name in table.columns, f"the column {table.name}.{name} is in no model"
        if name in table.columns and name in found.columns:
            yield from _column(table, name, found.columns[name])


def _column(table: declared.Table, name: str, have: live.Column) -> Iterator[Fact]:
    want, at = table.columns[name], f"{table.name}.{name}"
    yield have.type == want.type, f"{at} is of type {have.type}, not {want.type}"
    may = "may" if have.nullable else "may not"
    yield have.nullable == want.nullable, f"{at} {may} be null"
    default = _default(want)
    yield have.default == default, f"{at} has the default {have.default}, not {default}"
    expression = _expression(table, name)
    yield have.generated == expression, f"{at} is generated as {have.generated}, not {expression}"
    identity = "a" if want.identity else ""
    yield have.identity == identity, f"{at} is {'' if have.identity else 'not '}an identity"
    is_id = name in {"id", table.tenant, *table.references, *table.ids}
    collation = "C" if is_id else None
    yield have.collation == collation, f"{at} is in the collation {have.collation}, not {collation}"
    if name == "embedding":
        yield have.storage == "e", f"{at} is not stored out of line"
    if name == "embedding_bits":
        yield have.storage == "p", f"{at} is not stored inline"


def _default(want: declared.Column) -> str | None:
    """As PostgreSQL prints it."""
    if want.touched:
        return "now()"
    value, kind = want.default, want.type
    if value is None or kind in {"bigint", "integer", "boolean", "numeric(18,4)"}:
        return value
    if value == "cuid":
        return "neonhub.cuid()"
    if value == "now()" or kind == "double precision":
        return value
    if kind == "text[]":
        return "'{}'::text[]"
    return f"'{value}'::{kind}"


_RATIOS = {
    "ctr": ("clicks", "impressions"),
    "cpc": ("spend", "clicks"),
    "cpa": ("spend", "conversions"),
    "roas": ("revenue", "spend"),
}


def _expression(table: declared.Table, name: str) -> str | None:
    """What a generated column follows from, as PostgreSQL prints it."""
    if not table.columns[name].generated:
        return None
    if name == "embedding_bits":
        return "(binary_quantize(embedding))::bit(1536)"
    if name == "tsv":
        return "to_tsvector('english'::regconfig, text)"
    if name.endswith("_folded"):
        return f"lower(({name.removesuffix('_folded')})::text)"
    part, whole = _RATIOS[name]
    zero = "(0)::numeric" if table.columns[whole].type == "numeric(18,4)" else "0"
    return (
        f"CASE WHEN ({whole} > {zero}) THEN (({part})::double precision / "
        f"({whole})::double precision) ELSE (0)::double precision END"
    )


def _references(
    table: declared.Table, found: live.Table, model: dict[str, declared.Table]
) -> Iterator[Fact]:
    want = set(_wanted(table, model))
    have = set(found.references)
    for each in sorted(want | have, key=str):
        said = f"({', '.join(each.columns)}) -> {each.target} ({', '.join(each.points_to)})"
        said += f", on delete {each.on_delete}"
        said += f" ({', '.join(each.clears)})" if each.clears else ""
        said += f", {each.otherwise}" if each.otherwise else ""
        yield each in have, f"{table.name} lacks the reference {said}"
        yield each in want, f"{table.name} has a reference of no model: {said}"


def _wanted(table: declared.Table, model: dict[str, declared.Table]) -> Iterator[live.Reference]:
    tenant = table.tenant
    if tenant and table.name != "organizations" and "no references" not in table.note:
        target = "workspaces" if table.scope == "workspace" else "organizations"
        yield live.Reference((tenant,), target, ("id",), "cascade", ())
    for column, (target, action) in table.references.items():
        if column == tenant:
            continue
        if tenant and model[target].scope == table.scope:
            clears = (column,) if action == "set null" else ()
            yield live.Reference((tenant, column), target, (tenant, "id"), action, clears)
        else:
            yield live.Reference((column,), target, ("id",), action, ())
