"""Use-cases of the campaigns domain."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from neonhub.db.errors import InvalidInput
from neonhub.domains.campaigns import queries as q

if TYPE_CHECKING:
    import datetime as dt
    from decimal import Decimal

    from neonhub.db.session import Session
    from neonhub.db.tenancy import Principal

__all__ = ["CampaignPerformance", "Campaigns"]


class CampaignPerformance(NamedTuple):
    """What a marketing campaign came to in a period. Money is in the currency of its rows.

    ``ctr``, ``cpc``, ``cpa`` and ``roas`` are made from the sums: every impression weighs the
    same. Each ``mean_…`` is the plain average of the rows' own ratios: a day of ten impressions
    weighs as much as one of ten thousand. A ratio with nothing to divide by is 0, a mean of no
    rows is None.
    """

    campaign_id: str
    name: str
    days: int
    impressions: int
    clicks: int
    conversions: int
    spend: Decimal
    revenue: Decimal
    mean_ctr: float | None
    mean_cpc: float | None
    mean_cpa: float | None
    mean_roas: float | None
    ctr: float
    cpc: float
    cpa: float
    roas: float


class Campaigns:
    """The campaigns of one workspace."""

    def __init__(self, session: Session, principal: Principal):
        self._session = session
        self._principal = principal

    async def performance(
        self, campaign: str, since: dt.date, until: dt.date, *, channel: str | None = None
    ) -> CampaignPerformance:
        """The marketing campaign with that id from ``since`` to ``until``, both days counted.

        In every channel, or in the one that is named; one round trip. ``days`` are those with a
        row. Raises ``NotFound``, and ``InvalidInput`` where the period ends before it begins.
        """
        self._principal.require("campaigns:analytics")
        if until < since:
            raise InvalidInput(field="until", reason=f"{until} is before {since}")
        row = await self._session.get(
            q.get_performance,
            "marketing campaign",
            campaign,
            campaign_id=campaign,
            since=since,
            until=until,
            channel=channel,
        )
        return CampaignPerformance(
            *row,
            ctr=_ratio(row.clicks, row.impressions),
            cpc=_ratio(row.spend, row.clicks),
            cpa=_ratio(row.spend, row.conversions),
            roas=_ratio(row.revenue, row.spend),
        )


def _ratio(part: Decimal | int, whole: Decimal | int) -> float:
    return float(part) / float(whole) if whole > 0 else 0.0
