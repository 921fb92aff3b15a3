"""Every rule has its file, its page and its test; every page and every file is a rule's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from neonhub.ops.preflight import FOLDER, Rule, rules

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "checks"
HERE = Path(__file__).parent


def test_numbers_are_in_a_row_and_every_file_is_a_rule() -> None:
    assert [int(rule.name[:4]) for rule in rules()] == list(range(1, len(rules()) + 1))
    files = {p.name for p in FOLDER.iterdir() if p.suffix in {".sql", ".py"}}
    helpers = {name for name in files if name.startswith("_")}
    assert {name.rpartition(".")[0] for name in files - helpers} == {r.name for r in rules()}


def test_every_page_is_a_rules() -> None:
    assert {p.stem for p in PAGES.glob("*.md")} == {r.name for r in rules()} | {"README"}


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.name)
def test_a_rule_is_whole(rule: Rule) -> None:
    assert rule.severity in {"must", "should"}
    assert rule.title
    assert rule.remedy
    page = (ROOT / rule.page).read_text("utf-8")
    assert page.startswith(f"# {rule.name[:4]}: {rule.title}\n\nSeverity: {rule.severity}.\n")
    assert re.findall(r"^## (.+)$", page, re.MULTILINE) == ["Why", "How it is told", "Mend it"]
    line = f"| [{rule.name[:4]}]({rule.name}.md) | {rule.title} | {rule.severity} |"
    assert line in (PAGES / "README.md").read_text("utf-8")


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.name)
def test_a_rule_is_tested(rule: Rule) -> None:
    tests = "".join(p.read_text("utf-8") for p in HERE.glob("test_*_rules.py"))
    assert f"def test_{rule.name[:4]}_" in tests or f'"{rule.name}",' in tests
