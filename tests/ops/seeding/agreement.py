"""Rules by which the demo's rows agree: each a query that returns what breaks it."""

from __future__ import annotations

MONEY_IN_RUN = """
SELECT r.id, r.total_tokens, r.total_cost FROM agent_runs r
  LEFT JOIN LATERAL (SELECT sum((result->>'tokens')::int) AS tokens FROM run_steps s
                      WHERE s.workspace_id = r.workspace_id AND s.run_id = r.id) s ON true
 WHERE r.total_tokens <> coalesce(s.tokens, 0)
    OR r.total_cost <> round(r.total_tokens * 0.000004, 4)
"""
STEPS_IN_RUN = """
SELECT s.id FROM run_steps s
  JOIN agent_runs r ON (r.workspace_id, r.id) = (s.workspace_id, s.run_id)
  LEFT JOIN run_steps p ON (p.workspace_id, p.id) = (s.workspace_id, s.parent_step_id)
 WHERE s.started_at < r.started_at OR s.completed_at > r.completed_at
    OR s.completed_at < s.started_at OR (p.id IS NOT NULL AND p.run_id <> s.run_id)
"""
STEPS_FILL_RUN = """
SELECT r.id FROM agent_runs r
  JOIN run_steps s ON (s.workspace_id, s.run_id) = (r.workspace_id, r.id)
 WHERE r.completed_at IS NOT NULL GROUP BY r.workspace_id, r.id, r.duration_ms
HAVING sum(s.duration_ms) <> r.duration_ms OR count(*) <> max(s.idx) + 1
"""
STATUS_OF_RUN = """
SELECT id FROM agent_runs
 WHERE (status IN ('pending', 'running')) <> (completed_at IS NULL)
    OR (status = 'failed') <> (error_message IS NOT NULL)
    OR (status = 'completed') <> (output IS NOT NULL)
"""
CALLS_IN_STEP = """
SELECT t.id FROM tool_executions t
  LEFT JOIN run_steps s ON s.workspace_id = t.workspace_id AND s.id = t.metadata->>'step_id'
 WHERE s.id IS NULL OR s.run_id <> t.agent_run_id OR s.kind <> 'tool'
    OR t.started_at < s.started_at OR t.completed_at > s.completed_at OR t.status <> s.status
"""
RUN_METRICS = """
SELECT r.id, m.name, m.value FROM agent_runs r
  JOIN agent_run_metrics m ON (m.workspace_id, m.agent_run_id) = (r.workspace_id, r.id)
 WHERE m.value <> CASE m.name
       WHEN 'duration_ms' THEN r.duration_ms WHEN 'total_tokens' THEN r.total_tokens
       WHEN 'total_cost' THEN r.total_cost::float8
       WHEN 'steps' THEN (SELECT count(*) FROM run_steps s
                           WHERE (s.workspace_id, s.run_id) = (r.workspace_id, r.id))
       WHEN 'tool_calls' THEN (SELECT count(*) FROM tool_executions t
                           WHERE (t.workspace_id, t.agent_run_id) = (r.workspace_id, r.id)) END
"""
RUN_METRICS_THERE = """
SELECT id FROM agent_runs r WHERE completed_at IS NOT NULL
   AND 5 <> (SELECT count(*) FROM agent_run_metrics m
              WHERE (m.workspace_id, m.agent_run_id) = (r.workspace_id, r.id))
"""
DAILY_RUNS = """
SELECT * FROM (
  SELECT workspace_id, agent_id, (started_at AT TIME ZONE 'UTC')::date AS date,
         count(*) AS runs, count(*) FILTER (WHERE status = 'completed') AS good,
         count(*) FILTER (WHERE status = 'failed') AS bad, sum(total_tokens) AS tokens,
         sum(total_cost) AS cost, avg(duration_ms)::float8 AS mean,
         percentile_cont(0.95) WITHIN GROUP (ORDER BY duration_ms) AS p95
    FROM agent_runs GROUP BY 1, 2, 3) r
  FULL JOIN agent_metrics m USING (workspace_id, agent_id, date)
 WHERE (runs, good, bad, tokens, cost) IS DISTINCT FROM
       (total_runs, successful_runs, failed_runs, total_tokens, total_cost)
    OR abs(mean - avg_duration) > 1e-6 OR abs(p95 - p95_duration) > 1e-6
    OR (mean IS NULL) <> (avg_duration IS NULL)
"""
JOBS = """
SELECT j.id FROM agent_jobs j LEFT JOIN agent_runs r
    ON r.workspace_id = j.workspace_id AND r.id = j.output->>'run_id'
 WHERE (j.status = 'completed') <> (r.id IS NOT NULL) OR r.agent_id <> j.agent_id
    OR (j.status = 'running') <> (j.locked_by IS NOT NULL)
"""
PRIMARY_IDENTITIES = """
SELECT p.id FROM people p LEFT JOIN LATERAL (
       SELECT max(value_folded) FILTER (WHERE type = 'email') AS email,
              max(value_folded) FILTER (WHERE type = 'phone') AS phone,
              max(value_folded) FILTER (WHERE type = 'handle') AS handle
         FROM person_identities i
        WHERE (i.workspace_id, i.person_id) = (p.workspace_id, p.id) AND i.is_primary) i ON true
 WHERE (p.primary_email_folded, p.primary_phone, p.primary_handle)
       IS DISTINCT FROM (i.email, i.phone, i.handle)
"""
MERGED_PEOPLE = """
SELECT p.id FROM people p LEFT JOIN people k
    ON (k.workspace_id, k.id) = (p.workspace_id, p.merged_into_id)
 WHERE p.merged_into_id IS NOT NULL AND (k.merged_into_id IS NOT NULL OR EXISTS (
       SELECT FROM person_identities i
        WHERE (i.workspace_id, i.person_id) = (p.workspace_id, p.id)))
"""
LAST_SEEN = """
SELECT p.id FROM people p
 WHERE last_seen_at IS DISTINCT FROM (SELECT max(occurred_at) FROM events e
        WHERE (e.workspace_id, e.person_id) = (p.workspace_id, p.id) AND type <> 'email_sent')
"""
LETTERS_ALLOWED = """
SELECT e.id FROM events e WHERE e.type = 'email_sent' AND 'granted' IS DISTINCT FROM (
       SELECT status FROM person_consents c
        WHERE (c.workspace_id, c.person_id) = (e.workspace_id, e.person_id)
          AND channel = 'email' AND scope = 'marketing' AND collected_at <= e.occurred_at
        ORDER BY collected_at DESC LIMIT 1)
"""
LETTERS_COUNTED = """
SELECT s.id FROM email_sequences s
 WHERE sent_at IS NOT NULL AND (metrics->>'sent')::int <> (SELECT count(*) FROM events e
        WHERE e.workspace_id = s.workspace_id AND e.payload->>'email_id' = s.id)
"""
MEMORIES = """
SELECT m.id FROM mem_embeddings m JOIN events e
    ON (e.workspace_id, e.id) = (m.workspace_id, m.source_event_id)
  LEFT JOIN mem_embeddings n ON (n.workspace_id, n.id) = (m.workspace_id, m.superseded_by_id)
 WHERE e.person_id <> m.person_id OR m.embedding IS NULL OR m.embedding_bits IS NULL
    OR n.person_id <> m.person_id OR n.created_at <= m.created_at
"""
WEIGHTS = """
SELECT l.id, sum(attribution_weight) FROM marketing_leads l
  JOIN marketing_touchpoints t ON (t.workspace_id, t.lead_id) = (l.workspace_id, l.id)
 GROUP BY l.workspace_id, l.id, l.status
HAVING abs(sum(attribution_weight) - (l.status = 'converted')::int) > 1e-9
"""
LEAD_TOTALS = """
SELECT l.id FROM marketing_leads l LEFT JOIN LATERAL (
       SELECT count(*) AS touches, min(timestamp) AS first, max(timestamp) AS last,
              count(*) FILTER (WHERE type = 'page_view') AS views,
              sum((event_data->>'points')::int) AS points
         FROM marketing_touchpoints t
        WHERE (t.workspace_id, t.lead_id) = (l.workspace_id, l.id)) t ON true
 WHERE (touches, first, last, views, points) IS DISTINCT FROM
       (touch_count, first_touch, last_touch, page_views, engagement_score)
    OR (status = 'converted') <> (converted_at IS NOT NULL)
    OR (converted_at IS NULL) <> (converted_value IS NULL) OR converted_at < last_touch
"""
LEADS_AND_PEOPLE = """
SELECT l.id FROM marketing_leads l JOIN people p
    ON (p.workspace_id, p.id) = (l.workspace_id, l.person_id) WHERE l.email <> p.primary_email
"""
TOUCHES_ARE_EVENTS = """
SELECT t.id FROM marketing_touchpoints t
  JOIN marketing_leads l ON (l.workspace_id, l.id) = (t.workspace_id, t.lead_id)
  LEFT JOIN events e ON (e.workspace_id, e.dedupe_key) = (t.workspace_id, t.dedupe_key)
 WHERE l.person_id IS NOT NULL AND (e.person_id, e.occurred_at, e.channel, e.type)
       IS DISTINCT FROM (l.person_id, t.timestamp, t.channel, t.type::text)
"""
PERFORMANCE_OF_LEADS = """
SELECT p.id FROM marketing_campaign_performance p LEFT JOIN LATERAL (
       SELECT count(*) AS sold, coalesce(sum(converted_value), 0) AS paid FROM marketing_leads l
        WHERE (l.workspace_id, l.campaign_id, l.source) = (p.workspace_id, p.campaign_id, p.channel)
          AND (converted_at AT TIME ZONE 'UTC')::date = p.date) l ON true
 WHERE (conversions, revenue) IS DISTINCT FROM (sold, paid)
    OR clicks > impressions OR conversions > clicks
"""
CAMPAIGN_TOTALS = """
SELECT c.id FROM marketing_campaigns c LEFT JOIN LATERAL (
       SELECT sum(p.impressions) AS i, sum(p.clicks) AS k, sum(p.conversions) AS c,
              sum(p.spend) AS s, sum(p.revenue) AS r, count(DISTINCT p.date) AS days
         FROM marketing_campaign_performance p
        WHERE (p.workspace_id, p.campaign_id) = (c.workspace_id, c.id)) p ON true
 WHERE (c.impressions, c.clicks, c.conversions, c.spent, c.revenue, 30)
       IS DISTINCT FROM (p.i, p.k, p.c, p.s, p.r, p.days) OR c.spent > c.budget
"""
DAYS_TOGETHER = """
SELECT m.id FROM marketing_metrics m LEFT JOIN LATERAL (
       SELECT sum(p.impressions) AS i, sum(p.clicks) AS k, sum(p.conversions) AS c,
              sum(p.spend) AS s, sum(p.revenue) AS r, count(DISTINCT p.date) AS days
         FROM marketing_campaign_performance p
        WHERE (p.workspace_id, p.date) = (m.workspace_id, m.date)) p ON true
 WHERE (m.impressions, m.clicks, m.conversions, m.cost, m.revenue)
       IS DISTINCT FROM (p.i, p.k, p.c, p.s, p.r)
    OR leads_generated <> (SELECT count(*) FROM marketing_leads l
        WHERE l.workspace_id = m.workspace_id
          AND (first_touch AT TIME ZONE 'UTC')::date = m.date)
    OR clicks <> (SELECT sum((b.value->>'clicks')::int) FROM jsonb_each(channel_breakdown) b)
"""
SENT_AND_COUNTED = """
SELECT s.id, s.kind FROM (
       SELECT workspace_id, id, campaign_id, f.key AS kind, f.value::float8
         FROM email_sequences, jsonb_each(metrics) f
       UNION ALL SELECT workspace_id, id, campaign_id, f.key, f.value::float8
         FROM social_posts, jsonb_each(metrics) f) s
  FULL JOIN campaign_metrics m ON m.payload->>'source_id' = s.id AND m.kind = s.kind
 WHERE (m.workspace_id, m.campaign_id, m.value) IS DISTINCT FROM
       (s.workspace_id, s.campaign_id, s.value)
"""
TESTS = """
SELECT a.id FROM ab_tests a, jsonb_array_elements(variants) v
 WHERE NOT EXISTS (SELECT FROM email_sequences s
        WHERE (s.workspace_id, s.campaign_id, s.sent_at, s.variant)
            = (a.workspace_id, a.campaign_id, a.started_at, v->>'key')
          AND s.metrics->'sent' = v->'visitors' AND s.metrics->'clicks' = v->'conversions')
    OR (a.winner IS NULL) <> (a.completed_at IS NULL)
"""
DRAFTS = """
SELECT d.id FROM content_drafts d LEFT JOIN LATERAL (
       SELECT body, version FROM content_versions v
        WHERE (v.workspace_id, v.draft_id) = (d.workspace_id, d.id)
        ORDER BY version DESC LIMIT 1) v ON true
 WHERE v.body IS DISTINCT FROM d.body OR v.version <> (SELECT count(*) FROM content_versions c
        WHERE (c.workspace_id, c.draft_id) = (d.workspace_id, d.id))
    OR EXISTS (SELECT FROM content_analyses a
        WHERE (a.workspace_id, a.draft_id) = (d.workspace_id, d.id) AND a.version <> v.version)
"""
LINKS = """
SELECT l.id FROM link_graph l
  JOIN content a ON (a.workspace_id, a.id) = (l.workspace_id, l.source_content_id)
  JOIN content b ON (b.workspace_id, b.id) = (l.workspace_id, l.target_content_id)
  LEFT JOIN internal_links i ON (i.workspace_id, i.from_url, i.to_url)
                              = (l.workspace_id, a.url, b.url)
 WHERE i.status IS DISTINCT FROM 'active' OR a.status <> 'published' OR b.status <> 'published'
    OR abs(l.similarity - (1 - (a.embedding <=> b.embedding))) > 1e-4
"""
SEARCHES = """
SELECT s.id FROM seo_metrics s LEFT JOIN content c
    ON (c.workspace_id, c.id) = (s.workspace_id, s.content_id)
 WHERE s.url IS DISTINCT FROM c.url OR clicks > impressions OR s.date < c.published_at::date
    OR NOT EXISTS (SELECT FROM keywords k WHERE (k.workspace_id, k.term_folded)
                                              = (s.workspace_id, s.keyword_folded))
"""
SEARCH_DAYS = """
SELECT content_id FROM seo_metrics GROUP BY 1 HAVING count(DISTINCT date) <> 30
"""
PURSES = """
SELECT p.id FROM budget_profiles p LEFT JOIN LATERAL (
       SELECT coalesce(sum(CASE entry_type WHEN 'reserve' THEN amount WHEN 'release' THEN -amount
                           END), 0) AS held,
              coalesce(sum(CASE entry_type WHEN 'spend' THEN amount WHEN 'refund' THEN -amount
                           END), 0) AS gone
         FROM budget_ledger l
        WHERE (l.workspace_id, l.budget_profile_id) = (p.workspace_id, p.id)) l ON true
 WHERE (reserved, spent) IS DISTINCT FROM (held, gone)
    OR total_budget IS DISTINCT FROM (SELECT sum(amount) FROM payments m
        WHERE (m.workspace_id, m.budget_profile_id) = (p.workspace_id, p.id)
          AND status = 'succeeded')
"""
LEDGER_AND_FIGURES = """
SELECT c.id FROM marketing_campaigns c WHERE spent IS DISTINCT FROM (
       SELECT sum(amount) FROM budget_ledger l
        WHERE (l.workspace_id, l.campaign_id) = (c.workspace_id, c.id) AND entry_type = 'spend')
"""
LEDGER_IN_ORDER = """
SELECT id FROM (SELECT id, held, occurred_at, lag(occurred_at) OVER w AS before FROM (
       SELECT *, sum(CASE entry_type WHEN 'reserve' THEN amount WHEN 'release' THEN -amount
                     ELSE 0 END) OVER (PARTITION BY workspace_id, budget_profile_id ORDER BY seq)
                 AS held FROM budget_ledger) l
       WINDOW w AS (PARTITION BY workspace_id ORDER BY seq)) l
 WHERE held < 0 OR occurred_at < before
"""
BALANCES = """
SELECT id FROM (SELECT *, lag(balance_after, 1, 0) OVER (
       PARTITION BY workspace_id, campaign_id ORDER BY created_at) AS before
       FROM budget_transactions) t
 WHERE balance_before <> before OR balance_after <> balance_before
       + CASE WHEN type IN ('spend', 'reserve') THEN -amount ELSE amount END OR balance_after < 0
"""
USE_COUNTED = """
SELECT * FROM (
  SELECT workspace_id, (started_at AT TIME ZONE 'UTC')::date AS date, count(*) AS runs
    FROM agent_runs GROUP BY 1, 2) r
  FULL JOIN (SELECT resource_id AS workspace_id, (timestamp AT TIME ZONE 'UTC')::date AS date,
                    quantity FROM usage_records WHERE resource_type = 'agent_call') u
 USING (workspace_id, date) WHERE runs IS DISTINCT FROM quantity
"""
SUBSCRIPTION = """
SELECT s.id FROM subscriptions s LEFT JOIN LATERAL (
       SELECT coalesce(sum(quantity) FILTER (WHERE resource_type = 'agent_call'), 0) AS calls,
              coalesce(sum(quantity) FILTER (WHERE resource_type = 'email'), 0) AS emails,
              coalesce(sum(quantity) FILTER (WHERE resource_type = 'social_post'), 0) AS posts
         FROM usage_records u WHERE u.subscription_id = s.id
          AND timestamp >= s.current_period_start AND timestamp < s.current_period_end) u ON true
 WHERE (agent_calls, emails_sent, social_posts) IS DISTINCT FROM (calls, emails, posts)
    OR agent_calls > agent_call_limit OR emails_sent > email_limit
"""
INVOICES = """
SELECT i.id FROM invoices i
 WHERE amount_due <> 4900 + (SELECT coalesce(sum(cost), 0) FROM usage_records u
        WHERE u.subscription_id = i.subscription_id
          AND timestamp >= (i.metadata->>'from')::date
          AND timestamp < (i.metadata->>'from')::date + 30)
    OR (status = 'paid') <> (amount_paid = amount_due) OR (status = 'paid') <> (paid_at IS NOT NULL)
"""
ROLLED_UP = """
WITH given AS (
  SELECT workspace_id, kind, timestamp AT TIME ZONE 'UTC' AS at, (metadata->>'value')::float8 AS v,
         metadata->>'channel' AS channel FROM metric_events),
made AS (
  SELECT workspace_id, kind, g AS granularity, date_trunc(g, at) AS period, '{}'::jsonb AS dims,
         count(*) AS events, sum(v) AS total
    FROM given, unnest(ARRAY['day', 'week', 'month']) g GROUP BY 1, 2, 3, 4
  UNION ALL
  SELECT workspace_id, kind, 'day', date_trunc('day', at), jsonb_build_object('channel', channel),
         count(*), sum(v) FROM given WHERE channel IS NOT NULL GROUP BY 1, 2, 4, channel)
SELECT * FROM made FULL JOIN (
  SELECT workspace_id, kind, granularity::text, period_start AT TIME ZONE 'UTC' AS period,
         dimensions AS dims, count AS n, value_sum FROM analytics_summaries) s
 USING (workspace_id, kind, granularity, period, dims)
 WHERE events IS DISTINCT FROM n OR total IS DISTINCT FROM value_sum
"""
CHUNKS = """
SELECT c.id FROM chunks c
  JOIN documents d ON (d.workspace_id, d.id) = (c.workspace_id, c.document_id)
 WHERE c.dataset_id <> d.dataset_id OR c.embedding_space_id <> d.embedding_space_id
    OR c.content_hash <> encode(sha256(convert_to(c.text, 'UTF8')), 'hex')
    OR c.embedding IS NULL OR c.embedding_bits <> binary_quantize(c.embedding)
"""
TALKS = """
SELECT c.id FROM conversations c LEFT JOIN LATERAL (
       SELECT count(*) FILTER (WHERE embedding IS NOT NULL) AS found, min(created_at) AS first,
              max(created_at) AS last FROM messages m
        WHERE (m.workspace_id, m.conversation_id) = (c.workspace_id, c.id)) m ON true
 WHERE (m.found, m.first, m.last) IS DISTINCT FROM (1, c.created_at, c.updated_at)
"""
CHAIN = """
SELECT seq FROM (SELECT organization_id, seq, prev_hash, created_at,
       lag(hash) OVER w AS before, lag(created_at) OVER w AS earlier, row_number() OVER w AS place
  FROM audit_logs WINDOW w AS (PARTITION BY organization_id ORDER BY seq)) a
 WHERE seq <> place OR prev_hash IS DISTINCT FROM before OR created_at < earlier
"""
NO_FUTURE = """
SELECT id FROM agent_runs WHERE started_at > {anchor} UNION ALL
SELECT id FROM events WHERE occurred_at > {anchor} UNION ALL
SELECT id FROM marketing_leads WHERE converted_at > {anchor} UNION ALL
SELECT id FROM metric_events WHERE timestamp > {anchor} UNION ALL
SELECT id FROM audit_logs WHERE created_at > {anchor} UNION ALL
SELECT id FROM sessions WHERE expires > {anchor}
"""

RULES = {
    name.lower(): query
    for name, query in list(globals().items())
    if name.isupper() and isinstance(query, str)
}
