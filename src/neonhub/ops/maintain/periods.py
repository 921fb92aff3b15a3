"""How long rows are kept: ``90d``, ``13m``, ``7y``, or ``never``; declared, and overridden."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from neonhub.db.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping

    import psycopg

    from neonhub.ops.maintain.rules import Rule

__all__ = ["NEVER", "Period", "Periods", "parse_overrides", "parse_period", "periods"]

_FORM = re.compile(r"(\d{1,5})([dmy])")
_UNITS = {"d": "days", "m": "months", "y": "years"}
_MOST = {"d": 36_500, "m": 1_200, "y": 100}


@dataclass(frozen=True, slots=True)
class Period:
    """A length of time by the calendar. ``text`` is as it is written, ``interval`` is SQL's; it
    is None for what is never to go."""

    text: str
    interval: str | None


NEVER = Period("never", None)


def parse_period(text: str, *, field: str) -> Period:
    """``"90d"`` and its like. Raises ``InvalidInput`` that names ``field``."""
    word = text.strip().lower()
    if word == NEVER.text:
        return NEVER
    found = _FORM.fullmatch(word)
    if found is None or int(found[1]) > _MOST[found[2]]:
        reason = f"{text!r} is no period: days, months or years as 90d, 13m, 7y, or never"
        raise InvalidInput(field=field, reason=reason)
    return Period(word, f"{int(found[1])} {_UNITS[found[2]]}")


def parse_overrides(given: Mapping[str, str], *, field: str) -> dict[str, Period]:
    """Periods by the name of their rule. Raises ``InvalidInput`` for a rule that is none."""
    from neonhub.ops.maintain.rules import RULES

    known = {rule.name for rule in RULES}
    if strange := sorted(given.keys() - known):
        reason = f"there is no rule {strange[0]!r}; the rules are {', '.join(sorted(known))}"
        raise InvalidInput(field=field, reason=reason)
    return {name: parse_period(text, field=f"{field} {name}") for name, text in given.items()}


@dataclass(frozen=True, slots=True)
class Periods:
    """How long one rule keeps: ``usual``, and the tenants that have said otherwise.

    ``refused`` are tenants whose setting cannot be read: theirs is kept until it can.
    """

    usual: Period
    of_tenants: dict[str, Period] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)


def _longer(one: Period, other: Period) -> Period:
    return max(one, other, key=_days)


def _days(period: Period) -> float:
    """About how many, to compare by."""
    if period.interval is None:
        return float("inf")
    number, unit = period.interval.split()
    return int(number) * {"days": 1, "months": 30.4375, "years": 365.25}[unit]


# A workspace's own word counts before that of its organization.
_SAID = """
SELECT id, settings #>> ARRAY['retention', %(rule)s]
  FROM organizations WHERE settings #>> ARRAY['retention', %(rule)s] IS NOT NULL
"""
_SAID_OF_WORKSPACES = """
SELECT w.id, coalesce(w.settings #>> ARRAY['retention', %(rule)s],
                                         o.settings #>> ARRAY['retention', %(rule)s]) AS said
  FROM workspaces w JOIN organizations o ON o.id = w.organization_id
 WHERE coalesce(w.settings #>> ARRAY['retention', %(rule)s],
                o.settings #>> ARRAY['retention', %(rule)s]) IS NOT NULL
"""


def periods(conn: psycopg.Connection[Any], rule: Rule, overrides: Mapping[str, Period]) -> Periods:
    """The periods of ``rule`` as of now. ``conn`` acts as the role of maintenance."""
    usual = overrides.get(rule.name, rule.period)
    if rule.tenant is None:
        return Periods(usual)
    query = _SAID if rule.tenant == "organization_id" else _SAID_OF_WORKSPACES
    made = Periods(usual)
    for tenant, said in conn.execute(query.encode(), {"rule": rule.name}):
        try:
            period = parse_period(said, field=f"settings of {tenant}")
            made.of_tenants[tenant] = _longer(period, usual) if rule.owed else period
        except InvalidInput as error:
            made.of_tenants[tenant] = NEVER
            made.refused.append(str(error))
    return made
