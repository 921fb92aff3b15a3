"""The catalogue: all tables, which domain owns which, in which scope, and what guards them.

Importing it imports SQLAlchemy and every mapped class: migrations, drift and tests do, the
reading path does not.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from neonhub.db.base import Model
from neonhub.db.functions import FUNCTIONS as DB_FUNCTIONS
from neonhub.domains.agents.functions import VECTOR_SEARCHES as AGENTS_SEARCHES
from neonhub.domains.brands.functions import VECTOR_SEARCHES as BRANDS_SEARCHES
from neonhub.domains.content.functions import VECTOR_SEARCHES as CONTENT_SEARCHES
from neonhub.domains.knowledge.functions import FUNCTIONS as KNOWLEDGE_FUNCTIONS
from neonhub.domains.knowledge.functions import VECTOR_SEARCHES as KNOWLEDGE_SEARCHES
from neonhub.domains.people.functions import FUNCTIONS as PEOPLE_FUNCTIONS
from neonhub.domains.people.functions import VECTOR_SEARCHES as PEOPLE_SEARCHES
from neonhub.domains.tenancy.functions import FUNCTIONS as TENANCY_FUNCTIONS

if TYPE_CHECKING:
    from sqlalchemy import MetaData, Table

    from neonhub.db.nearest import VectorSearch
    from neonhub.db.policies import Entity, Function, Scope

__all__ = [
    "DOMAINS",
    "TableEntry",
    "catalogue",
    "entities",
    "functions",
    "metadata",
    "vector_searches",
]

DOMAINS = (
    "identity",
    "tenancy",
    "brands",
    "agents",
    "knowledge",
    "people",
    "content",
    "seo",
    "campaigns",
    "connectors",
    "budget",
    "billing",
    "collaboration",
    "governance",
    "analytics",
)


@dataclass(frozen=True, slots=True)
class TableEntry:
    """A table, the domain that owns it, and whose rows it holds."""

    name: str
    domain: str
    scope: Scope
    model: type[Model]
    table: Table


def _load() -> tuple[TableEntry, ...]:
    for domain in DOMAINS:
        importlib.import_module(f"neonhub.domains.{domain}.tables")
    entries = []
    for mapper in Model.registry.mappers:
        model: type[Model] = mapper.class_
        domain = model.__module__.split(".")[2]
        table: Table = model.__table__  # type: ignore[assignment]
        entries.append(TableEntry(table.name, domain, model.__scope__, model, table))
    return tuple(sorted(entries, key=lambda e: (DOMAINS.index(e.domain), e.name)))


_ENTRIES = _load()


def catalogue() -> tuple[TableEntry, ...]:
    """Every table, by domain and name."""
    return _ENTRIES


def metadata() -> MetaData:
    """The metadata of every table, with the entities in ``info["entities"]``."""
    Model.metadata.info["entities"] = entities()
    return Model.metadata


def functions() -> tuple[Function, ...]:
    """Every function of the schema ``neonhub``, in an order in which they can be made."""
    named = (*DB_FUNCTIONS, *TENANCY_FUNCTIONS, *KNOWLEDGE_FUNCTIONS, *PEOPLE_FUNCTIONS)
    return (*named, *(each.function() for each in vector_searches()))


def vector_searches() -> tuple[VectorSearch, ...]:
    """Every table that is searched by vector."""
    return (
        *BRANDS_SEARCHES,
        *AGENTS_SEARCHES,
        *KNOWLEDGE_SEARCHES,
        *PEOPLE_SEARCHES,
        *CONTENT_SEARCHES,
    )


def entities() -> tuple[Entity, ...]:
    """Everything that guards tables, and every function."""
    of_tables = [entity for entry in _ENTRIES for entity in entry.table.info["entities"]]
    return (*functions(), *of_tables)
