"""Rows for the five patterns: one tenant that is read, and as many others as are asked for.

All is made in the database, past the policies. The tenant that is read is number 1 and always the
same; the others are small.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neonhub.embedding.wire import to_pgvector_binary

if TYPE_CHECKING:
    from benchmarks.tenants import Admin
    from neonhub.db.tenancy import Tenant

SPACE = "bench/none/1536"
SINCE, UNTIL = dt.date(2026, 8, 1), dt.date(2026, 10, 29)

# Of the tenant that is read, and of each other: agents, runs of each, guides, passages of each,
# campaigns, people.
_LARGE = {"agents": 10, "runs": 200, "guides": 4, "passages": 100, "campaigns": 20, "people": 20000}
_SMALL = {"agents": 3, "runs": 5, "guides": 1, "passages": 4, "campaigns": 3, "people": 5}

_TENANTS = """
CREATE OR REPLACE FUNCTION pg_temp.made(kind text, w bigint, n bigint) RETURNS text
LANGUAGE sql IMMUTABLE AS
$$ SELECT 'c' || substr(md5('bench ' || kind || ' ' || w || ' ' || n), 1, 24) $$;
INSERT INTO users (id, email)
SELECT pg_temp.made('user', w, 0), 'bench-' || w || '@example.com'
  FROM generate_series({first}, {last}) w;
INSERT INTO organizations (id, slug, name)
SELECT pg_temp.made('organization', w, 0), 'bench-' || w, 'Bench ' || w
  FROM generate_series({first}, {last}) w;
INSERT INTO workspaces (id, organization_id, slug, name)
SELECT pg_temp.made('workspace', w, n), pg_temp.made('organization', w, 0),
       'bench-' || w || '-' || n, 'Bench ' || w || ' ' || n
  FROM generate_series({first}, {last}) w, generate_series(0, {extra}) n;
INSERT INTO workspace_members (workspace_id, user_id, role)
SELECT pg_temp.made('workspace', w, n), pg_temp.made('user', w, 0), 'member'
  FROM generate_series({first}, {last}) w, generate_series(0, {extra}) n;
INSERT INTO embedding_spaces (id, workspace_id, name, provider, model, dimension)
SELECT pg_temp.made('space', w, 0), pg_temp.made('workspace', w, 0), '{space}', 'bench', 'none',
       1536
  FROM generate_series({first}, {last}) w;
"""

_AGENTS = """
INSERT INTO agents (id, workspace_id, name, slug, kind)
SELECT pg_temp.made('agent', w, n), pg_temp.made('workspace', w, 0), 'Agent ' || n, 'agent-' || n,
       'WORKFLOW'
  FROM generate_series({first}, {last}) w, generate_series(1, {agents}) n;
INSERT INTO tools (id, workspace_id, name, slug)
SELECT pg_temp.made('tool', w, 0), pg_temp.made('workspace', w, 0), 'Search', 'search'
  FROM generate_series({first}, {last}) w;
INSERT INTO agent_runs (id, workspace_id, agent_id, status, objective, input, output, started_at,
                        completed_at, total_tokens, total_cost)
SELECT pg_temp.made('run', w, n * 1000 + r), pg_temp.made('workspace', w, 0),
       pg_temp.made('agent', w, n),
       (CASE WHEN r % 5 = 0 THEN 'failed' ELSE 'completed' END)::"RunStatus", 'Draft a letter',
       jsonb_build_object('audience', 'customers', 'number', r),
       '{{"text": "A letter of some length, as agents write them.", "score": 0.9}}',
       timestamptz '2026-10-01' + r * interval '10 min',
       timestamptz '2026-10-01' + r * interval '10 min' + interval '4 s', 1200, 0.0125
  FROM generate_series({first}, {last}) w, generate_series(1, {agents}) n,
       generate_series(1, {runs}) r;
INSERT INTO tool_executions (workspace_id, tool_id, agent_run_id, tool_name, status, input, output,
                             started_at, completed_at)
SELECT r.workspace_id, pg_temp.made('tool', w, 0), r.id, 'search', 'completed',
       '{{"query": "quiet hours", "limit": 5}}', '{{"hits": [1, 2, 3, 4, 5]}}',
       r.started_at + x * interval '1 s', r.started_at + x * interval '1 s' + interval '200 ms'
  FROM generate_series({first}, {last}) w
  JOIN agent_runs r ON r.workspace_id = pg_temp.made('workspace', w, 0),
       generate_series(1, 3) x;
"""

_CAMPAIGNS = """
INSERT INTO marketing_campaigns (id, workspace_id, name, type)
SELECT pg_temp.made('campaign', w, n), pg_temp.made('workspace', w, 0), 'Campaign ' || n, 'email'
  FROM generate_series({first}, {last}) w, generate_series(1, {campaigns}) n;
INSERT INTO marketing_campaign_performance (workspace_id, campaign_id, date, channel, impressions,
                                            clicks, conversions, spend, revenue)
SELECT pg_temp.made('workspace', w, 0), pg_temp.made('campaign', w, n), date '2026-08-01' + d,
       'email', 1000 + d * 7 % 100, 50 + d % 10, d % 7, 12.5 + d, 40 + d
  FROM generate_series({first}, {last}) w, generate_series(1, {campaigns}) n,
       generate_series(0, {days} - 1) d;
"""

_PEOPLE = """
INSERT INTO people (id, workspace_id, display_name, primary_email)
SELECT pg_temp.made('person', w, n), pg_temp.made('workspace', w, 0), 'Person ' || n,
       'Person-' || n || '@example.com'
  FROM generate_series({first}, {last}) w, generate_series(1, {people}) n;
INSERT INTO person_identities (workspace_id, person_id, type, value)
SELECT pg_temp.made('workspace', w, 0), pg_temp.made('person', w, n), kind,
       CASE kind WHEN 'email' THEN 'Person-' || n || '@example.com' ELSE '+4400' || n END
  FROM generate_series({first}, {last}) w, generate_series(1, {people}) n,
       unnest(ARRAY['email', 'phone']) kind;
INSERT INTO person_consents (workspace_id, person_id, channel, status, collected_at)
SELECT pg_temp.made('workspace', w, 0), pg_temp.made('person', w, n), channel, 'granted',
       timestamptz '2026-01-01' + n * interval '1 s'
  FROM generate_series({first}, {last}) w, generate_series(1, {people}) n,
       unnest(ARRAY['email', 'sms', 'phone']) channel;
"""

_GUIDES = """
INSERT INTO brand_voice_guides (id, workspace_id, name, content)
SELECT pg_temp.made('guide', w, n), pg_temp.made('workspace', w, 0), 'Guide ' || n, 'Plain words.'
  FROM generate_series({first}, {last}) w, generate_series(1, {guides}) n;
INSERT INTO brand_voice_embeddings (workspace_id, guide_id, embedding_space_id, idx, chunk,
                                    content_hash, embedding)
SELECT pg_temp.made('workspace', w, 0), pg_temp.made('guide', w, n), pg_temp.made('space', w, 0),
       p, 'Passage ' || p || ': say it in plain words and short sentences.', md5(p::text),
       v.embedding
  FROM generate_series({first}, {last}) w, generate_series(1, {guides}) n,
       generate_series(1, {passages}) p
  JOIN pg_temp.vectors v ON v.place = p;
"""


def fill(admin: Admin, first: int, last: int) -> None:
    """The tenants numbered ``first`` to ``last``; number 1 is the large one."""
    _vectors(admin)
    for begin, end in ([(1, 1)] if first == 1 else []) + [(max(first, 2), last)]:
        if begin > end:
            continue
        sizes = _LARGE if end == 1 else _SMALL
        values: dict[str, Any] = {
            **{"first": begin, "last": end, "extra": 4 if end == 1 else 0, "space": SPACE},
            **{"days": 90 if end == 1 else 3, **sizes},
        }
        for block in (_TENANTS, _AGENTS, _CAMPAIGNS, _PEOPLE, _GUIDES):
            admin.execute(block.format(**values).encode())
    admin.execute("VACUUM (ANALYZE)")


def _vectors(admin: Admin) -> None:
    """A hundred vectors, of which every tenant's passages take theirs."""
    admin.execute("CREATE TEMPORARY TABLE IF NOT EXISTS vectors (place int, embedding vector)")
    admin.execute("TRUNCATE pg_temp.vectors")
    matrix = np.random.default_rng(1).standard_normal((100, 1536))
    with admin.cursor().copy("COPY pg_temp.vectors FROM STDIN (FORMAT binary)") as copy:
        copy.set_types(["int4", "bytea"])
        for place, wire in enumerate(to_pgvector_binary(matrix), start=1):
            copy.write_row((place, wire))


@dataclass(frozen=True)
class Ids:
    """What is asked for, in the tenant that is read."""

    tenant: Tenant
    agents: list[str]
    guides: list[str]
    campaigns: list[str]
    people: list[tuple[str, str]]
    questions: list[np.ndarray[Any, np.dtype[np.float32]]]


def ids_of(admin: Admin) -> Ids:
    """The ids of what ``fill`` has made for tenant 1."""
    from neonhub.db.tenancy import Tenant

    def made(kind: str, n: int = 0) -> str:
        found = admin.execute("SELECT pg_temp.made(%s, 1, %s)", [kind, n]).fetchone()
        return str(found[0]) if found else ""

    random = np.random.default_rng(2)
    return Ids(
        Tenant(made("workspace"), made("organization"), made("user")),
        [made("agent", n) for n in range(1, _LARGE["agents"] + 1)],
        [made("guide", n) for n in range(1, _LARGE["guides"] + 1)],
        [made("campaign", n) for n in range(1, _LARGE["campaigns"] + 1)],
        # The e-mail address is one's own, in other letters; the number is nobody's.
        [(f"person-{n}@Example.com", f"+4999{n}") for n in range(7, _LARGE["people"], 997)],
        [each.astype(np.float32) for each in random.standard_normal((20, 1536))],
    )
