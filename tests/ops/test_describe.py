"""The pages of the schema are those of the models."""

from __future__ import annotations

import re
from pathlib import Path

from neonhub import schema
from neonhub.ops import describe

FOLDER = Path(__file__).parents[2] / "docs" / "schema"


def test_pages_are_fresh() -> None:
    written = {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.md")}
    made = describe.pages()
    assert set(written) == set(made), "run `python -m neonhub.ops.describe`"
    stale = [name for name, text in made.items() if written[name] != text]
    assert stale == [], "run `python -m neonhub.ops.describe`"


def test_every_table_and_column_is_described_on_its_domains_page() -> None:
    made = describe.pages()
    for entry in schema.catalogue():
        page = made[f"{entry.domain}.md"]
        section = page.split(f"\n## {entry.name}\n")[1].split("\n## ")[0]
        for column in entry.table.columns:
            assert f"| `{column.name}` |" in section


def test_links_between_pages_lead_somewhere() -> None:
    made = describe.pages()
    for name, text in made.items():
        for page, anchor in re.findall(r"\]\(([\w.]*)#(\w+)\)", text):
            assert f"\n## {anchor}\n" in made[page or name]


def test_rights_are_those_declared() -> None:
    page = describe.pages()["governance.md"]
    assert "| `neonhub_app` | yes | yes |  |  |" in page  # an audit log is only added to
    users = describe.pages()["identity.md"].split("\n## users\n")[1].split("\n## ")[0]
    assert "| `neonhub_app` | some columns | some columns |  |  |" in users
    assert "- `neonhub_app` may insert `email`, `id`, `name`." in users
    keys = describe.pages()["tenancy.md"].split("\n## api_keys\n")[1].split("\n## ")[0]
    assert "- `neonhub_readonly` may select all but `token_hash`." in keys
