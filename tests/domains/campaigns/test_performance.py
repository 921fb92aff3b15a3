"""How a campaign performed: sums, ratios of sums, and the plain means beside them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from neonhub.db.errors import InvalidInput, NotFound, PermissionDenied
from neonhub.db.tenancy import Principal, PrincipalKind, Tenant
from neonhub.hub import NeonHub
from tests.domains.wire import watched
from tests.factories import campaigns
from tests.factories.base import Conn

FIRST, LAST = dt.date(2026, 11, 1), dt.date(2026, 11, 30)


def fill(admin: Conn, workspace_id: str | None) -> str:
    """A campaign with a large day, a small one in two channels, and one before the period."""
    campaign = campaigns.MARKETING_CAMPAIGN.insert(admin, workspace_id=workspace_id, name="Spring")
    for day, channel, impressions, clicks, conversions, spend, revenue in (
        (dt.date(2026, 11, 1), "email", 1000, 10, 2, "5.5000", "40"),
        (dt.date(2026, 11, 30), "email", 100, 50, 3, "4.5000", "60"),
        (dt.date(2026, 11, 30), "social", 100, 0, 0, "0", "0"),
        (dt.date(2026, 10, 31), "email", 7777, 777, 77, "777", "7777"),
    ):
        campaigns.MARKETING_CAMPAIGN_PERFORMANCE.insert(
            admin,
            **{"workspace_id": workspace_id, "campaign_id": campaign["id"], "date": day},
            **{"channel": channel, "impressions": impressions, "clicks": clicks},
            **{"conversions": conversions, "spend": spend, "revenue": revenue},
        )
    return str(campaign["id"])


async def test_sums_ratios_and_means_of_a_period(
    hub: NeonHub, here: Tenant, there: Tenant, admin: Conn
) -> None:
    campaign = fill(admin, here.workspace_id)
    fill(admin, there.workspace_id)

    async with hub.workspace(here) as ws:
        whole = await ws.campaigns.performance(campaign, FIRST, LAST)
        email = await ws.campaigns.performance(campaign, FIRST, LAST, channel="email")

    assert (whole.name, whole.days) == ("Spring", 2)
    assert (whole.impressions, whole.clicks, whole.conversions) == (1200, 60, 5)
    assert (whole.spend, whole.revenue) == (Decimal(10), Decimal(100))
    # From the sums: each impression, each click, each euro weighs the same.
    assert (whole.ctr, whole.cpc, whole.cpa, whole.roas) == (0.05, 10 / 60, 2.0, 10.0)
    # The plain means of the rows' ratios: .01, .5 and 0; .55, .09 and 0.
    assert whole.mean_ctr == pytest.approx((0.01 + 0.5 + 0) / 3)
    assert whole.mean_cpc == pytest.approx((0.55 + 0.09 + 0) / 3)
    assert whole.mean_cpa == pytest.approx((2.75 + 1.5 + 0) / 3)
    assert email.impressions == 1100
    assert email.mean_ctr == pytest.approx(0.255)


async def test_it_is_one_round_trip(hub: NeonHub, here: Tenant, admin: Conn) -> None:
    campaign = fill(admin, here.workspace_id)
    async with hub.workspace(here) as ws, watched(hub) as wire:
        await ws.campaigns.performance(campaign, FIRST, LAST)
    assert (wire.trips, wire.statements) == (1, 2)


async def test_a_period_without_rows_is_nought(hub: NeonHub, here: Tenant, admin: Conn) -> None:
    campaign = fill(admin, here.workspace_id)
    long_ago = dt.date(2020, 1, 1)
    async with hub.workspace(here) as ws:
        nothing = await ws.campaigns.performance(campaign, long_ago, long_ago)
    assert (nothing.days, nothing.impressions, nothing.spend) == (0, 0, Decimal(0))
    assert (nothing.ctr, nothing.cpc, nothing.cpa, nothing.roas) == (0, 0, 0, 0)
    assert (nothing.mean_ctr, nothing.mean_roas) == (None, None)


async def test_what_is_not_there_is_said(
    hub: NeonHub, here: Tenant, there: Tenant, admin: Conn
) -> None:
    theirs = fill(admin, there.workspace_id)
    deleted = fill(admin, here.workspace_id)
    admin.execute("UPDATE marketing_campaigns SET deleted_at = now() WHERE id = %s", [deleted])
    async with hub.workspace(here) as ws:
        for gone in (theirs, deleted, "none"):
            with pytest.raises(NotFound, match="no marketing campaign"):
                await ws.campaigns.performance(gone, FIRST, LAST)
        with pytest.raises(InvalidInput, match="is before"):
            await ws.campaigns.performance(deleted, LAST, FIRST)


async def test_results_are_for_those_who_may_see_them(hub: NeonHub, here: Tenant) -> None:
    guest = Principal(PrincipalKind.USER, "u", permissions=frozenset())
    async with hub.workspace(here, guest) as ws:
        with pytest.raises(PermissionDenied, match="campaigns:analytics"):
            await ws.campaigns.performance("any", FIRST, LAST)
