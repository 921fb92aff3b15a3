"""The parts of lint that need no database."""

from __future__ import annotations

import pytest

from neonhub.ops import migrate
from neonhub.ops.lint import risk
from neonhub.ops.lint.destructive import _wider
from neonhub.ops.lint.rules import _unwritten
from neonhub.ops.lint.sizes import Size, rewrite_seconds
from neonhub.ops.lint.split import split, without_comments
from neonhub.ops.lint.squawk import ask


def test_statements_end_where_postgresql_ends_them() -> None:
    text = (
        "-- no; end\n/* nor /* here; */ either; */\nSELECT ';', E'\\';', \"a;b\";\n"
        "DO $x$ BEGIN NULL; END $$; $x$;\n"
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql\n"
        "BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END;\n"
        "SELECT $1; ;\n  SELECT a$b$c -- last"
    )

    made = split(text)

    assert [each.line for each in made] == [3, 4, 5, 7, 8]
    assert made[1].sql == "DO $x$ BEGIN NULL; END $$; $x$"
    assert made[2].sql.endswith("SELECT 2; END")
    assert without_comments("DELETE /* a; */ FROM t -- b\n;").split() == [
        "DELETE",
        "FROM",
        "t",
        ";",
    ]


@pytest.mark.parametrize("revision", migrate.revisions())
def test_kept_scripts_are_split_into_what_they_are(revision: str) -> None:
    made = split(migrate.source(revision).with_suffix(".sql").read_text())

    assert (made[0].sql, made[-1].sql) == ("BEGIN", "COMMIT")
    starts: tuple[str, ...] = (
        "BEGIN",
        "COMMIT",
        "CREATE",
        "ALTER",
        "SET",
        "INSERT",
        "UPDATE",
        "DO",
        "SELECT",
    )
    starts = (*starts, "GRANT", "REVOKE", "DROP", "COMMENT")
    assert {each.sql.split()[0] for each in made} <= set(starts)


@pytest.mark.parametrize(
    ("old", "new", "wider"),
    [
        ("integer", "bigint", True),
        ("bigint", "integer", False),
        ("integer", "numeric", True),
        ("character varying(20)", "character varying(30)", True),
        ("character varying(20)", "character varying(10)", False),
        ("character varying", "character varying(10)", False),
        ("character varying(20)", "text", True),
        ("numeric(12,2)", "numeric(18,4)", True),
        ("numeric(12,2)", "numeric(12,4)", False),
        ("numeric(12,4)", "numeric(18,2)", False),
        ("numeric(12,2)", "numeric", True),
        ("timestamp with time zone", "date", False),
        ("vector", "vector(1536)", False),
        ("real", "double precision", True),
        ('"ConnectorKind"', "text", True),
        ("text", '"ConnectorKind"', False),
    ],
)
def test_which_types_are_wider(old: str, new: str, wider: bool) -> None:
    assert _wider(old, new) is wider


def test_squawk_says_of_which_statement() -> None:
    statements = [
        "CREATE INDEX a ON b (c)",
        "THIS PostgreSQL HAS run AND squawk DOES NOT know",
        "SELECT 1\n,\n2",
        "ALTER TABLE b\n  ALTER COLUMN e SET NOT NULL",
    ]

    found = ask(statements, "18.0")

    assert {(each.place, each.line, each.rule) for each in found} == {
        (0, 0, "require-concurrent-index-creation"),
        (1, 0, "unread"),
        (3, 1, "adding-not-nullable-field"),
    }


def test_what_is_asked_for_can_be_copied_and_is_then_not_enough() -> None:
    made = risk._entry("x", risk.template("x", ["drops a"]))

    assert made.missing == ["Why", "Way back"]
    assert _unwritten(made, "a") == "Say Why, Way back in its section"
    whole = risk._entry("x", "- What: drops **the** table\n  a.\n- Why: b.\n- **Way back**: none.")
    assert _unwritten(whole, "a") is None
    assert _unwritten(whole, "b_c") == "Its section does not speak of b_c: say it"
    assert _unwritten(None, "a") == "Write a section"


def test_a_larger_table_takes_longer() -> None:
    table = Size(1000, 200_000, 100_000, ("btree", "gin"))

    assert rewrite_seconds(table) < rewrite_seconds(table.at_least(10_000_000))
    assert table.at_least(10) == table
