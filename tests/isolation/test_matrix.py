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
    got_through = {
        (setting, door): through
        for setting in SETTINGS
        for door in DOORS
        if (through := reached(world, table, setting, door, ATTEMPTS))
    }
    assert got_through == {}


@by_table
def test_without_the_policy_it_is_reached(world_without_walls: World, table: str) -> None:
    tried = {
        ("another", door): [each for each in ATTEMPTS if door in _doors(table, each)]
        for door in DOORS
    }
    others = [each for each in ATTEMPTS if each not in _WHATEVER_THE_SETTING]
    tried |= {(setting, "login"): others for setting in SETTINGS if setting != "another"}
    for (setting, door), names in tried.items():
        through = reached(world_without_walls, table, setting, door, names)
        assert through == names, (setting, door)


@by_table
def test_the_tenant_itself_reaches_its_row(world: World, table: str) -> None:
    may_not = _NEVER | _BETWEEN_TWO
    if table == "organizations":
        may_not |= {"insert"}  # an organization's row is its own tenant: there is no second
    if GUARDED[table].append_only:
        may_not |= _CHANGES
    for door in DOORS:
        tried = [each for each in ATTEMPTS if door in _doors(table, each)]
        found = reached(world, table, "theirs", door, tried)
        assert found == [each for each in tried if each not in may_not], door
