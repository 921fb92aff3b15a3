"""Nobody reaches another tenant's row: every guarded table, every way, every setting.

Each case is tried as the application's own login, as an administrator's login that takes the
application's role for the transaction, and as the read-only role. Each has its controls: the same
attempt gets through where row-level security is off, and where the setting is the row's own.
"""

from __future__ import annotations

import pytest

from tests.isolation.attempts import ATTEMPTS, READS, reached
from tests.isolation.world import GUARDED, SETTINGS, TABLES, World

DOORS = ("login", "role", "readonly")
# What the application may never do, in its own tenant neither.
_NEVER = {"truncate", "copy_in", "select_past_row_security"}
# What only makes sense between two tenants.
_BETWEEN_TWO = {"move_our_row_to_them", "move_their_row_to_us"}
# What a table that is only added to does not grant.
_CHANGES = set(ATTEMPTS) - READS - {"insert"}
# Depends on a grant alone, and takes a quarter of a second where that is given.
_WHATEVER_THE_SETTING = {"truncate"}

# Needs the privilege on every column, or on the table itself.
_WHOLE_ROW = READS - {"select_all"}

by_table = pytest.mark.parametrize("table", GUARDED)


def _doors(table: str, attempt: str) -> list[str]:
    """The doors at which the role's grants let the attempt come as far as the policies."""
    hidden = TABLES[table].info["access"].hidden_from_readonly and attempt in _WHOLE_ROW
    reads = attempt in READS and GUARDED[table].setting != "user" and not hidden
    return ["login", "role", *(["readonly"] if reads else [])]


@by_table
def test_their_row_is_out_of_reach(world: World, table: str) -> None:
    got_through = [
        (attempt, setting, door)
        for attempt in ATTEMPTS
        for setting in SETTINGS
        for door in DOORS
        if reached(world, table, attempt, setting, door)
    ]
    assert got_through == []


@by_table
def test_without_the_policy_it_is_reached(world_without_walls: World, table: str) -> None:
    held = []
    for attempt in ATTEMPTS:
        cases = [("another", door) for door in _doors(table, attempt)]
        if attempt not in _WHATEVER_THE_SETTING:
            cases += [(setting, "login") for setting in SETTINGS if setting != "another"]
        held += [
            (attempt, setting, door)
            for setting, door in cases
            if not reached(world_without_walls, table, attempt, setting, door)
        ]
    assert held == []


@by_table
def test_the_tenant_itself_reaches_its_row(world: World, table: str) -> None:
    for attempt in ATTEMPTS:
        tried = _doors(table, attempt)
        doors = tried
        if attempt in _NEVER | _BETWEEN_TWO or (table, attempt) == ("organizations", "insert"):
            doors = []  # an organization's row is its own tenant: there is no second
        if GUARDED[table].append_only and attempt in _CHANGES:
            doors = []
        found = [door for door in tried if reached(world, table, attempt, "theirs", door)]
        assert found == doors, attempt
