"""Sections of the baseline: what stands in its workspace, and the catalogue of connectors."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from neonhub.db.ids import deterministic_cuid
from neonhub.ops.seeding.writing import APP, MAINTENANCE, act_as

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neonhub.ops.seeding.run import Run

__all__ = [
    "agents",
    "brand",
    "calendar",
    "connector_auths",
    "connectors",
    "keywords",
    "personas",
]

_PUBLISHED_AT = dt.time(9, tzinfo=dt.UTC)


def _here(run: Run, kind: str, name: str) -> dict[str, str]:
    """The key of a row of the baseline's workspace: it follows from what the row is."""
    here = run.ids["workspace"]
    return {"id": deterministic_cuid(kind, here, name), "workspace_id": here}


def brand(run: Run) -> None:
    """The brand."""
    facts = run.facts["brand"]
    run.add("brands", [_here(run, "brand", facts["slug"]) | facts])


def personas(run: Run) -> None:
    """The kinds of reader; ``keywords`` and ``calendar`` speak of them by name."""
    facts = run.facts["personas"]
    run.add("personas", [_here(run, "persona", each["name"]) | each for each in facts])
    found = run.ids_by("personas", "name", [each["name"] for each in facts])
    run.ids.update({f"persona {name}": row_id for name, row_id in found.items()})


def _persona(run: Run, name: str) -> str:
    """The persona's id. One that was renamed since is still the same, under its id."""
    return run.ids.get(f"persona {name}", _here(run, "persona", name)["id"])


def keywords(run: Run) -> None:
    """The terms to be found by."""
    rows = [
        _here(run, "keyword", each["term"])
        | {"term": each["term"], "intent": each["intent"]}
        | {"priority": run.facts["keyword_priority"], "persona_id": _persona(run, each["persona"])}
        for each in run.facts["keywords"]
    ]
    run.add("keywords", rows)


def calendar(run: Run) -> None:
    """What is to be published, counted from the day of the first seeding."""
    rows = []
    for each in run.facts["editorial_calendar"]:
        day = run.today + dt.timedelta(days=each["in_days"])
        rows.append(
            _here(run, "editorial_calendar", each["title"])
            | {name: each[name] for name in ("title", "priority", "status")}
            | {"publish_at": dt.datetime.combine(day, _PUBLISHED_AT)}
            | {"persona_id": _persona(run, each["persona"])}
        )
    run.add("editorial_calendar", rows)


def connectors(run: Run) -> None:
    """The catalogue of platforms: everybody's, so the application may only read it."""
    rows = [
        {
            "id": deterministic_cuid("connector", each["name"]),
            **{name: each[name] for name in ("name", "display_name", "description")},
            "category": each["kind"],
            "website_url": each["website_url"],
            "auth_type": each["auth"],
            "is_enabled": True,
            "is_verified": each["verified"],
            **{name: each[name] for name in ("auth_config", "triggers", "actions", "metadata")},
        }
        for each in run.facts["connectors"]
    ]
    act_as(run.conn, MAINTENANCE)
    run.add("connectors", rows)
    act_as(run.conn, APP)
    found = run.ids_by("connectors", "name", [row["name"] for row in rows])
    run.ids.update({f"connector {name}": row_id for name, row_id in found.items()})


def connector_auths(run: Run) -> None:
    """Places for three sign-ins; none has a secret in it."""
    known = {each["name"]: each for each in run.facts["connectors"]}
    rows = []
    for each in run.facts["connector_auths"]:
        connector = known[each["connector"]]
        rows.append(
            _here(run, "connector_auth", each["account_id"])
            | {"user_id": run.ids["user"]}
            | {"connector_id": run.ids[f"connector {each['connector']}"]}
            | {"connector_kind": connector["kind"]}
            | {name: each[name] for name in ("account_id", "account_name", "status")}
            | {"scopes": connector["auth_config"].get("scopes", [])}
            | {"metadata": {"placeholder": True}}
        )
    run.add("connector_auths", rows)


def agents(run: Run) -> None:
    """The agents, each with its capabilities, its settings and its tool."""
    facts = {_here(run, "agent", each["slug"])["id"]: each for each in run.facts["agents"]}
    own = ("slug", "name", "kind", "description", "version", "config")
    rows = [
        _here(run, "agent", each["slug"])
        | {name: each[name] for name in own}
        | {"status": "ACTIVE"}
        for each in facts.values()
    ]
    run.add("agents", rows)
    # Where somebody has deleted ours and made one by the same slug, it is theirs to furnish.
    there = run.ids_by("agents", "id", list(facts))
    ours = {agent_id: each for agent_id, each in facts.items() if agent_id in there}
    run.add("agent_capabilities", list(_capabilities(run, ours)))
    run.add("agent_configs", list(_settings(run, ours)))
    run.add("tools", list(_tools(run, ours)))


def _capabilities(run: Run, ours: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for agent_id, each in ours.items():
        for name in each["capabilities"]:
            key = _here(run, "agent_capability", f"{each['slug']} {name}")
            yield key | {"agent_id": agent_id, "name": name}


def _settings(run: Run, ours: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for agent_id, each in ours.items():
        for name, value in each["settings"].items():
            key = _here(run, "agent_config", f"{each['slug']} {name}")
            yield key | {"agent_id": agent_id, "key": name, "value": value}


def _tools(run: Run, ours: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for agent_id, each in ours.items():
        yield _here(run, "tool", each["tool"]["slug"]) | each["tool"] | {"agent_id": agent_id}
