"""A search looks into a large tenant's index narrowly first: what is near is found so."""

# The operations on policies, grants and functions are added to op at run time.
# mypy: disable-error-code="attr-defined"

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING

from alembic import op

if TYPE_CHECKING:
    from neonhub.db.policies import Function

revision = "20251123000000_two_looks"
down_revision = "20251122000000_trusted_routes"
branch_labels = None
depends_on = None

# The functions as they were, which stand still like every migration that is out.
BEFORE = import_module("neonhub.migrations.versions.20251122000000_trusted_routes")
SEARCHES = import_module("neonhub.migrations.versions.20251119000000_vector_routes").SEARCHES

BODY = """
DECLARE
    tenant constant text := neonhub.current_workspace();
    signs bit(1536);
    route jsonb;
    asked numeric;
    wide integer;
    wider integer;
    near numeric;
    enough numeric;
    look integer;
    looks integer[];
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
                           THEN greatest((route ->> 'width')::integer, 4 * least(take, 25000))
                           ELSE width END);
    wider := greatest(wide, CASE WHEN route ->> 'scan_width' ~ '^[0-9]{1,5}$'
                                 THEN (route ->> 'scan_width')::integer END);
    near := CASE WHEN jsonb_typeof(route -> 'near') = 'number' THEN route ->> 'near' END;
    enough := CASE WHEN jsonb_typeof(route -> 'enough') = 'number' THEN route ->> 'enough' END;
    look := CASE WHEN route ->> 'first' ~ '^[0-9]{1,5}$' THEN (route ->> 'first')::integer END;
    looks := CASE WHEN enough IS NOT NULL AND look BETWEEN 4 * least(take, 25000) AND wide - 1
                  THEN ARRAY[look, wide] ELSE ARRAY[wide] END;
    IF route ? 'index' AND jsonb_typeof(route -> 'rows') = 'number'@unfiltered@ THEN
        asked := @asked@;
        IF asked * asked > (route ->> 'rows')::numeric * 20 * wide
           AND coalesce(near, 0) <= 1 THEN
            SELECT array_agg(current_setting(n, true) ORDER BY o) INTO found
              FROM unnest(named) WITH ORDINALITY AS s (n, o);
            -- With no sort to be had there is one way to that order: the tenant's own index.
            PERFORM set_config('enable_sort', 'off', true),
                    set_config('hnsw.iterative_scan', 'relaxed_order', true),
                    set_config('hnsw.max_scan_tuples', '1000000', true),
                    set_config('ivfflat.probes',
                        coalesce(substring(route ->> 'probes' FROM '^[1-9][0-9]{0,3}$'), '10'),
                        true),
                    set_config('ivfflat.iterative_scan', 'relaxed_order', true);
            FOREACH look IN ARRAY looks LOOP
                PERFORM set_config('hnsw.ef_search', least(1000,
                            CASE WHEN route ->> 'ef' ~ '^[1-9][0-9]{0,3}$'
                                 THEN (route ->> 'ef')::integer ELSE look END)::text, true);
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
                 USING tenant, space, groups, question, signs, look, greatest(take, 10)@given@;
                -- What is near is found by looking narrowly.
                EXIT WHEN likenesses[least(10, cardinality(likenesses))]::numeric >= enough;
            END LOOP;
            PERFORM set_config('enable_sort', 'on', true);
            PERFORM set_config(n, v, true) FROM unnest(named, found) AS s (n, v) WHERE v <> '';
            IF likenesses[least(10, cardinality(likenesses))]::numeric < near THEN
                ids := NULL;
            END IF;
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
         USING tenant, space, groups, question, signs, wider, take@given@;
    END IF;
    RETURN QUERY SELECT * FROM unnest(ids[:take], likenesses[:take]);
END
"""


def functions() -> list[tuple[Function, Function]]:
    """Each function before and after."""
    made = []
    for (_older, old), (table, (live, chosen, asked)) in zip(
        BEFORE.functions(), SEARCHES.items(), strict=True
    ):
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
        made.append((old, replace(old, body=body)))
    return made


def upgrade() -> None:
    for old, new in functions():
        op.replace_entity(old, new)


def downgrade() -> None:
    for old, new in reversed(functions()):
        op.replace_entity(new, old)
