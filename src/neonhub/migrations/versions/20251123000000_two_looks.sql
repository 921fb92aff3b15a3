-- From 20251123000000_two_looks.py, sha256 f211675d06b9e20d15d95c4950a2498e995d7f32ff63ee053fcf081fc7a907eb: `python -m neonhub.ops.scripts` writes this.
BEGIN;

SET LOCAL check_function_bodies = off;
CREATE OR REPLACE FUNCTION neonhub.search_agent_memories_by_vector(space text, groups text[], question vector, width integer, take integer) RETURNS TABLE(id text, similarity double precision) LANGUAGE plpgsql STABLE PARALLEL UNSAFE ROWS 100 SET search_path TO 'public', 'pg_temp' SET enable_sort TO 'on' AS $function$
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
    SELECT s.metadata #> '{routes,agent_memories}' INTO route
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
    IF route ? 'index' AND jsonb_typeof(route -> 'rows') = 'number' THEN
        asked := CASE WHEN groups IS NULL THEN (route ->> 'rows')::numeric ELSE
                 (SELECT sum((route -> 'groups' ->> g)::numeric) FROM unnest(groups) AS g
                   WHERE jsonb_typeof(route -> 'groups' -> g) = 'number') END;
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
                                      FROM agent_memories c
                                     WHERE c.workspace_id = $1 AND c.embedding_space_id = $2
                   AND ($3 IS NULL OR c.agent_id = ANY ($3))
                   AND (c.expires_at IS NULL OR c.expires_at > now())
                                     ORDER BY %s LIMIT $6) AS near
                             ORDER BY distance, near.id LIMIT $7) AS best',
                    CASE route ->> 'kind'
                        WHEN 'halfvec' THEN
                            '(c.embedding::halfvec(1536)) <=> $4::halfvec(1536)'
                        WHEN 'ivfflat' THEN 'c.embedding <=> $4'
                        ELSE 'c.embedding_bits <~> $5'
                    END)
                  INTO ids, likenesses
                 USING tenant, space, groups, question, signs, look, greatest(take, 10);
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
                              FROM agent_memories c
                             WHERE c.workspace_id = $1 AND c.embedding_space_id = $2
                               AND c.embedding_bits IS NOT NULL
                   AND ($3 IS NULL OR c.agent_id = ANY ($3))
                   AND (c.expires_at IS NULL OR c.expires_at > now())
                             ORDER BY (c.embedding_bits <~> $5) + 0 LIMIT $6) AS near,
                           LATERAL (SELECT c.id, c.embedding <=> $4 AS distance
                                      FROM agent_memories c
                                     WHERE c.workspace_id = $1 AND c.id = near.id
                                     LIMIT 1) AS every
                     ORDER BY every.distance, every.id LIMIT $7) AS best'
          INTO ids, likenesses
         USING tenant, space, groups, question, signs, wider, take;
    END IF;
    RETURN QUERY SELECT * FROM unnest(ids[:take], likenesses[:take]);
END
$function$;
REVOKE ALL ON FUNCTION neonhub.search_agent_memories_by_vector(space text, groups text[], question vector, width integer, take integer) FROM public;
GRANT EXECUTE ON FUNCTION neonhub.search_agent_memories_by_vector(space text, groups text[], question vector, width integer, take integer) TO PUBLIC;

SET LOCAL check_function_bodies = off;
CREATE OR REPLACE FUNCTION neonhub.search_brand_voice_embeddings_by_vector(space text, groups text[], question vector, width integer, take integer) RETURNS TABLE(id text, similarity double precision) LANGUAGE plpgsql STABLE PARALLEL UNSAFE ROWS 100 SET search_path TO 'public', 'pg_temp' SET enable_sort TO 'on' AS $function$
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
    SELECT s.metadata #> '{routes,brand_voice_embeddings}' INTO route
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
    IF route ? 'index' AND jsonb_typeof(route -> 'rows') = 'number' THEN
        asked := CASE WHEN groups IS NULL THEN (route ->> 'rows')::numeric ELSE
                 (SELECT sum((route -> 'groups' ->> g)::numeric) FROM unnest(groups) AS g
                   WHERE jsonb_typeof(route -> 'groups' -> g) = 'number') END;
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
                                      FROM brand_voice_embeddings c
                                     WHERE c.workspace_id = $1 AND c.embedding_space_id = $2
                   AND ($3 IS NULL OR c.guide_id = ANY ($3))
                   AND ($3 IS NOT NULL OR c.guide_id NOT IN (
                        SELECT g.id FROM brand_voice_guides g
                         WHERE g.workspace_id = $1
                           AND (g.deleted_at IS NOT NULL OR NOT g.active)))
                                     ORDER BY %s LIMIT $6) AS near
                             ORDER BY distance, near.id LIMIT $7) AS best',
                    CASE route ->> 'kind'
                        WHEN 'halfvec' THEN
                            '(c.embedding::halfvec(1536)) <=> $4::halfvec(1536)'
                        WHEN 'ivfflat' THEN 'c.embedding <=> $4'
                        ELSE 'c.embedding_bits <~> $5'
                    END)
                  INTO ids, likenesses
                 USING tenant, space, groups, question, signs, look, greatest(take, 10);
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
                              FROM brand_voice_embeddings c
                             WHERE c.workspace_id = $1 AND c.embedding_space_id = $2
                               AND c.embedding_bits IS NOT NULL
                   AND ($3 IS NULL OR c.guide_id = ANY ($3))
                   AND ($3 IS NOT NULL OR c.guide_id NOT IN (
                        SELECT g.id FROM brand_voice_guides g
                         WHERE g.workspace_id = $1
                           AND (g.deleted_at IS NOT NULL OR NOT g.active)))
                             ORDER BY (c.embedding_bits <~> $5) + 0 LIMIT $6) AS near,
                           LATERAL (SELECT c.id, c.embedding <=> $4 AS distance
                                      FROM brand_voice_embeddings c
                                     WHERE c.workspace_id = $1 AND c.id = near.id
                                     LIMIT 1) AS every
                     ORDER BY every.distance, every.id LIMIT $7) AS best'
          INTO ids, likenesses
         USING tenant, space, groups, question, signs, wider, take;
    END IF;
    RETURN QUERY SELECT * FROM unnest(ids[:take], likenesses[:take]);
END
$function$;
REVOKE ALL ON FUNCTION neonhub.search_brand_voice_embeddings_by_vector(space text, groups text[], question vector, width integer, take integer) FROM public;
GRANT EXECUTE ON FUNCTION neonhub.search_brand_voice_embeddings_by_vector(space text, groups text[], question vector, width integer, take integer) TO PUBLIC;

SET LOCAL check_function_bodies = off;
CREATE OR REPLACE FUNCTION neonhub.search_brand_voices_by_vector(space text, groups text[], question vector, width integer, take integer) RETURNS TABLE(id text, similarity double precision) LANGUAGE plpgsql STABLE PARALLEL UNSAFE ROWS 100 SET search_path TO 'public', 'pg_temp' SET enable_sort TO 'on' AS $function$
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
    SELECT s.metadata #> '{routes,brand_voices}' INTO route
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
    IF route ? 'index' AND jsonb_typeof(route -> 'rows') = 'number' THEN
        asked := (route ->> 'rows')::numeric;
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
                                      FROM brand_voices c
                                     WHERE c.workspace_id = $1 AND c.embedding_space_id = $2
                                     ORDER BY %s LIMIT $6) AS near
                             ORDER BY distance, near.id LIMIT $7) AS best',
                    CASE route ->> 'kind'
                        WHEN 'halfvec' THEN
                            '(c.embedding::halfvec(1536)) <=> $4::halfvec(1536)'
                        WHEN 'ivfflat' THEN 'c.embedding <=> $4'
                        ELSE 'c.embedding_bits <~> $5'
                    END)
                  INTO ids, likenesses
                 USING tenant, space, groups, question, signs, look, greatest(take, 10);
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
                              FROM brand_voices c
                             WHERE c.workspace_id = $1 AND c.embedding_space_id = $2
                               AND c.embedding_bits IS NOT NULL
                             ORDER BY (c.embedding_bits <~> $5) + 0 LIMIT $6) AS near,
                           LATERAL (SELECT c.id, c.embedding <=> $4 AS distance
                                      FROM brand_voices c
                                     WHERE c.workspace_id = $1 AND c.id = near.id
                                     LIMIT 1) AS every
                     ORDER BY every.distance, every.id LIMIT $7) AS best'
          INTO ids, likenesses
         USING tenant, space, groups, question, signs, wider, take;
    END IF;
    RETURN QUERY SELECT * FROM unnest(ids[:take], likenesses[:take]);
END
$function$;
REVOKE ALL ON FUNCTION neonhub.search_brand_voices_by_vector(space text, groups text[], question vector, width integer, take integer) FROM public;
GRANT EXECUTE ON FUNCTION neonhub.search_brand_voices_by_vector(space text, groups text[], question vector, width integer, take integer) TO PUBLIC;

SET LOCAL check_function_bodies = off;
CREATE OR REPLACE FUNCTION neonhub.search_chunks_by_vector(space text, groups text[], question vector, filter jsonb, width integer, take integer) RETURNS TABLE(id text, similarity double precision) LANGUAGE plpgsql STABLE PARALLEL UNSAFE ROWS 100 SET search_path TO 'public', 'pg_temp' SET enable_sort TO 'on' AS $function$
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
    SELECT s.metadata #> '{routes,chunks}' INTO route
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
    IF route ? 'index' AND jsonb_typeof(route -> 'rows') = 'number' AND filter IS NULL THEN
        asked := CASE WHEN groups IS NULL THEN (route ->> 'rows')::numeric ELSE
                 (SELECT sum((route -> 'groups' ->> g)::numeric) FROM unnest(groups) AS g
                   WHERE jsonb_typeof(route -> 'groups' -> g) = 'number') END;
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
                                      FROM chunks c
                                     WHERE c.workspace_id = $1 AND c.embedding_space_id = $2
                   AND ($3 IS NULL OR c.dataset_id = ANY ($3))
                   AND c.document_id NOT IN (
                        SELECT d.id FROM documents d
                         WHERE d.workspace_id = $1 AND ($3 IS NULL OR d.dataset_id = ANY ($3))
                           AND d.deleted_at IS NOT NULL)
                                     ORDER BY %s LIMIT $6) AS near
                             ORDER BY distance, near.id LIMIT $7) AS best',
                    CASE route ->> 'kind'
                        WHEN 'halfvec' THEN
                            '(c.embedding::halfvec(1536)) <=> $4::halfvec(1536)'
                        WHEN 'ivfflat' THEN 'c.embedding <=> $4'
                        ELSE 'c.embedding_bits <~> $5'
                    END)
                  INTO ids, likenesses
                 USING tenant, space, groups, question, signs, look, greatest(take, 10), filter;
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
                              FROM chunks c
                             WHERE c.workspace_id = $1 AND c.embedding_space_id = $2
                               AND c.embedding_bits IS NOT NULL
                   AND ($3 IS NULL OR c.dataset_id = ANY ($3))
                   AND c.document_id NOT IN (
                        SELECT d.id FROM documents d
                         WHERE d.workspace_id = $1 AND ($3 IS NULL OR d.dataset_id = ANY ($3))
                           AND d.deleted_at IS NOT NULL)
                   AND ($8 IS NULL OR c.document_id IN (
                        SELECT d.id FROM documents d
                         WHERE d.workspace_id = $1 AND ($3 IS NULL OR d.dataset_id = ANY ($3))
                           AND d.metadata @> $8))
                             ORDER BY (c.embedding_bits <~> $5) + 0 LIMIT $6) AS near,
                           LATERAL (SELECT c.id, c.embedding <=> $4 AS distance
                                      FROM chunks c
                                     WHERE c.workspace_id = $1 AND c.id = near.id
                                     LIMIT 1) AS every
                     ORDER BY every.distance, every.id LIMIT $7) AS best'
          INTO ids, likenesses
         USING tenant, space, groups, question, signs, wider, take, filter;
    END IF;
    RETURN QUERY SELECT * FROM unnest(ids[:take], likenesses[:take]);
END
$function$;
REVOKE ALL ON FUNCTION neonhub.search_chunks_by_vector(space text, groups text[], question vector, filter jsonb, width integer, take integer) FROM public;
GRANT EXECUTE ON FUNCTION neonhub.search_chunks_by_vector(space text, groups text[], question vector, filter jsonb, width integer, take integer) TO PUBLIC;

SET LOCAL check_function_bodies = off;
CREATE OR REPLACE FUNCTION neonhub.search_content_by_vector(space text, groups text[], question vector, width integer, take integer) RETURNS TABLE(id text, similarity double precision) LANGUAGE plpgsql STABLE PARALLEL UNSAFE ROWS 100 SET search_path TO 'public', 'pg_temp' SET enable_sort TO 'on' AS $function$
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
    SELECT s.metadata #> '{routes,content}' INTO route
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
    IF route ? 'index' AND jsonb_typeof(route -> 'rows') = 'number' THEN
        asked := (route ->> 'rows')::numeric;
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
                                      FROM content c
                                     WHERE c.workspace_id = $1 AND c.embedding_space_id = $2
                   AND c.deleted_at IS NULL
                                     ORDER BY %s LIMIT $6) AS near
                             ORDER BY distance, near.id LIMIT $7) AS best',
                    CASE route ->> 'kind'
                        WHEN 'halfvec' THEN
                            '(c.embedding::halfvec(1536)) <=> $4::halfvec(1536)'
                        WHEN 'ivfflat' THEN 'c.embedding <=> $4'
                        ELSE 'c.embedding_bits <~> $5'
                    END)
                  INTO ids, likenesses
                 USING tenant, space, groups, question, signs, look, greatest(take, 10);
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
                              FROM content c
                             WHERE c.workspace_id = $1 AND c.embedding_space_id = $2
                               AND c.embedding_bits IS NOT NULL
                   AND c.deleted_at IS NULL
                             ORDER BY (c.embedding_bits <~> $5) + 0 LIMIT $6) AS near,
                           LATERAL (SELECT c.id, c.embedding <=> $4 AS distance
                                      FROM content c
                                     WHERE c.workspace_id = $1 AND c.id = near.id
                                     LIMIT 1) AS every
                     ORDER BY every.distance, every.id LIMIT $7) AS best'
          INTO ids, likenesses
         USING tenant, space, groups, question, signs, wider, take;
    END IF;
    RETURN QUERY SELECT * FROM unnest(ids[:take], likenesses[:take]);
END
$function$;
REVOKE ALL ON FUNCTION neonhub.search_content_by_vector(space text, groups text[], question vector, width integer, take integer) FROM public;
GRANT EXECUTE ON FUNCTION neonhub.search_content_by_vector(space text, groups text[], question vector, width integer, take integer) TO PUBLIC;

SET LOCAL check_function_bodies = off;
CREATE OR REPLACE FUNCTION neonhub.search_mem_embeddings_by_vector(space text, groups text[], question vector, width integer, take integer) RETURNS TABLE(id text, similarity double precision) LANGUAGE plpgsql STABLE PARALLEL UNSAFE ROWS 100 SET search_path TO 'public', 'pg_temp' SET enable_sort TO 'on' AS $function$
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
    SELECT s.metadata #> '{routes,mem_embeddings}' INTO route
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
    IF route ? 'index' AND jsonb_typeof(route -> 'rows') = 'number' THEN
        asked := CASE WHEN groups IS NULL THEN (route ->> 'rows')::numeric ELSE
                 (SELECT sum((route -> 'groups' ->> g)::numeric) FROM unnest(groups) AS g
                   WHERE jsonb_typeof(route -> 'groups' -> g) = 'number') END;
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
                                      FROM mem_embeddings c
                                     WHERE c.workspace_id = $1 AND c.embedding_space_id = $2
                   AND ($3 IS NULL OR c.person_id = ANY ($3))
                   AND (c.expires_at IS NULL OR c.expires_at > now())
                   AND c.superseded_by_id IS NULL
                                     ORDER BY %s LIMIT $6) AS near
                             ORDER BY distance, near.id LIMIT $7) AS best',
                    CASE route ->> 'kind'
                        WHEN 'halfvec' THEN
                            '(c.embedding::halfvec(1536)) <=> $4::halfvec(1536)'
                        WHEN 'ivfflat' THEN 'c.embedding <=> $4'
                        ELSE 'c.embedding_bits <~> $5'
                    END)
                  INTO ids, likenesses
                 USING tenant, space, groups, question, signs, look, greatest(take, 10);
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
                              FROM mem_embeddings c
                             WHERE c.workspace_id = $1 AND c.embedding_space_id = $2
                               AND c.embedding_bits IS NOT NULL
                   AND ($3 IS NULL OR c.person_id = ANY ($3))
                   AND (c.expires_at IS NULL OR c.expires_at > now())
                   AND c.superseded_by_id IS NULL
                             ORDER BY (c.embedding_bits <~> $5) + 0 LIMIT $6) AS near,
                           LATERAL (SELECT c.id, c.embedding <=> $4 AS distance
                                      FROM mem_embeddings c
                                     WHERE c.workspace_id = $1 AND c.id = near.id
                                     LIMIT 1) AS every
                     ORDER BY every.distance, every.id LIMIT $7) AS best'
          INTO ids, likenesses
         USING tenant, space, groups, question, signs, wider, take;
    END IF;
    RETURN QUERY SELECT * FROM unnest(ids[:take], likenesses[:take]);
END
$function$;
REVOKE ALL ON FUNCTION neonhub.search_mem_embeddings_by_vector(space text, groups text[], question vector, width integer, take integer) FROM public;
GRANT EXECUTE ON FUNCTION neonhub.search_mem_embeddings_by_vector(space text, groups text[], question vector, width integer, take integer) TO PUBLIC;

SET LOCAL check_function_bodies = off;
CREATE OR REPLACE FUNCTION neonhub.search_messages_by_vector(space text, groups text[], question vector, width integer, take integer) RETURNS TABLE(id text, similarity double precision) LANGUAGE plpgsql STABLE PARALLEL UNSAFE ROWS 100 SET search_path TO 'public', 'pg_temp' SET enable_sort TO 'on' AS $function$
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
    SELECT s.metadata #> '{routes,messages}' INTO route
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
    IF route ? 'index' AND jsonb_typeof(route -> 'rows') = 'number' THEN
        asked := CASE WHEN groups IS NULL THEN (route ->> 'rows')::numeric ELSE
                 (SELECT sum((route -> 'groups' ->> g)::numeric) FROM unnest(groups) AS g
                   WHERE jsonb_typeof(route -> 'groups' -> g) = 'number') END;
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
                                      FROM messages c
                                     WHERE c.workspace_id = $1 AND c.embedding_space_id = $2
                   AND ($3 IS NULL OR c.conversation_id = ANY ($3))
                   AND c.conversation_id NOT IN (
                        SELECT v.id FROM conversations v
                         WHERE v.workspace_id = $1 AND v.deleted_at IS NOT NULL)
                                     ORDER BY %s LIMIT $6) AS near
                             ORDER BY distance, near.id LIMIT $7) AS best',
                    CASE route ->> 'kind'
                        WHEN 'halfvec' THEN
                            '(c.embedding::halfvec(1536)) <=> $4::halfvec(1536)'
                        WHEN 'ivfflat' THEN 'c.embedding <=> $4'
                        ELSE 'c.embedding_bits <~> $5'
                    END)
                  INTO ids, likenesses
                 USING tenant, space, groups, question, signs, look, greatest(take, 10);
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
                              FROM messages c
                             WHERE c.workspace_id = $1 AND c.embedding_space_id = $2
                               AND c.embedding_bits IS NOT NULL
                   AND ($3 IS NULL OR c.conversation_id = ANY ($3))
                   AND c.conversation_id NOT IN (
                        SELECT v.id FROM conversations v
                         WHERE v.workspace_id = $1 AND v.deleted_at IS NOT NULL)
                             ORDER BY (c.embedding_bits <~> $5) + 0 LIMIT $6) AS near,
                           LATERAL (SELECT c.id, c.embedding <=> $4 AS distance
                                      FROM messages c
                                     WHERE c.workspace_id = $1 AND c.id = near.id
                                     LIMIT 1) AS every
                     ORDER BY every.distance, every.id LIMIT $7) AS best'
          INTO ids, likenesses
         USING tenant, space, groups, question, signs, wider, take;
    END IF;
    RETURN QUERY SELECT * FROM unnest(ids[:take], likenesses[:take]);
END
$function$;
REVOKE ALL ON FUNCTION neonhub.search_messages_by_vector(space text, groups text[], question vector, width integer, take integer) FROM public;
GRANT EXECUTE ON FUNCTION neonhub.search_messages_by_vector(space text, groups text[], question vector, width integer, take integer) TO PUBLIC;

UPDATE neonhub.schema_migrations SET version_num='20251123000000_two_looks' WHERE neonhub.schema_migrations.version_num = '20251122000000_trusted_routes';

COMMIT;
