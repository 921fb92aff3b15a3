"""Every module of a domain stands on a floor, and the contracts between floors name them all."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

import neonhub.domains
from neonhub.schema import DOMAINS

DOMAINS_PATH = Path(neonhub.domains.__path__[0])
PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"
CONTRACTS: dict[str, dict[str, Any]] = {
    contract["name"].split(":")[0]: contract
    for contract in tomllib.loads(PYPROJECT.read_text())["tool"]["importlinter"]["contracts"]
}
FLOORS = [
    {name.strip(" ()") for name in floor.split(":")}
    for floor in CONTRACTS["The floors inside each domain"]["layers"]
]


def _modules() -> set[tuple[str, str]]:
    """(domain, module) of every module there is."""
    return {
        (path.parent.name, path.stem)
        for path in DOMAINS_PATH.glob("*/*.py")
        if path.stem != "__init__"
    }


def _named(contract: str, key: str) -> set[str]:
    return {each.rsplit(".", 1)[1] for each in CONTRACTS[contract][key]}


def _floor(name: str) -> int:
    return next(place for place, floor in enumerate(FLOORS) if name in floor)


def test_every_module_of_a_domain_is_on_one_floor() -> None:
    modules = _modules()
    assert {"queries", "service", "tables"} <= {name for _, name in modules}
    astray = [
        f"{domain}.{name}"
        for domain, name in sorted(modules)
        if sum(name in floor for floor in FLOORS) != 1
    ]
    assert astray == []


def test_every_floor_names_modules_that_exist() -> None:
    existing = {name for _, name in _modules()}
    assert set().union(*FLOORS) - existing == set()


def test_packages_of_a_domain_are_none() -> None:
    """The floors are of modules: a package inside a domain would be on none."""
    inner = [path for path in DOMAINS_PATH.glob("*/*/") if path.name != "__pycache__"]
    assert inner == []


@pytest.mark.parametrize("name", sorted(name for floor in FLOORS for name in floor))
def test_the_contracts_between_floors_name_it(name: str) -> None:
    """A statement is written in queries and below; what stands above holds none."""
    queries, service = _floor("queries"), _floor("service")
    below = "Tables and queries of a domain stand below every domain's services"
    above_queries = _floor(name) < queries
    assert (name in _named("Services hold no statement", "source_modules")) is above_queries
    assert (name in _named(below, "forbidden_modules")) is (_floor(name) <= service)
    if name.endswith("queries") or name == "tables":
        assert name in _named(below, "source_modules")


@pytest.mark.parametrize("name", sorted({name for _, name in _modules() if "queries" in name}))
def test_queries_are_on_the_floor_of_queries(name: str) -> None:
    assert name in FLOORS[_floor("queries")]


def test_every_domain_has_its_place_in_the_order() -> None:
    order = {
        each.strip("()").rsplit(".", 1)[1]
        for each in CONTRACTS["A domain imports other domains only downwards"]["layers"]
    }
    assert {domain for domain, _ in _modules()} | set(DOMAINS) <= order
