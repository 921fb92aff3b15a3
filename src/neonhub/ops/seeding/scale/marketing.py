"""Marketing: campaigns with their days, leads with their touchpoints, pages with their figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neonhub.ops.seeding.scale.people import PEOPLE, email_of
from neonhub.ops.seeding.scale.stream import Clock, Stream, mix, skewed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neonhub.ops.seeding.scale.tenants import Tenant

__all__ = ["STREAMS"]

CAMPAIGNS, LEADS, TOUCHES, PAGES = 8, 300, 5, 30
_TYPES = ("email", "social", "ppc", "content")
_CHANNELS = ("email", "instagram", "google_ads", "organic")
_TOUCHED = ("page_view", "ad_click", "email_open", "email_click", "form_submit")
_STATUS = ("new", "contacted", "qualified", "nurturing", "lost")


def _converts(lead: int) -> bool:
    return mix(lead, 3) % 4 == 0


def _figures(campaign: int, day: int) -> tuple[int, int, int, int, int]:
    """Impressions, clicks, conversions, and cents spent and earned, of a day."""
    shown = 400 + mix(30 * campaign + day, 1) % 4000
    clicks = shown * (10 + mix(30 * campaign + day, 2) % 40) // 1000
    sold = clicks // 20
    return shown, clicks, sold, clicks * (30 + campaign), sold * 12_900


def _campaigns(tenant: Tenant, clock: Clock) -> Iterator[str]:
    """Their totals are the sums of their days."""
    ids, here = tenant.prefix("mc"), tenant.workspace_id
    for n in range(tenant.many(CAMPAIGNS)):
        days = [_figures(n, day) for day in range(clock.DAYS)]
        shown, clicks, sold, spent, earned = (sum(column) for column in zip(*days, strict=True))
        totals = f"{spent / 100:.2f}\t{shown}\t{clicks}\t{sold}\t{earned / 100:.2f}"
        key = f"{ids}{n:011d}\t{here}\tCampaign {n}\t{_TYPES[n % 4]}\tactive"
        yield f"{key}\t{clock.at(0)}\t{totals}"


def _performance(tenant: Tenant, clock: Clock) -> Iterator[str]:
    ids, here, campaigns = tenant.prefix("mp"), tenant.workspace_id, tenant.prefix("mc")
    for n in range(tenant.many(CAMPAIGNS)):
        for day, date in enumerate(clock.dates):
            shown, clicks, sold, spent, earned = _figures(n, day)
            key = (
                f"{ids}{30 * n + day:011d}\t{here}\t{campaigns}{n:011d}\t{date}\t{_CHANNELS[n % 4]}"
            )
            yield f"{key}\t{shown}\t{clicks}\t{sold}\t{spent / 100:.2f}\t{earned / 100:.2f}"


def _leads(tenant: Tenant, clock: Clock) -> Iterator[str]:
    """A quarter converts, an hour after the last of five touchpoints a day apart."""
    ids, here, campaigns = tenant.prefix("ml"), tenant.workspace_id, tenant.prefix("mc")
    many, people = tenant.many(CAMPAIGNS), tenant.many(PEOPLE)
    for n in range(tenant.many(LEADS)):
        first = _first_touch(n)
        last = clock.at(first + (TOUCHES - 1) * 1440)
        sold = f"{clock.at(first + (TOUCHES - 1) * 1440 + 60)}\t{90 + mix(n) % 700}"
        fate = f"converted\t{sold}" if _converts(n) else f"{_STATUS[mix(n) % 5]}\t\\N\t\\N"
        person = n % people
        who = f"{email_of(tenant, person)}\t{tenant.prefix('pe')}{person:011d}"
        key = f"{ids}{n:011d}\t{here}\t{campaigns}{skewed(n, many):011d}\t{who}"
        source = f"{_CHANNELS[mix(n, 2) % 4]}\tpaid"
        yield f"{key}\t{source}\t{mix(n, 1) % 100}\t{fate}\t{clock.at(first)}\t{last}\t{TOUCHES}"


def _first_touch(lead: int) -> int:
    """In minutes; five days and an hour stay inside the thirty."""
    return mix(lead, 1) % (24 * 1440)


def _touches(tenant: Tenant, clock: Clock) -> Iterator[str]:
    ids, here, leads = tenant.prefix("mt"), tenant.workspace_id, tenant.prefix("ml")
    campaigns, many = tenant.prefix("mc"), tenant.many(CAMPAIGNS)
    for n in range(tenant.many(LEADS)):
        weight = 0.2 if _converts(n) else 0
        of = f"{here}\t{leads}{n:011d}\t{campaigns}{skewed(n, many):011d}"
        for touch in range(TOUCHES):
            number = TOUCHES * n + touch
            how = f"{_TOUCHED[mix(number, 2) % 5]}\t{_CHANNELS[mix(number, 3) % 4]}"
            when = clock.at(_first_touch(n) + 1440 * touch)
            yield f"{ids}{number:011d}\t{of}\t{how}\t{weight}\t{when}\tscale-{number}"


def _content(tenant: Tenant, clock: Clock) -> Iterator[str]:
    ids, here = tenant.prefix("ct"), tenant.workspace_id
    for n in range(tenant.many(PAGES)):
        key = f"{ids}{n:011d}\t{here}\tarticle\tpublished\tPage {n}\tA page about signs."
        yield f"{key}\tpage-{n}\thttps://t{tenant.number}.example/p/{n}\t{clock.at(0)}"


def _searches(tenant: Tenant, clock: Clock) -> Iterator[str]:
    ids, here, pages = tenant.prefix("sm"), tenant.workspace_id, tenant.prefix("ct")
    for n in range(tenant.many(PAGES)):
        page = f"{here}\t{pages}{n:011d}\thttps://t{tenant.number}.example/p/{n}\tneon {n}"
        for day, date in enumerate(clock.dates):
            number = 30 * n + day
            shown = 20 + mix(number) % 900
            clicks, place = shown * (mix(number, 1) % 80) // 1000, 1 + mix(number, 2) % 300 / 10
            yield f"{ids}{number:011d}\t{page}\t{shown}\t{clicks}\t{place}\t{date}\tUSA\tmobile"


STREAMS = (
    Stream(
        "marketing_campaigns",
        (
            "id",
            "workspace_id",
            "name",
            "type",
            "status",
            "start_date",
            "spent",
            "impressions",
            "clicks",
            "conversions",
            "revenue",
        ),
        _campaigns,
    ),
    Stream(
        "marketing_campaign_performance",
        (
            "id",
            "workspace_id",
            "campaign_id",
            "date",
            "channel",
            "impressions",
            "clicks",
            "conversions",
            "spend",
            "revenue",
        ),
        _performance,
    ),
    Stream(
        "marketing_leads",
        (
            "id",
            "workspace_id",
            "campaign_id",
            "email",
            "person_id",
            "source",
            "medium",
            "score",
            "status",
            "converted_at",
            "converted_value",
            "first_touch",
            "last_touch",
            "touch_count",
        ),
        _leads,
    ),
    Stream(
        "marketing_touchpoints",
        (
            "id",
            "workspace_id",
            "lead_id",
            "campaign_id",
            "type",
            "channel",
            "attribution_weight",
            "timestamp",
            "dedupe_key",
        ),
        _touches,
    ),
    Stream(
        "content",
        ("id", "workspace_id", "kind", "status", "title", "body", "slug", "url", "published_at"),
        _content,
    ),
    Stream(
        "seo_metrics",
        (
            "id",
            "workspace_id",
            "content_id",
            "url",
            "keyword",
            "impressions",
            "clicks",
            "position",
            "date",
            "country",
            "device",
        ),
        _searches,
    ),
)
