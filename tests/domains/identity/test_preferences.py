"""A user's settings: defaults, changes, checks, and the webhook's secret."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from neonhub.db.crypto import Sealer
from neonhub.db.errors import ConfigurationError, InvalidInput
from neonhub.domains.identity.errors import SignInRequired
from neonhub.domains.identity.service import Preferences
from tests.domains.identity.conftest import Desk

Seals = Callable[[], Sealer]


async def test_defaults_come_first_and_what_is_left_out_stays(desk: Desk, seals: Seals) -> None:
    user = desk.user()
    async with desk.work(user) as session:
        first = await Preferences(session, seals).get()
    assert (first.timezone, first.locale, first.data_retention) == ("UTC", "en-US", 90)
    assert (first.email_notifications, first.push_notifications) == (True, False)
    async with desk.work(user) as session:
        settings = Preferences(session, seals)
        await settings.update(timezone="Europe/Paris", email_notifications=False)
        changed = await settings.update(
            brand_voice={"tone": "bright"}, webhook_url="https://example.com/hook"
        )
        assert (changed.timezone, changed.email_notifications) == ("Europe/Paris", False)
        assert changed.brand_voice == {"tone": "bright"}
        cleared = await settings.update(brand_voice=None, locale=None)
    assert cleared.brand_voice is None
    assert cleared.webhook_url == "https://example.com/hook"
    assert cleared.locale == "en-US"
    assert cleared.id == first.id


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("timezone", "Mars/Olympus"),
        ("timezone", "../etc/passwd"),
        ("timezone", ""),
        ("locale", "english"),
        ("notification_frequency", "sometimes"),
        ("date_format", "yesterday"),
        ("data_retention", 0),
        ("api_rate_limit", 10**9),
        ("webhook_url", "http://example.com"),
        ("webhook_url", "https://user:secret@example.com"),
        ("webhook_url", "https://"),
        ("webhook_secret", "short"),
        ("user_id", "c" + "0" * 24),
    ],
)
async def test_a_wrong_value_is_refused_by_its_name(
    desk: Desk, seals: Seals, field: str, value: Any
) -> None:
    user = desk.user()
    async with desk.work(user) as session:
        with pytest.raises(InvalidInput, match=field) as refused:
            await Preferences(session, seals).update(**{field: value})
    assert "secret@" not in str(refused.value)
    assert desk.rows("SELECT FROM user_settings WHERE user_id = %s", user) == []


async def test_the_webhooks_secret_is_sealed_and_opened_on_demand(desk: Desk, seals: Seals) -> None:
    user = desk.user()
    async with desk.work(user) as session:
        settings = Preferences(session, seals)
        assert await settings.open_webhook_secret() is None
        changed = await settings.update(webhook_secret="correct horse")
        assert changed.has_webhook_secret
        assert "correct horse" not in repr(changed)
    ((row,),) = desk.rows("SELECT s::text FROM user_settings s WHERE user_id = %s", user)
    assert "correct horse" not in str(row)
    async with desk.work(user) as session:
        settings = Preferences(session, seals)
        await settings.update(push_notifications=True)
        assert await settings.open_webhook_secret() == "correct horse"
        assert not (await settings.update(webhook_secret=None)).has_webhook_secret


async def test_settings_are_the_users_own(desk: Desk, seals: Seals) -> None:
    one, two = desk.user(), desk.user()
    for user, zone in ((one, "Asia/Tokyo"), (two, "America/Lima")):
        async with desk.work(user) as session:
            await Preferences(session, seals).update(timezone=zone)
    async with desk.work(one) as session:
        assert (await Preferences(session, seals).get()).timezone == "Asia/Tokyo"
    async with desk.work() as session:
        with pytest.raises(SignInRequired):
            await Preferences(session, seals).get()


async def test_without_keys_a_secret_is_not_stored(desk: Desk) -> None:
    user = desk.user()
    async with desk.work(user) as session:
        settings = Preferences(session, lambda: Sealer({}))
        assert (await settings.update(push_notifications=True)).push_notifications
        with pytest.raises(ConfigurationError, match="ENCRYPTION_KEYS"):
            await settings.update(webhook_secret="correct horse")
