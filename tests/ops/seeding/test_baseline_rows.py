"""The baseline's rows: by the copy of its facts, and once more written out by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from neonhub.ops.seed import seed
from tests.databases import Database, Server
from tests.ops.seeding.rows import count, query

FACTS = yaml.safe_load(Path(__file__).with_name("baseline.yaml").read_text("utf-8"))
TODAY = dt.date(2026, 2, 27)

COUNTS = {
    "users": 1,
    "organizations": 1,
    "workspaces": 1,
    "organization_roles": 5,
    "organization_permissions": 24,
    "organization_members": 1,
    "workspace_members": 1,
    "brands": 1,
    "personas": 3,
    "keywords": 6,
    "editorial_calendar": 4,
    "connectors": 16,
    "connector_auths": 3,
    "agents": 3,
    "agent_capabilities": 6,
    "agent_configs": 4,
    "tools": 3,
}


@pytest.fixture(scope="module")
def seeded(server: Server) -> Iterator[Database]:
    made = server.clone()
    seed(made.admin_dsn, today=TODAY)
    yield made
    server.drop(made.name)


@pytest.mark.parametrize("table", COUNTS)
def test_so_many_rows(seeded: Database, table: str) -> None:
    assert count(seeded, table) == COUNTS[table]


# -- by the facts --------------------------------------------------------------------------


def test_account(seeded: Database) -> None:
    organization, admin = FACTS["organization"], FACTS["admin"]
    assert query(seeded, "SELECT slug, name, plan, settings FROM organizations") == [
        tuple(organization[name] for name in ("slug", "name", "plan", "settings"))
    ]
    workspaces = query(seeded, "SELECT slug, name FROM workspaces")
    assert workspaces == [tuple(FACTS["workspace"].values())]
    assert query(seeded, "SELECT email::text, name FROM users") == [(admin["email"], admin["name"])]
    roles = {row[0] for row in query(seeded, "SELECT slug FROM organization_roles WHERE is_system")}
    assert roles == set(FACTS["roles"])
    keys = {row[0] for row in query(seeded, "SELECT key FROM organization_permissions")}
    assert keys == {f"{area}:{act}" for area, acts in FACTS["permissions"].items() for act in acts}
    member = "SELECT r.slug FROM organization_members m JOIN organization_roles r ON r.id = role_id"
    assert query(seeded, member) == [(admin["role"],)]
    assert query(seeded, "SELECT role FROM workspace_members") == [(admin["role"],)]


def test_marketing(seeded: Database) -> None:
    brand = FACTS["brand"]
    assert query(seeded, "SELECT slug, name, main_color, slogan FROM brands") == [
        tuple(brand.values())
    ]
    assert {row[0] for row in query(seeded, "SELECT name FROM personas")} == set(FACTS["personas"])
    keywords = query(
        seeded,
        "SELECT term::text, intent, p.name, priority FROM keywords k "
        "JOIN personas p ON p.id = persona_id",
    )
    wanted = {(each["term"], each["intent"], each["persona"], 80) for each in FACTS["keywords"]}
    assert set(keywords) == wanted
    calendar = query(
        seeded,
        "SELECT title, publish_at AT TIME ZONE 'UTC', priority, status, p.name "
        "FROM editorial_calendar JOIN personas p ON p.id = persona_id",
    )
    nine = dt.datetime.combine(TODAY, dt.time(9))
    assert set(calendar) == {
        (e["title"], nine + dt.timedelta(e["in_days"]), e["priority"], e["status"], e["persona"])
        for e in FACTS["editorial_calendar"]
    }


@pytest.mark.parametrize("facts", FACTS["connectors"], ids=lambda facts: str(facts["name"]))
def test_connector(seeded: Database, facts: dict[str, Any]) -> None:
    [row] = query(
        seeded,
        "SELECT display_name, category::text, auth_type, is_verified, is_enabled, auth_config, "
        "triggers, actions, coalesce(metadata, '{}'), description FROM connectors WHERE name = %s",
        facts["name"],
    )
    *values, config, triggers, actions, metadata, description = row
    assert values == [*(facts[n] for n in ("display_name", "kind", "auth", "verified")), True]
    assert config == {n: facts[n] for n in ("provider", "scopes", "fields") if n in facts}
    assert (triggers, actions) == (facts["triggers"], facts["actions"])
    about: dict[str, Any] = {
        n: facts[n] for n in ("rate_limit_per_minute", "default_channel") if n in facts
    }
    if "quiet_hours" in facts:
        about["quiet_hours"] = dict(zip(("start", "end"), facts["quiet_hours"], strict=True))
    assert metadata == about
    assert description.endswith(".")


def test_connector_auths_hold_no_secret(seeded: Database) -> None:
    rows = query(
        seeded,
        "SELECT c.name, account_id, account_name, a.status, u.email::text, "
        "a.connector_kind = c.category, "
        "coalesce(access_token, refresh_token, api_key, api_secret) "
        "FROM connector_auths a JOIN connectors c ON c.id = connector_id "
        "JOIN users u ON u.id = user_id",
    )
    assert set(rows) == {
        (
            *(e[name] for name in ("connector", "account_id", "account_name", "status")),
            *(FACTS["admin"]["email"], True, None),
        )
        for e in FACTS["connector_auths"]
    }


@pytest.mark.parametrize("facts", FACTS["agents"], ids=lambda facts: str(facts["slug"]))
def test_agent(seeded: Database, facts: dict[str, Any]) -> None:
    [(agent_id, *values)] = query(
        seeded,
        "SELECT id, name, kind::text, status::text, config FROM agents WHERE slug = %s",
        facts["slug"],
    )
    assert values == [facts["name"], facts["kind"], "ACTIVE", facts["config"]]
    mine = "SELECT {} FROM {} WHERE agent_id = %s"
    named = query(seeded, mine.format("name", "agent_capabilities"), agent_id)
    assert {row[0] for row in named} == set(facts["capabilities"])
    settings = query(seeded, mine.format("key, value", "agent_configs"), agent_id)
    assert dict(settings) == facts["settings"]
    [(slug, name, given, made)] = query(
        seeded, mine.format("slug, name, input_schema, output_schema", "tools"), agent_id
    )
    assert (slug, name) == (facts["tool"]["slug"], facts["tool"]["name"])
    assert given["required"] == facts["tool"]["required_input"]
    assert set(given["required"]) <= set(given["properties"])
    assert set(made["required"]) <= set(made["properties"])


# -- by hand -------------------------------------------------------------------------------


def test_the_day_of_the_first_article(seeded: Database) -> None:
    """09:00 UTC, three days after the 27th of February."""
    title = "How to Design a Neon Logo Sign (Step-by-Step)"
    found = query(seeded, "SELECT publish_at FROM editorial_calendar WHERE title = %s", title)
    assert found == [(dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC),)]


def test_key_values(seeded: Database) -> None:
    assert query(seeded, "SELECT name, main_color, slogan FROM brands") == [
        ("NeonHub", "#2B26FE", "Stay Neon!")
    ]
    assert {row[0] for row in query(seeded, "SELECT name FROM connectors WHERE is_verified")} == {
        *("gmail", "outlook", "twilio-sms", "facebook-marketing", "youtube-studio", "google-ads"),
        *("shopify", "stripe", "slack"),
    }
    gmail = "SELECT metadata FROM connectors WHERE name = 'gmail'"
    assert query(seeded, gmail) == [({"rate_limit_per_minute": 100},)]
    sms = "SELECT metadata->'quiet_hours' FROM connectors WHERE name = 'twilio-sms'"
    assert query(seeded, sms) == [({"start": "21:00", "end": "08:00"},)]
    slack = "SELECT metadata->>'default_channel' FROM connectors WHERE name = 'slack'"
    assert query(seeded, slack) == [("#agent-alerts",)]
    pending = "SELECT account_name FROM connector_auths WHERE status = 'pending'"
    assert query(seeded, pending) == [("Stripe Live",)]
    cap = "SELECT value FROM agent_configs WHERE key = 'daily_send_cap'"
    assert query(seeded, cap) == [({"limit": 5000},)]
    required = "SELECT input_schema->'required' FROM tools WHERE slug = 'sms-delivery'"
    assert query(seeded, required) == [(["connector", "recipient", "message"],)]
    assert query(seeded, "SELECT DISTINCT priority FROM keywords") == [(80,)]
