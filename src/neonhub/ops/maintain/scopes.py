"""Which tenants a rule is applied to, and up to when: one condition for each period in use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from neonhub.db.errors import NeonHubError
from neonhub.ops.maintain.periods import periods

if TYPE_CHECKING:
    from neonhub.ops.maintain.periods import Period, Periods
    from neonhub.ops.maintain.rules import Rule
    from neonhub.ops.maintain.work import Work

__all__ = ["SettingRefused", "Span", "spans"]


class SettingRefused(NeonHubError):
    """The retention of {count} tenants cannot be read, so that theirs was kept: {reasons}"""  # noqa: D415 - it ends as the reasons do

    hint = "Correct `retention` in the settings of the organization or workspace."
    exit_code = 65


@dataclass(frozen=True, slots=True)
class Span:
    """``condition`` holds for the rows ``r`` that are past; ``values`` are its parameters."""

    condition: str
    values: dict[str, Any]


def spans(work: Work, rule: Rule) -> tuple[list[Span], Periods]:
    """The conditions of ``rule`` as of now. ``conn`` acts as the role of maintenance."""
    found = periods(work.conn, rule, work.overrides)
    groups: dict[Period, list[str]] = {}
    for tenant, period in found.of_tenants.items():
        groups.setdefault(period, []).append(tenant)
    past = f"{rule.age} < %(now)s::timestamptz - %(period)s::interval AND {rule.where}"
    made = []
    if found.usual.interval is not None:
        others, values = "", {"now": work.now, "period": found.usual.interval}
        if found.of_tenants:
            others = f" AND r.{rule.tenant} <> ALL(%(tenants)s)"
            values["tenants"] = list(found.of_tenants)
        made.append(Span(past + others, values))
    for period, tenants in groups.items():
        if period.interval is not None:
            values = {"now": work.now, "period": period.interval, "tenants": tenants}
            made.append(Span(f"{past} AND r.{rule.tenant} = ANY(%(tenants)s)", values))
    return made, found


def check_settings(found: Periods) -> None:
    """Raise ``SettingRefused`` where a tenant's setting could not be read."""
    if found.refused:
        raise SettingRefused(count=len(found.refused), reasons=" ".join(found.refused[:3]))
