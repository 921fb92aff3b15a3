"""The Prisma schema says what the models say. The real client is tested in tests/prisma."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ENUM

from neonhub.db.errors import InvalidInput
from neonhub.ops.prisma.document import prisma_schema
from neonhub.ops.prisma.names import back_name, forward_name, identifier
from neonhub.schema import TableEntry, catalogue

KEPT = Path(__file__).parents[2] / "docs/prisma/schema.prisma"
SCHEMA = prisma_schema()
BLOCKS = {
    match[2]: match[3]
    for match in re.finditer(r"^(model|enum) (\w+) \{\n(.*?)^\}", SCHEMA, re.MULTILINE | re.DOTALL)
}
ENTRIES = pytest.mark.parametrize("entry", catalogue(), ids=lambda entry: entry.name)


def _fields(model: str) -> dict[str, tuple[str, str]]:
    """Each field's type and attributes, by the column where it is one, else by its name."""
    found = {}
    for line in BLOCKS[model].splitlines():
        match = re.match(r"  (\w+) +(Unsupported\(\S+\)\??|\S+) *(.*)", line)
        if match and not line.strip().startswith(("//", "@@")):
            mapped = re.search(r'(?<!@)@map\("(\w+)"\)', match[3])
            name = mapped[1] if mapped else match[1]
            assert name not in found, f"{model} has two of {name}"
            found[name] = (match[2], match[3])
    return found


def test_what_is_kept_is_fresh() -> None:
    """If not: `neonhub prisma schema --output docs/prisma/schema.prisma`."""
    assert KEPT.read_text() == SCHEMA


def test_it_is_the_same_at_every_run() -> None:
    program = "from neonhub.ops.prisma.document import prisma_schema; print(prisma_schema())"
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == SCHEMA + "\n"


@ENTRIES
def test_every_column_is_a_field_as_nullable_as_it_is(entry: TableEntry) -> None:
    fields = _fields(entry.model.__name__)
    assert f'@@map("{entry.name}")' in BLOCKS[entry.model.__name__]
    for column in entry.table.columns:
        kind, attributes = fields[column.name]
        assert kind.endswith("?") == (column.nullable and not kind.endswith("[]")), column.name
        has_default = column.server_default is not None or column.identity is not None
        assert ("@default(" in attributes) == has_default, column.name


@ENTRIES
def test_every_reference_has_a_field_on_both_sides(entry: TableEntry) -> None:
    for fk in entry.table.foreign_key_constraints:
        fields = _fields(entry.model.__name__)
        [forward] = [text for _, text in fields.values() if f'map: "{fk.name}"' in text]
        label = re.search(r'@relation\("(\w+)"', forward)
        target = next(e.model.__name__ for e in catalogue() if e.table is fk.referred_table)
        backs = [
            text
            for kind, text in _fields(target).values()
            if kind.rstrip("[]?") == entry.model.__name__ and "fields:" not in text
        ]
        assert len([text for text in backs if not label or f'"{label[1]}"' in text]) == 1


def test_the_tenant_is_part_of_keys_and_references() -> None:
    run = BLOCKS["AgentRun"]
    assert '@@id([workspaceId, id], map: "pk_agent_runs")' in run
    assert "fields: [workspaceId, agentId], references: [workspaceId, id]" in run


def test_enumerations_are_those_of_the_database() -> None:
    kinds = {
        column.type.name: column.type.enums
        for entry in catalogue()
        for column in entry.table.columns
        if isinstance(column.type, ENUM)
    }
    written = {
        name: [line.strip() for line in body.splitlines()]
        for name, body in BLOCKS.items()
        if name in kinds
    }
    assert written == kinds


def test_a_set_that_is_unique_among_some_rows_only_is_no_key() -> None:
    """As ``@@unique`` it would be offered to upsert, and PostgreSQL refuses such an upsert."""
    partial = [
        str(index.name)
        for entry in catalogue()
        for index in entry.table.indexes
        if index.unique and index.dialect_options["postgresql"]["where"] is not None
    ]
    assert partial
    for name in partial:
        [line] = [line for line in SCHEMA.splitlines() if f"({name})" in line]
        assert line.strip().startswith("// unique where ")


@pytest.mark.parametrize(
    ("model", "column", "kind", "attributes"),
    [
        ("Agent", "id", "String", '@default(dbgenerated("neonhub.cuid()"))'),
        ("Agent", "status", "AgentStatus", "@default(ACTIVE)"),
        ("Agent", "config", "Json?", ""),
        ("Person", "primary_email", "String?", '@map("primary_email") @db.Citext'),
        ("Person", "persona_tags", "String[]", '@default([]) @map("persona_tags")'),
        ("Organization", "plan", "String", '@default("starter")'),
        ("AnalyticsSummary", "dimensions", "Json", '@default("{}")'),
        ("AgentMetrics", "total_tokens", "BigInt", '@default(0) @map("total_tokens")'),
        ("AgentMetrics", "date", "DateTime", "@db.Date"),
        ("AuditLog", "hash", "Bytes", ""),
        ("AuditLog", "ip", "String?", "@db.Inet"),
        ("BudgetLedger", "amount", "Decimal", "@db.Decimal(18, 4)"),
        ("BudgetLedger", "seq", "BigInt", "@default(autoincrement())"),
        ("Chunk", "embedding", 'Unsupported("vector(1536)")?', ""),
        ("Chunk", "tsv", 'Unsupported("tsvector")', "@default(dbgenerated())"),
        ("MarketingCampaignPerformance", "ctr", "Float", "@default(dbgenerated())"),
        (
            *("Agent", "created_at", "DateTime"),
            '@default(dbgenerated("now()")) @map("created_at") @db.Timestamptz(6)',
        ),
        # Part of the key: JavaScript must know it to the last digit.
        ("MetricEvent", "timestamp", "DateTime", "@default(now()) @db.Timestamptz(6)"),
        # The application may not write it, so that Prisma must not.
        ("User", "is_beta_user", "Boolean", '@default(dbgenerated("false")) @map("is_beta_user")'),
        # Auth.js has them under OAuth's names.
        ("Account", "refresh_token", "String?", ""),
    ],
)
def test_types_and_defaults(model: str, column: str, kind: str, attributes: str) -> None:
    assert _fields(model)[column] == (kind, attributes)


@pytest.mark.parametrize(
    ("target", "table", "forward", "taken", "name"),
    [
        ("Agent", "agent_runs", "agent", (), "runs"),
        ("AgentRun", "run_steps", "run", (), "steps"),
        ("Person", "person_identities", "person", (), "identities"),
        ("Workspace", "people", "workspace", (), "people"),
        ("MarketingCampaign", "marketing_leads", "campaign", (), "leads"),
        ("AgentRun", "agent_run_metrics", "agentRun", ("metrics",), "agentRunMetrics"),
        ("User", "tasks", "assignee", (), "tasksAsAssignee"),
        ("Agent", "agent_memories", "agentRef", (), "memories"),
    ],
)
def test_names_of_what_refers(
    target: str, table: str, forward: str, taken: tuple[str, ...], name: str
) -> None:
    assert back_name(target, table, forward, taken) == name


def test_a_name_that_a_column_has_is_not_a_references_too() -> None:
    assert forward_name("agent_id", {"agentId"}) == "agent"
    assert forward_name("agent_id", {"agentId", "agent"}) == "agentRef"


def test_labels_that_are_no_identifiers_become_some() -> None:
    assert [identifier(label) for label in ("a_b", "in-progress", "3d")] == [
        "a_b",
        "in_progress",
        "v_3d",
    ]


def test_settings_of_the_generator() -> None:
    made = prisma_schema(generator="prisma-client", preview=["relationJoins"])
    assert 'provider        = "prisma-client"' in made
    assert 'output          = "./generated"' in made
    assert 'previewFeatures = ["relationJoins"]' in made
    with pytest.raises(InvalidInput, match="'mine' is not prisma-client-js or prisma-client"):
        prisma_schema(generator="mine")


def test_a_type_that_has_no_word_in_prisma_is_refused() -> None:
    from neonhub.ops.prisma.fields import NoSuchType, field_of

    table = sa.Table("t", sa.MetaData(), sa.Column("span", sa.Interval))
    with pytest.raises(NoSuchType, match="Interval"):
        field_of(table.c.span)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"client_folder": ""}, "--client-folder"),
        ({"client_folder": 'a"b'}, "--client-folder"),
        ({"preview": ('a"b',)}, "--preview"),
    ],
)
def test_what_would_make_no_schema_is_refused(given: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput, match=field):
        prisma_schema(**given)
