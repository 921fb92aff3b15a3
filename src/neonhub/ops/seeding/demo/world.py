"""What the demo is made in: sheets of rows, dice that fall alike everywhere, and a clock."""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from neonhub.db.ids import deterministic_cuid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neonhub.embedding.lexical import LexicalEmbedder
    from neonhub.ops.seeding.demo.profiles import Profile
    from neonhub.ops.seeding.demo.secrets import Vault

__all__ = ["DAYS", "Dice", "Place", "Row", "Sheet", "World"]

Row = dict[str, Any]
Item = TypeVar("Item")

DAYS = 30
"""How many whole days before the anchor the figures of campaigns and searches cover."""


class Dice:
    """Chance that falls the same everywhere: of ``random`` only what is the same in all versions.

    ``random.Random.random`` promises that for a seed; ``choice`` and its kin do not.
    """

    def __init__(self, *parts: str) -> None:
        self.unit = random.Random("\x1f".join(parts)).random  # noqa: S311

    def between(self, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``, both included."""
        return low + int(self.unit() * (high - low + 1))

    def chance(self, probability: float) -> bool:
        """True so often."""
        return self.unit() < probability

    def pick(self, items: Sequence[Item]) -> Item:
        """One of them."""
        return items[int(self.unit() * len(items))]

    def some(self, items: Sequence[Item], how_many: int) -> list[Item]:
        """So many different ones, in the order in which they are given."""
        places = list(range(len(items)))
        chosen = [places.pop(int(self.unit() * len(places))) for _ in range(how_many)]
        return [items[place] for place in sorted(chosen)]


@dataclass
class Sheet:
    """Rows of one tenant, or of none, by table. ``owner`` are the columns that name the tenant."""

    name: str
    owner: dict[str, str]
    rows: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))

    def id_of(self, table: str, *key: str) -> str:
        """The id of a row: it follows from where it is and what it is."""
        return deterministic_cuid("demo", self.name, table, *key)

    def add(self, table: str, *key: str, **values: Any) -> Row:
        """Put a row into ``table``; ``key`` is what tells it from all others there."""
        row: Row = {"id": self.id_of(table, *key), **self.owner, **values}
        self.rows[table].append(row)
        return row


@dataclass
class World:
    """All of the demo: ``anchor`` is the midnight (UTC) that all its times are counted from."""

    anchor: dt.datetime
    embedder: LexicalEmbedder
    vault: Vault
    organization: Sheet
    globals: Sheet
    places: list[Place] = field(default_factory=list)
    user_sheets: dict[str, Sheet] = field(default_factory=dict)
    users: list[Row] = field(default_factory=list)
    connectors: dict[str, str] = field(default_factory=dict)

    @property
    def organization_id(self) -> str:
        """The demo's organization."""
        return self.organization.owner["organization_id"]

    def before(self, *, days: float = 0, **parts: float) -> dt.datetime:
        """So long before the anchor, to the second."""
        return self.anchor - dt.timedelta(days=days, **parts)


@dataclass
class Place(Sheet):
    """A workspace being filled."""

    world: World = field(kw_only=True)
    profile: Profile = field(kw_only=True)

    @property
    def workspace_id(self) -> str:
        """The tenant."""
        return self.owner["workspace_id"]

    @property
    def space_id(self) -> str:
        """The workspace's embedding space."""
        return self.id_of("embedding_spaces", self.world.embedder.space.name)

    def dice(self, *about: str) -> Dice:
        """Dice of one's own, so that a domain that grows leaves the others as they were."""
        return Dice("neonhub demo", self.name, *about)

    def amount(self, of_large: int) -> int:
        """So many in the larger workspace, and fewer in the smaller."""
        return max(1, round(of_large * self.profile.size))

    def moment(self, dice: Dice, day: int, *, first: int = 7, last: int = 21) -> dt.datetime:
        """A time in the hours from ``first`` to ``last``, ``day`` days before the anchor."""
        seconds = dice.between(first * 3600, last * 3600 - 1)
        return self.world.before(days=day) + dt.timedelta(seconds=seconds)

    def vectors(self, texts: Sequence[str]) -> list[str]:
        """The vectors of ``texts``, as PostgreSQL reads them."""
        return [vector_text(row) for row in self.world.embedder.embed(texts).tolist()]

    def user(self, dice: Dice) -> str:
        """One of those who work here; their id."""
        members = self.rows["workspace_members"]
        return str(dice.pick(members)["user_id"])


def vector_text(values: Sequence[float]) -> str:
    """``[0.1,…]``: the shortest text that reads back as the same numbers."""
    return f"[{','.join(map(repr, values))}]"
