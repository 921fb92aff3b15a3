"""The table of retention: whole, in order, and as the documentation has it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from neonhub.db.errors import InvalidInput
from neonhub.ops.maintain.deleted import holders
from neonhub.ops.maintain.periods import parse_overrides, parse_period
from neonhub.ops.maintain.rules import KEPT, RECORDS, RULES, Way
from neonhub.schema import catalogue, metadata

PAGE = Path("docs/howto/keep-a-database-in-shape.md")
TABLES = {entry.name: entry.table for entry in catalogue()}


def test_every_table_goes_by_a_rule_or_is_kept_and_says_why() -> None:
    ruled = {rule.table for rule in RULES}

    assert ruled | KEPT.keys() == TABLES.keys()
    assert not ruled & KEPT.keys()
    assert all(why.endswith(".") for why in [*KEPT.values(), *(rule.why for rule in RULES)])
    assert len({rule.name for rule in RULES}) == len(RULES)


def test_every_table_with_soft_deletion_has_a_rule_after_what_hangs_on_it() -> None:
    deleted = [rule.table for rule in RULES if rule.way is Way.DELETED]
    soft = {name for name, table in TABLES.items() if "deleted_at" in table.columns}

    assert set(deleted) == soft
    for name in deleted:
        for reference in TABLES[name].foreign_key_constraints:
            target = reference.referred_table.name
            if target in soft and target != name:
                assert deleted.index(name) < deleted.index(target), f"{name} after {target}"


def test_whatever_goes_along_with_an_archived_row_is_archived_too() -> None:
    for rule in RULES:
        if not rule.archive or rule.way is not Way.ROWS:
            continue
        along = {
            (table.name, reference.column_keys[-1])
            for table in metadata().tables.values()
            for reference in table.foreign_key_constraints
            if reference.referred_table.name == rule.table and reference.ondelete == "CASCADE"
        }
        assert along == {(part.table, part.column) for part in rule.parts}, rule.name


def test_tables_that_only_grow_leave_by_months_or_not_at_all() -> None:
    for name, table in TABLES.items():
        if table.info["access"].append_only:
            ways = {rule.way for rule in RULES if rule.table == name}
            assert ways in (set(), {Way.MONTHS}), name
    for rule in RULES:
        parted = TABLES[rule.table].dialect_options["postgresql"].get("partition_by")
        assert (rule.way is Way.MONTHS) == bool(parted), rule.name


def test_books_hold_their_tenant_and_a_live_row_holds_what_it_refers_to() -> None:
    assert {holder.table for holder in holders("workspaces")} == set(RECORDS["workspaces"])
    assert {holder.table for holder in holders("agents")} == {"agent_runs", "conversations"}
    assert {holder.table for holder in holders("campaigns")} == {"budget_transactions"}
    of_brands = {holder.table: "deleted_at" in holder.condition for holder in holders("brands")}
    # One goes along whole, whenever it was deleted; the other loses a reference, while it lives.
    assert of_brands == {"brand_voice_guides": False, "marketing_campaigns": True}


@pytest.mark.parametrize("text", ["", "90", "d", "-1d", "1w", "90 days", "99999999d", "∞"])
def test_a_period_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="is no period"):
        parse_period(text, field="x")


def test_a_rule_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidInput, match="there is no rule 'agent_run'"):
        parse_overrides({"agent_run": "1d"}, field="--rule")


def test_the_documentation_has_the_table_as_it_is() -> None:
    found = {
        name: (period, archived, why)
        for name, period, archived, why in re.findall(
            r"^\| `(\w+)` \| (\w+) \| (yes|) ?\| (.+) \|$", PAGE.read_text("utf-8"), re.MULTILINE
        )
    }

    assert found == {
        rule.name: (rule.period.text, "yes" if rule.archive else "", rule.why) for rule in RULES
    }
