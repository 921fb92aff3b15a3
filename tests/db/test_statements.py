"""Statements: the texts that are kept are those that the sources compile to."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import neonhub.domains
from neonhub.db import statements


def query_modules() -> list[str]:
    modules = pkgutil.walk_packages(neonhub.domains.__path__, "neonhub.domains.")
    return [module.name for module in modules if module.name.endswith("queries")]


@pytest.mark.parametrize("module", query_modules())
def test_kept_texts_are_fresh(module: str) -> None:
    importlib.import_module(module)
    path = statements.kept_path(module)
    assert path.exists(), f"run: python -m neonhub.db.statements {module}"
    assert path.read_bytes() == statements.render(module), (
        f"{path.name} is not what {module} compiles to; "
        f"run: python -m neonhub.db.statements {module}"
    )


@pytest.mark.parametrize("module", query_modules())
def test_every_statement_has_a_sentence_and_a_telling_verb(module: str) -> None:
    verbs = set("get find list search count upsert insert update set delete".split())
    verbs |= set("revoke touch use lock enter leave hold allow disallow rename take".split())
    for name, each in statements.statements_of(module).items():
        assert each.build.__doc__, f"{module}.{name} has no sentence"
        assert name.split("_")[0] in verbs, f"{module}.{name} begins with no known verb"


def test_a_row_type_that_does_not_fit_is_refused() -> None:
    from typing import Any, NamedTuple

    class Wrong(NamedTuple):
        slug: str
        id: str

    @statements.statement(Wrong)
    def find() -> Any:
        import sqlalchemy as sa

        from neonhub.domains.knowledge.tables import Dataset

        return sa.select(Dataset.id, Dataset.slug)

    with pytest.raises(TypeError, match=r"selects \('id', 'slug'\)"):
        _ = find.compiled


def test_prepared_names_come_from_the_text() -> None:
    one = statements.Compiled(b"SELECT 1", (), ())
    same = statements.Compiled(b"SELECT 1", (), ("x",))
    other = statements.Compiled(b"SELECT 2", (), ())
    assert one.name == same.name != other.name
