"""Searches by vector as functions, which know a large tenant's own index where it has one."""

# The operations on policies, grants and functions are added to op at run time.
# mypy: disable-error-code="attr-defined"

from __future__ import annotations

from alembic import op

from neonhub.db.policies import Function

revision = "20251119000000_vector_routes"
down_revision = "20251118000000_tenant_isolation"
branch_labels = None
depends_on = None

BODY = """
DECLARE
    tenant constant text := neonhub.current_workspace();
    signs bit(1536);
    route jsonb;
    asked numeric;
    wide integer;
    ids text[];
    likenesses double precision[];
    named constant text[] := '{hnsw.ef_search,hnsw.iterative_scan,hnsw.max_scan_tuples,'
        'ivfflat.probes,ivfflat.iterative_scan}';
    found text[];
BEGIN
    IF tenant IS NULL OR question IS NULL OR take < 1 THEN
        RETURN;
    END IF;
    signs := binary_quantize(question)::bit(1536);
    SELECT s.metadata #> '{routes,@table@}' INTO route
      FROM embedding_spaces s WHERE s.workspace_id = tenant AND s.id = space;
    -- The tenant's own to write: what is no route is none.
    wide := greatest(take, CASE WHEN route ->> 'width' ~ '^[0-9]{1,5}$'
                                THEN (route ->> 'width')::integer ELSE width END);
    IF route ? 'index' AND jsonb_typeof(route -> 'rows') = 'number'@unfiltered@ THEN
        asked := @asked@;
        IF asked * asked > (route ->> 'rows')::numeric * 20 * wide THEN
            SELECT array_agg(current_setting(n, true) ORDER BY o) INTO found
              FROM unnest(named) WITH ORDINALITY AS s (n, o);
            -- With no sort to be had there is one way to that order: the tenant's own index.
            PERFORM set_config('enable_sort', 'off', true),
                    set_config('hnsw.ef_search', least(1000,
                        CASE WHEN route ->> 'ef' ~ '^[1-9][0-9]{0,3}$'
                             THEN (route ->> 'ef')::integer ELSE wide END)::text, true),
                    set_config('hnsw.iterative_scan', 'relaxed_order', true),
                    set_config('hnsw.max_scan_tuples', '1000000', true),
                    set_config('ivfflat.probes',
                        coalesce(substring(route ->> 'probes' FROM '^[1-9][0-9]{0,3}$'), '10'),
                        true),
                    set_config('ivfflat.iterative_scan', 'relaxed_order', true);
            EXECUTE format('
                SELECT array_agg(best.id ORDER BY best.distance, best.id),
                       array_agg(1 - best.distance ORDER BY best.distance, best.id)
                  FROM (SELECT near.id, near.embedding <=> $4 AS distance
                          FROM (SELECT c.id, c.embedding
                                  FROM @table@ c
                                 WHERE c.workspace_id = $1 AND c.embedding_space_id = $2@live@
                                 ORDER BY %s LIMIT $6) AS near
                         ORDER BY distance, near.id LIMIT $7) AS best',
                CASE route ->> 'kind'
                    WHEN 'halfvec' THEN
                        '(c.embedding::halfvec(1536)) <=> $4::halfvec(1536)'
                    WHEN 'ivfflat' THEN 'c.embedding <=> $4'
                    ELSE 'c.embedding_bits <~> $5'
                END)
              INTO ids, likenesses
             USING tenant, space, groups, question, signs, wide, take@given@;
            PERFORM set_config('enable_sort', 'on', true);
            PERFORM set_config(n, v, true) FROM unnest(named, found) AS s (n, v) WHERE v <> '';
        END IF;
    END IF;
    IF ids IS NULL OR cardinality(ids) < least(take, asked) THEN
        -- Within one B-tree that holds the sign bits. The sum keeps an index of vectors out of it.
        EXECUTE '
            SELECT array_agg(best.id ORDER BY best.distance, best.id),
                   array_agg(1 - best.distance ORDER BY best.distance, best.id)
              FROM (SELECT every.id, every.distance
                      FROM (SELECT c.id
                              FROM @table@ c
                             WHERE c.workspace_id = $1 AND c.embedding_space_id = $2
                               AND c.embedding_bits IS NOT NULL@live@@filter@
                             ORDER BY (c.embedding_bits <~> $5) + 0 LIMIT $6) AS near,
                           LATERAL (SELECT c.id, c.embedding <=> $4 AS distance
                                      FROM @table@ c
                                     WHERE c.workspace_id = $1 AND c.id = near.id
                                     LIMIT 1) AS every
                     ORDER BY every.distance, every.id LIMIT $7) AS best'
          INTO ids, likenesses
         USING tenant, space, groups, question, signs, wide, take@given@;
    END IF;
    RETURN QUERY SELECT * FROM unnest(ids, likenesses);
END
"""
ALL = "(route ->> 'rows')::numeric"
GROUPED = """CASE WHEN groups IS NULL THEN (route ->> 'rows')::numeric ELSE
                 (SELECT sum((route -> 'groups' ->> g)::numeric) FROM unnest(groups) AS g
                   WHERE jsonb_typeof(route -> 'groups' -> g) = 'number') END"""
# Table: what is narrowed by and left out, what a filter adds, how many rows are asked for.
SEARCHES: dict[str, tuple[str, str, str]] = {
    "agent_memories": (
        """
                   AND ($3 IS NULL OR c.agent_id = ANY ($3))
                   AND (c.expires_at IS NULL OR c.expires_at > now())""",
        "",
        GROUPED,
    ),
    "brand_voice_embeddings": (
        """
                   AND ($3 IS NULL OR c.guide_id = ANY ($3))
                   AND ($3 IS NOT NULL OR c.guide_id NOT IN (
                        SELECT g.id FROM brand_voice_guides g
                         WHERE g.workspace_id = $1
                           AND (g.deleted_at IS NOT NULL OR NOT g.active)))""",
        "",
        GROUPED,
    ),
    "brand_voices": (
        "",
        "",
        ALL,
    ),
    "chunks": (
        """
                   AND ($3 IS NULL OR c.dataset_id = ANY ($3))
                   AND c.document_id NOT IN (
                        SELECT d.id FROM documents d
                         WHERE d.workspace_id = $1 AND ($3 IS NULL OR d.dataset_id = ANY ($3))
                           AND d.deleted_at IS NOT NULL)""",
        """
                   AND ($8 IS NULL OR c.document_id IN (
                        SELECT d.id FROM documents d
                         WHERE d.workspace_id = $1 AND ($3 IS NULL OR d.dataset_id = ANY ($3))
                           AND d.metadata @> $8))""",
        GROUPED,
    ),
    "content": (
        """
                   AND c.deleted_at IS NULL""",
        "",
        ALL,
    ),
    "mem_embeddings": (
        """
                   AND ($3 IS NULL OR c.person_id = ANY ($3))
                   AND (c.expires_at IS NULL OR c.expires_at > now())
                   AND c.superseded_by_id IS NULL""",
        "",
        GROUPED,
    ),
    "messages": (
        """
                   AND ($3 IS NULL OR c.conversation_id = ANY ($3))
                   AND c.conversation_id NOT IN (
                        SELECT v.id FROM conversations v
                         WHERE v.workspace_id = $1 AND v.deleted_at IS NOT NULL)""",
        "",
        GROUPED,
    ),
}

ARGUMENTS = "space text, groups text[], question vector, {}width integer, take integer"


def functions() -> list[Function]:
    made = []
    for table, (live, chosen, asked) in SEARCHES.items():
        filtered = "filter jsonb, " if chosen else ""
        parts = {
            "table": table,
            "live": live,
            "filter": chosen,
            "given": ", filter" if chosen else "",
            "unfiltered": " AND filter IS NULL" if chosen else "",
            "asked": asked,
        }
        body = BODY
        for name, text in parts.items():
            body = body.replace(f"@{name}@", text)
        made.append(
            Function(
                f"search_{table}_by_vector",
                ARGUMENTS.format(filtered),
                "TABLE(id text, similarity double precision)",
                body,
                language="plpgsql",
                parallel="UNSAFE",
                settings=("search_path TO 'public', 'pg_temp'", "enable_sort TO 'on'"),
                rows=100,
            )
        )
    return made


def upgrade() -> None:
    for function in functions():
        op.create_entity(function)


def downgrade() -> None:
    for function in reversed(functions()):
        op.drop_entity(function)
