"""Every statement of the campaigns domain."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from neonhub.db.lazy import lazy_module
from neonhub.db.statements import statement, text_arg

if TYPE_CHECKING:
    import sqlalchemy as sa

    from neonhub.domains.campaigns import tables as t
else:
    sa = lazy_module("sqlalchemy")
    t = lazy_module("neonhub.domains.campaigns.tables")


class PerformanceRow(NamedTuple):
    """A marketing campaign's days of a period, summed up and averaged."""

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


def _period(campaign: Any) -> Any:
    """The sums and means of the campaign's days from ``since`` to ``until``, both counted."""
    p = t.MarketingCampaignPerformance
    channel = text_arg("channel")

    def total(column: Any) -> Any:
        return sa.func.coalesce(sa.func.sum(column), sa.literal_column("0"))

    whole = [
        sa.cast(total(p.__table__.c[name]), sa.BigInteger()).label(name)
        for name in ("impressions", "clicks", "conversions")
    ]
    money = [total(p.__table__.c[name]).label(name) for name in ("spend", "revenue")]
    means = [
        sa.func.avg(p.__table__.c[name]).label(f"mean_{name}")
        for name in ("ctr", "cpc", "cpa", "roas")
    ]
    return (
        sa.select(sa.func.count(sa.distinct(p.date)).label("days"), *whole, *money, *means)
        .where(
            p.workspace_id == campaign.workspace_id,
            p.campaign_id == campaign.id,
            p.date.between(
                sa.bindparam("since", type_=sa.Date()), sa.bindparam("until", type_=sa.Date())
            ),
            sa.or_(channel.is_(None), p.channel == channel),
        )
        .lateral("period")
    )


@statement(PerformanceRow)
def get_performance() -> Any:
    """What a live marketing campaign came to in a period; no row without the campaign."""
    c, period = t.MarketingCampaign, _period(t.MarketingCampaign)
    return (
        sa.select(
            c.id.label("campaign_id"),
            c.name,
            *(period.c[name] for name in PerformanceRow._fields[2:]),
        )
        .join(period, sa.true())
        .where(
            c.workspace_id == text_arg("workspace_id"),
            c.id == text_arg("campaign_id"),
            c.deleted_at.is_(None),
        )
    )
