"""Where the live catalogue departs from the declared model, a sentence each."""

from __future__ import annotations

from collections.abc import Iterator

from tests.conformance import declared, live
from tests.factories.base import Conn

NAMED = {
    "ux_keyword_term_ci": "keywords",
    "ix_keyword_persona": "keywords",
    "chunks_embedding_cosine_idx": "chunks",
    "messages_embedding_cosine_idx": "messages",
    "agent_memories_embedding_idx": "agent_memories",
    "campaign_metrics_campaign_id_kind_timestamp_idx": "campaign_metrics",
}
CHECKS = {
    "marketing_campaigns": "end_date >= start_date",
    "marketing_leads": "email IS NOT NULL",
    "budget_profiles": "reserved + spent) <= total_budget",
}
PARTITIONED = {"metric_events": 'RANGE ("timestamp")', "audit_logs": "RANGE (created_at)"}
APPEND_ONLY = {
    "budget_ledger",
    "budget_transactions",
    "person_consents",
    "content_versions",
    "audit_logs",
}
NULLS_NOT_DISTINCT = {"connector_auths", "seo_metrics"}
GIN = {"chunks": "tsv", "metric_events": "metadata jsonb_path_ops"}


def differences(conn: Conn) -> list[str]:
    """Everything that differs; nothing when the database is the model."""
    enums, model = declared.load()
    found = live.tables(conn)
    said = [*_enums(enums, live.enums(conn))]
    said += [f"the table {name} is missing" for name in sorted(set(model) - set(found))]
    said += [f"the table {name} is in no model" for name in sorted(set(found) - set(model))]
    for name in sorted(set(model) & set(found)):
        said += _table(model[name], found[name], model)
    indexes = {index.name: name for name, table in found.items() for index in table.indexes}
    said += [f"no index {n} on {t}" for n, t in NAMED.items() if indexes.get(n) != t]
    return said


def _enums(enums: dict[str, list[str]], found: dict[str, list[str]]) -> Iterator[str]:
    for name in sorted(set(enums) | set(found)):
        if name not in found:
            yield f"the enumeration {name} is missing"
        elif name not in enums:
            yield f"the enumeration {name} is in no model"
        elif found[name] != enums[name]:
            yield f"{name} has the labels {found[name]}, not {enums[name]}"


def _table(
    table: declared.Table, found: live.Table, model: dict[str, declared.Table]
) -> Iterator[str]:
    for name in sorted(set(table.columns) | set(found.columns)):
        if name not in found.columns:
            yield f"the column {table.name}.{name} is missing"
        elif name not in table.columns:
            yield f"the column {table.name}.{name} is in no model"
        else:
            yield from _column(table, name, found)
    yield from _references(table, found, model)
    yield from _indexes(table, found)
    yield from _rules(table, found)


def _column(table: declared.Table, name: str, found: live.Table) -> Iterator[str]:
    want, have = table.columns[name], found.columns[name]
    at = f"{table.name}.{name}"
    if have.type != want.type:
        yield f"{at} is of type {have.type}, not {want.type}"
    if have.nullable != want.nullable:
        yield f"{at} may{' ' if have.nullable else ' not '}be null"
    if bool(have.generated) != want.generated:
        yield f"{at} is {'' if have.generated else 'not '}generated"
    if (have.identity == "a") != want.identity:
        yield f"{at} is {'' if have.identity else 'not '}an identity"
    default = _default(want)
    if have.default != default:
        yield f"{at} has the default {have.default}, not {default}"
    points = name in table.references or name == table.tenant
    if (name == "id" or points) and have.collation != "C":
        yield f"{at} is not in the collation C"
    if want.touched and "touch" not in found.triggers:
        yield f"{at} is not set at an update"
    if name == "embedding" and have.storage != "e":
        yield f"{at} is not stored out of line"
    if name == "embedding_bits" and have.storage != "p":
        yield f"{at} is not stored inline"


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


def _references(
    table: declared.Table, found: live.Table, model: dict[str, declared.Table]
) -> Iterator[str]:
    want = set()
    if table.tenant and table.name != "organizations" and "no references" not in table.note:
        target = "workspaces" if table.scope == "workspace" else "organizations"
        want.add(live.Reference((table.tenant,), target, ("id",), "cascade", ()))
    for column, (target, action) in table.references.items():
        tenant = table.tenant
        if column == tenant:
            continue
        # The tenants themselves are referred to by their id alone.
        alike = tenant and model[target].scope == table.scope
        columns = (tenant, column) if alike and tenant else (column,)
        points_to = (tenant, "id") if alike and tenant else ("id",)
        clears = (column,) if alike and action == "set null" else ()
        want.add(live.Reference(columns, target, points_to, action, clears))
    have = set(found.references)
    for missing in sorted(want - have, key=str):
        yield f"{table.name} lacks the reference {missing}"
    for extra in sorted(have - want, key=str):
        yield f"{table.name} has a reference of no model: {extra}"


def _indexes(table: declared.Table, found: live.Table) -> Iterator[str]:
    key = next((i.columns for i in found.indexes if i.primary), ())
    if key != table.key:
        yield f"{table.name} has the primary key {key}, not {table.key}"
    uniques = {i.columns: i for i in found.indexes if i.unique and not i.primary}
    wanted = set(table.uniques) - {table.key}
    if table.name == "documents":
        wanted.add(("workspace_id", "dataset_id", "source_uri"))
    for columns in sorted(wanted | set(uniques)):
        if columns not in uniques:
            yield f"{table.name} lacks the unique set {columns}"
        elif columns not in wanted:
            yield f"{table.name} has a unique set of no model: {columns}"
        else:
            yield from _unique(table, uniques[columns])
    plain = [i for i in found.indexes if not i.unique]
    have = {i.columns for i in found.indexes}
    yield from (f"{table.name} lacks the index {c}" for c in sorted(table.indexes - have))
    behind = {r.columns for r in found.references}
    for index in plain:
        gin = index.method == "gin" and GIN.get(table.name, "") in index.definition
        if not (index.columns in table.indexes or index.columns in behind or gin):
            yield f"{table.name} has an index of no model: {index.name}"
    for columns in sorted(behind):
        full = [i.columns for i in found.indexes if i.where is None and i.method == "btree"]
        if not any(set(c[: len(columns)]) == set(columns) for c in full):
            yield f"{table.name} has no index behind its reference by {columns}"
    if table.name in GIN and not any(GIN[table.name] in i.definition for i in plain):
        yield f"{table.name} lacks the GIN index on {GIN[table.name]}"


def _unique(table: declared.Table, index: live.Index) -> Iterator[str]:
    where = index.where or ""
    lives = "deleted_at" in table.columns and index.columns != ("organization_id", "id")
    if ("deleted_at IS NULL" in where) != lives:
        yield f"{table.name}: {index.columns} is unique where {where or 'ever'}"
    if index.nulls_not_distinct != (table.name in NULLS_NOT_DISTINCT):
        yield f"{table.name}: {index.columns} takes two nulls for different, or should"


def _rules(table: declared.Table, found: live.Table) -> Iterator[str]:
    checks = " ".join(found.checks.values())
    if "currency" in table.columns and "currency ~ '^[a-z]{3}$'" not in checks:
        yield f"{table.name}.currency is not checked"
    if table.name in CHECKS and CHECKS[table.name] not in checks:
        yield f"{table.name} lacks the check {CHECKS[table.name]}"
    if found.partitioned != PARTITIONED.get(table.name):
        yield f"{table.name} is partitioned by {found.partitioned}"
    if table.name in APPEND_ONLY:
        if "append_only" not in found.triggers:
            yield f"{table.name} lets rows be changed: no trigger refuses it"
        for role in ("neonhub_app", "neonhub_maintenance"):
            if more := found.grants[role] - {"INSERT", "SELECT"}:
                yield f"{table.name} lets {role} {', '.join(sorted(more))}"
    if "duration_ms" in table.columns and "set_duration" not in found.triggers:
        yield f"{table.name}.duration_ms is not set by the database"
