"""What goes, when, and why; and what stays for ever. Every table of the catalogue is in here.

A rule's ``age`` and ``where`` are SQL about the row ``r``. What a rule takes goes in one of three
ways: by rows (``where`` holds and ``age`` is past), by whole months (a partition is dropped when
all in it is past), or as what was deleted softly (with all that hangs on it).
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from neonhub.ops.maintain.periods import Period, parse_period

__all__ = ["KEPT", "RECORDS", "RULES", "Part", "Rule", "Way", "rule_of"]


class Way(enum.StrEnum):
    """How what is past leaves."""

    ROWS = "rows"
    MONTHS = "months"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Part:
    """A table whose rows go with the row that their ``column`` refers to."""

    table: str
    column: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the table of retention. ``tenant`` is the column that says whose a row is.

    ``owed``: others than the tenant need it so long, and no setting of the tenant shortens it.
    """

    name: str
    table: str
    age: str
    period: Period
    why: str
    where: str = "true"
    archive: bool = False
    parts: tuple[Part, ...] = ()
    way: Way = Way.ROWS
    tenant: str | None = "workspace_id"
    owed: bool = False


def _after(text: str) -> Period:
    return parse_period(text, field="rules")


_ENDED = "r.status IN ('completed', 'failed', 'cancelled')"
# A step below another run's step would go with it, unarchived.
_OF_ITS_OWN = (
    "NOT EXISTS (SELECT FROM run_steps s JOIN run_steps b ON b.workspace_id = s.workspace_id "
    "AND b.parent_step_id = s.id WHERE s.workspace_id = r.workspace_id AND s.run_id = r.id "
    "AND b.run_id <> r.id)"
)


def _past(table: str, column: str, why: str, *, after: str = "0d", tenant: str | None) -> Rule:
    return Rule(table, table, f"r.{column}", _after(after), why, tenant=tenant)


def _deleted(table: str, why: str, *, where: str = "true") -> Rule:
    owner = "organization_id" if table == "workspaces" else "workspace_id"
    return Rule(
        f"deleted_{table}",
        table,
        "r.deleted_at",
        _after("30d"),
        why,
        where=where,
        way=Way.DELETED,
        tenant="id" if table == "organizations" else owner,
    )


_MONTH_TO_REGRET = "Whoever deletes by mistake has a month to notice."

RULES: tuple[Rule, ...] = (
    Rule(
        "audit_logs",
        "audit_logs",
        "r.created_at",
        _after("1y"),
        "Questions are about the last year; an auditor's about earlier ones go to the archive.",
        archive=True,
        way=Way.MONTHS,
        tenant="organization_id",
        owed=True,
    ),
    Rule(
        "metric_events",
        "metric_events",
        'r."timestamp"',
        _after("13m"),
        "A month can be held against the same of the year before; summaries stay for ever.",
        archive=True,
        way=Way.MONTHS,
    ),
    Rule(
        "agent_runs",
        "agent_runs",
        "coalesce(r.completed_at, r.started_at)",
        _after("90d"),
        "Faults are looked into within weeks; the days' figures stay in agent_metrics.",
        where=f"{_ENDED} AND {_OF_ITS_OWN}",
        archive=True,
        parts=(
            Part("run_steps", "run_id"),
            Part("tool_executions", "agent_run_id"),
            Part("agent_run_metrics", "agent_run_id"),
        ),
    ),
    Rule(
        "tool_executions",
        "tool_executions",
        "coalesce(r.completed_at, r.started_at)",
        _after("90d"),
        "Calls outside of a run go as those of a run do.",
        where=f"{_ENDED} AND r.agent_run_id IS NULL",
        archive=True,
    ),
    Rule(
        "usage_records",
        "usage_records",
        'r."timestamp"',
        _after("7y"),
        "What was billed must be shown to a tax office for seven years.",
        archive=True,
        tenant="organization_id",
        owed=True,
    ),
    Rule(
        "agent_jobs",
        "agent_jobs",
        "r.updated_at",
        _after("30d"),
        "A job that has ended is of use only as long as somebody asks what became of it.",
        where=_ENDED,
    ),
    _past(
        "agent_memories",
        "expires_at",
        "Who wrote it has said until when it holds.",
        tenant="workspace_id",
    ),
    _past(
        "mem_embeddings",
        "expires_at",
        "Who wrote it has said until when it holds.",
        tenant="workspace_id",
    ),
    _past("sessions", "expires", "It lets nobody in any more.", tenant=None),
    _past("verification_tokens", "expires", "It proves nothing any more.", tenant=None),
    _past(
        "invitations",
        "expires_at",
        "It lets nobody in any more; who was invited is in the audit log.",
        after="30d",
        tenant="organization_id",
    ),
    # In the order of references: what hangs on a row comes before it.
    _deleted("content_drafts", _MONTH_TO_REGRET),
    _deleted("content", _MONTH_TO_REGRET),
    _deleted("conversations", _MONTH_TO_REGRET),
    _deleted("documents", _MONTH_TO_REGRET),
    _deleted("datasets", _MONTH_TO_REGRET),
    _deleted("brand_voice_guides", _MONTH_TO_REGRET),
    _deleted("connector_instances", _MONTH_TO_REGRET),
    _deleted("campaigns", _MONTH_TO_REGRET),
    _deleted("marketing_campaigns", _MONTH_TO_REGRET),
    _deleted(
        "people",
        f"{_MONTH_TO_REGRET} One who was merged into another keeps the row: it undoes the merge.",
        where="r.merged_into_id IS NULL",
    ),
    _deleted("agents", _MONTH_TO_REGRET),
    _deleted("brands", _MONTH_TO_REGRET),
    _deleted("workspaces", _MONTH_TO_REGRET),
    _deleted("organizations", _MONTH_TO_REGRET),
)


def rule_of(name: str) -> Rule:
    """The rule of that name; ``KeyError`` where there is none."""
    return {rule.name: rule for rule in RULES}[name]


RECORDS: dict[str, tuple[str, ...]] = {
    "workspaces": ("budget_ledger", "budget_transactions", "payments", "payouts"),
    "organizations": ("workspaces", "subscriptions", "invoices", "usage_records"),
}
"""What keeps a deleted tenant: books must outlast it. All else of it goes with it."""

KEPT: dict[str, str] = {
    **dict.fromkeys(
        ("users", "accounts", "credentials", "user_settings"),
        "An account lives until its user closes it.",
    ),
    **dict.fromkeys(
        (
            *("organization_members", "organization_permissions", "organization_roles"),
            *("role_permissions", "team_members", "workspace_members"),
        ),
        "Who may do what lives as long as its organization.",
    ),
    "api_keys": "Few, and the audit log names them.",
    **dict.fromkeys(
        ("brand_assets", "brand_voices", "brand_voice_embeddings"), "A part of its brand."
    ),
    "embedding_spaces": "Vectors cannot be read without theirs.",
    **dict.fromkeys(
        ("agent_capabilities", "agent_configs", "tools"), "A part of its agent's definition."
    ),
    **dict.fromkeys(
        ("model_versions", "training_jobs", "inference_endpoints"),
        "Few, and they say which model answered.",
    ),
    **dict.fromkeys(
        ("agent_metrics", "analytics_summaries"), "A roll-up: what is left of rows that went."
    ),
    **dict.fromkeys(("run_steps", "agent_run_metrics"), "A part of its run, and goes with it."),
    **dict.fromkeys(("chunks", "document_versions"), "A part of its document."),
    "messages": "A part of its conversation.",
    **dict.fromkeys(
        ("person_identities", "person_notes", "person_objectives", "person_topics", "events"),
        "What is known of a person goes with the person.",
    ),
    "person_consents": "The proof of consent goes only with the person.",
    **dict.fromkeys(("content_versions", "content_analyses"), "A part of its draft."),
    **dict.fromkeys(
        ("editorial_calendar", "personas", "snippet_library"), "Work that is used again."
    ),
    **dict.fromkeys(
        (
            *("internal_links", "keyword_clusters", "keyword_research", "keywords"),
            *("link_graph", "seo_metrics"),
        ),
        "Trends in search are read over years, and the figures are days already.",
    ),
    **dict.fromkeys(
        ("ab_tests", "campaign_metrics", "email_sequences", "social_posts"),
        "A part of its campaign.",
    ),
    **dict.fromkeys(
        ("marketing_campaign_performance", "marketing_metrics"), "Days already, one row each."
    ),
    **dict.fromkeys(
        ("marketing_leads", "marketing_touchpoints"),
        "Attribution must add up for as long as a lead may buy.",
    ),
    "connectors": "The catalogue of platforms.",
    **dict.fromkeys(
        ("action_configs", "connector_auths", "trigger_configs"), "In force until switched off."
    ),
    "oauth_tokens": "One that is past still holds what it is refreshed with.",
    **dict.fromkeys(
        ("budget_allocations", "budget_ledger", "budget_profiles", "budget_transactions"),
        "Books are only ever added to.",
    ),
    "budgets": "Plans are held against what came of them.",
    **dict.fromkeys(("invoices", "payments", "payouts", "subscriptions"), "Books."),
    **dict.fromkeys(("feedback", "tasks"), "People's own words, deleted by people."),
}
"""Tables that no rule names, and why."""
