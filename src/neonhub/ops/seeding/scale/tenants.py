"""How many tenants, and how large each is: few are large, most are small."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["LARGEST_SCALE", "MARK", "TENANTS_A_UNIT", "Tenant", "row_id", "tenants_of"]

MARK = "c0scale"
"""How the id of every row begins: by it the rows are told from all others, and removed."""

TENANTS_A_UNIT = 4
LARGEST_SCALE = 10_000


def row_id(kind: str, tenant: int, number: int) -> str:
    """The id of the ``number``-th row of a ``kind``, two letters, of a tenant."""
    return f"{MARK}{kind}{tenant:05d}{number:011d}"


@dataclass(frozen=True, slots=True)
class Tenant:
    """A tenant and its size, 1 being a realistic one of some 15,000 rows."""

    number: int
    size: float

    @property
    def organization_id(self) -> str:
        """The account."""
        return row_id("or", self.number, 0)

    @property
    def workspace_id(self) -> str:
        """The tenant of all rows but the account's."""
        return row_id("ws", self.number, 0)

    @property
    def user_id(self) -> str:
        """Its one user."""
        return row_id("us", self.number, 0)

    def prefix(self, kind: str) -> str:
        """What the ids of a kind begin with; the number follows in eleven digits."""
        return f"{MARK}{kind}{self.number:05d}"

    def many(self, of_one: int) -> int:
        """So many where a tenant of size 1 has ``of_one``, and one at least."""
        return max(1, round(of_one * self.size))


def tenants_of(scale: int) -> list[Tenant]:
    """Four tenants for each unit of ``scale``, their sizes by Zipf's law, ``scale`` in sum."""
    shares = [1 / rank for rank in range(1, TENANTS_A_UNIT * scale + 1)]
    whole = sum(shares)
    return [Tenant(rank, scale * share / whole) for rank, share in enumerate(shares)]
