"""Agents: who they are, what they can call and what they remember, and models."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neonhub.ops.seeding.demo.world import Place

__all__ = ["AGENTS", "MODEL", "TOOLS", "fill"]

MODEL = "gpt-5.1"

# Slug, name, kind, what it is for, its capabilities, the tools that it calls.
AGENTS = (
    (
        "campaign-copilot",
        "Campaign Copilot",
        "COPILOT",
        "Finds what is known, drafts from it, and says what it rests on.",
        ("knowledge", "drafting", "analysis"),
        ("search-knowledge", "save-draft"),
    ),
    (
        "lifecycle-sender",
        "Lifecycle Sender",
        "WORKFLOW",
        "Sends what is due to those who have agreed to it.",
        ("segmentation", "send-time"),
        ("pick-audience", "send-email"),
    ),
    (
        "performance-analyst",
        "Performance Analyst",
        "ANALYST",
        "Reads the figures every morning and says what has changed.",
        ("metrics", "anomaly-detection"),
        ("query-metrics",),
    ),
)
# Slug: its agent, name, what goes in, what comes out.
TOOLS = {
    "search-knowledge": ("campaign-copilot", "Search knowledge", "query", "passages"),
    "save-draft": ("campaign-copilot", "Save draft", "title", "draft"),
    "pick-audience": ("lifecycle-sender", "Pick audience", "segment", "people"),
    "send-email": ("lifecycle-sender", "Send e-mail", "recipients", "accepted"),
    "query-metrics": ("performance-analyst", "Query metrics", "metric", "rows"),
}
_MEMORIES = (
    ("campaign-copilot", "tone", "Short subject lines with a date are kept more often."),
    ("campaign-copilot", "proof", "Claims about {city} need a source from the handbook."),
    ("lifecycle-sender", "send-window", "Opens peak on Tuesday and Thursday before ten."),
    ("lifecycle-sender", "complaints", "Stop above one complaint in a thousand."),
    ("performance-analyst", "baseline", "Clicks fall by a fifth on Saturdays; that is usual."),
)


def fill(place: Place) -> None:
    """Agents with all that describes them."""
    for slug, name, kind, text, capabilities, _ in AGENTS:
        agent = place.add(
            "agents",
            slug,
            name=name,
            slug=slug,
            kind=kind,
            status="ACTIVE",
            description=text,
            version="1.2.0",
            config={"model": MODEL, "max_steps": 6, "embedder": place.world.embedder.space.name},
            prompt=f"You are the {name} of {place.profile.brand}. {text}",
        )
        for capability in capabilities:
            values = {"agent_id": agent["id"], "name": capability, "config": None}
            place.add("agent_capabilities", slug, capability, **values)
        for key, value in (
            ("limits", {"tokens_a_day": 400_000, "cost_a_day": "12.0000"}),
            ("schedule", {"hours": [8, 18], "timezone": "UTC"}),
        ):
            place.add("agent_configs", slug, key, agent_id=agent["id"], key=key, value=value)
    _tools(place)
    _memories(place)
    _models(place)


def _tools(place: Place) -> None:
    for slug, (agent, name, given, found) in TOOLS.items():
        place.add(
            "tools",
            slug,
            name=name,
            slug=slug,
            description=f"{name}: takes {given}, gives {found}.",
            input_schema=_schema(given, "string"),
            output_schema=_schema(found, "integer"),
            agent_id=place.id_of("agents", agent),
            version="1.0.0",
        )


def _schema(name: str, kind: str) -> dict[str, object]:
    return {"type": "object", "properties": {name: {"type": kind}}, "required": [name]}


def _memories(place: Place) -> None:
    texts = [place.profile.told(text) for _, _, text in _MEMORIES]
    for given, text, vector in zip(_MEMORIES, texts, place.vectors(texts), strict=True):
        agent, key, _ = given
        place.add(
            "agent_memories",
            agent,
            key,
            agent_id=place.id_of("agents", agent),
            agent=agent,
            key=key,
            content=text,
            metadata={"source": "review"},
            embedding_space_id=place.space_id,
            embedding=vector,
            expires_at=place.world.before(days=-60) if key == "baseline" else None,
            created_at=place.world.before(days=12),
        )


def _models(place: Place) -> None:
    """A model tuned to the brand: trained once with success, and once cancelled."""
    name = f"{place.profile.brand_slug}-subject-lines"
    for version, status, days in (("1", "completed", 33), ("2", "cancelled", 9)):
        made = place.world.before(days=days)
        row = place.add(
            "model_versions",
            version,
            name=name,
            provider="local",
            version=version,
            metadata={"base": "mini", "examples": 480},
            created_at=made,
        )
        done = status == "completed"
        place.add(
            "training_jobs",
            version,
            model_version_id=row["id"],
            status=status,
            config={"epochs": 3, "learning_rate": "0.0002"},
            metrics={"loss": "0.412", "accuracy": "0.81"} if done else None,
            started_at=made,
            completed_at=place.world.before(days=days, minutes=-47 if done else -6),
        )
    place.add(
        "inference_endpoints",
        "subject-lines",
        model_version_id=place.id_of("model_versions", "1"),
        name="Subject lines",
        slug="subject-lines",
        status="live",
        config={"timeout_ms": 2000},
        created_at=place.world.before(days=32),
    )
