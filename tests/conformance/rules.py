"""Checks, triggers, partitions, and what the notes of the model say besides."""

from __future__ import annotations

from collections.abc import Iterator

from tests.conformance.declared import Table
from tests.conformance.live import Table as Found

CURRENCY = "CHECK ((currency ~ '^[a-z]{3}$'::text))"
CHECKS = {
    "check: end_date >= start_date": "CHECK ((end_date >= start_date))",
    "check: email or phone is given": "CHECK (((email IS NOT NULL) OR (phone IS NOT NULL)))",
    "reserved + spent <= total_budget, kept by the database": (
        "CHECK (((reserved + spent) <= total_budget))"
    ),
}
NAMES = {
    "index campaign_metrics_campaign_id_kind_timestamp_idx": (
        ("campaign_metrics_campaign_id_kind_timestamp_idx", 'campaign_id, kind, "timestamp"'),
    ),
    "unique constraint named ux_keyword_term_ci": (("ux_keyword_term_ci", "term"),),
    "persona index ix_keyword_persona": (("ix_keyword_persona", "persona_id"),),
}
ADD_ONLY = {"INSERT", "SELECT"}
FOREVER = ("append-only", "immutable once written")
MONTHLY = "partitioned by month"

# What is held by the columns, keys and named indexes of the table as they are declared.
_DECLARED = (
    "primary key (",
    "no references",
    "unique with NULLS NOT DISTINCT",
    "owner_id nullable",
    "(dataset_id, source_uri) unique where not null",
    "email is citext",
    "ctr generated from clicks / impressions",
    "clicks, impressions default 0",
    "GIN on tsv",
    "GIN (metadata jsonb_path_ops)",
    "index chunks_embedding_cosine_idx",
    "index messages_embedding_cosine_idx",
    "index agent_memories_embedding_idx",
    "check: currency is three lower-case letters",
    "duration_ms is set by the database",
)
# What no catalogue shows: meaning, rows, and what services and encryption do.
_MEANING = (
    "token columns encrypted at rest",
    "secrets encrypted at rest",
    "the account: billing",
    "creating one creates its default workspace",
    "the tenant: the isolation boundary",
    "seeded roles",
    "only the SHA-256 of the token is stored",
    "the token is shown once",
    "workspace_id null = every workspace",
    "provider + model + dimension",
    "vectors of different spaces are never compared",
    "a durable queue",
    "a daily roll-up",
    "primary_* columns mirror",
    "a merged person keeps its row",
    "a change of mind is a new row",
    "rows leave only when the person is erased",
    "variants: list of",
    "the catalogue of platforms",
    "16 entries seeded",
    "balance_before of a row equals",
    "user_id is the billing contact",
    "a roll-up of metric_events",
)


def facts(table: Table, found: Found, months: list[str]) -> Iterator[tuple[bool, str]]:
    """What the model says of the table besides its columns, references and indexes."""
    checks = [CHECKS[phrase] for phrase in table.phrases if phrase in CHECKS]
    if "currency" in table.columns:
        checks.append(CURRENCY)
    for check in sorted({*checks, *found.checks}):
        yield check in found.checks, f"{table.name} lacks the {check}"
        yield check in checks, f"{table.name} has a check of no model: {check}"
    yield from _triggers(table, found)
    yield from _partitions(table, found, months)
    for phrase in table.phrases:
        yield from _phrase(table, found, phrase)


def _triggers(table: Table, found: Found) -> Iterator[tuple[bool, str]]:
    want = dict(table.triggers)
    if any(column.touched for column in table.columns.values()):
        want["touch"] = "BEFORE UPDATE neonhub.touch_updated_at"
    if "duration_ms" in table.columns:
        want["set_duration"] = "BEFORE INSERT OR UPDATE neonhub.set_duration"
    if is_forever(table):
        want["append_only"] = "BEFORE DELETE OR UPDATE neonhub.refuse_change"
    for name in sorted({*want, *found.triggers}):
        have = found.triggers.get(name, "not there, or not enabled")
        told = f"the trigger {name} of {table.name} is {have}"
        yield have == want.get(name), f"{told}, not {want.get(name, 'of any model')}"


def is_forever(table: Table) -> bool:
    """Whether rows of the table are only ever added."""
    return any(phrase.startswith(FOREVER) for phrase in table.phrases)


def _partitions(table: Table, found: Found, months: list[str]) -> Iterator[tuple[bool, str]]:
    monthly = any(phrase.startswith(MONTHLY) for phrase in table.phrases)
    # The time that ends the key is what the rows are parted by.
    want = f"RANGE ({table.key[-1]})".replace("(timestamp)", '("timestamp")') if monthly else None
    yield found.partitioned == want, f"{table.name} is partitioned by {found.partitioned}"
    if monthly:
        for bounds in ("DEFAULT", *months):
            has = bounds in found.partitions.values()
            yield has, f"{table.name} has no partition {bounds}"


def _phrase(table: Table, found: Found, phrase: str) -> Iterator[tuple[bool, str]]:
    if phrase.startswith(FOREVER):
        for role, privileges in sorted(found.grants.items()):
            more = ", ".join(sorted(privileges - ADD_ONLY))
            yield not more, f"{table.name} is only added to, and {role} may {more}"
    elif phrase in NAMES:
        for name, columns in NAMES[phrase]:
            have = {index.name: index.form for index in found.indexes}.get(name, "not there")
            want = f"btree (workspace_id, {columns})"
            yield have == want, f"{name} of {table.name} is {have}, not {want}"
    elif phrase.startswith("vector column"):
        spaces = [index for index in table.named.values() if "embedding_bits" in index]
        scan = any(form.startswith("btree (workspace_id, embedding_space_id") for form in spaces)
        yield scan, f"{table.name} has vectors and no index to scan them by"
    else:
        known = phrase in CHECKS or phrase.startswith((*_DECLARED, *_MEANING, MONTHLY))
        yield known, f"the note of {table.name} says what nothing here holds: {phrase}"
