"""The functions that find a tenant's nearest vectors, by whichever route pays.

``neonhub.search_<table>_by_vector`` looks at the tenant's own rows of one embedding space, and at
no other's. Where the index manager has made an index for that tenant and recorded it as a route
(``embedding_spaces.metadata``, under ``routes``), and what is asked for is enough of that index
for it to pay, the nearest are found through it; everywhere else the tenant's sign bits are
scanned. A graph misses what is far. So it is looked into narrowly (``first`` in the route), then
widely (``width``) where the tenth that this brings is farther than ``enough``; and where the tenth
is still farther than the wide look was found to be right for (``near``), the scan answers instead,
``scan_width`` wide. Either way the best few hundred are ranked again by cosine at full precision,
and a result is never short: what an index does not bring, the scan does.

The statements within are dynamic, so that each is planned for its own tenant: only then does
PostgreSQL see that a partial index fits. What stands around the call can be prepared once.
"""

from __future__ import annotations

from dataclasses import dataclass

from neonhub.db.policies import Function

__all__ = ["GRAPH_COST", "TENTH", "VectorSearch"]

GRAPH_COST = 20
"""What a row found through the graph costs, in rows scanned: 7.5 microseconds beside 0.35. The
graph has to pass ``width / share`` rows where only a share of its rows may answer."""
TENTH = 10
"""By how near which of the rows is it is judged whether the graph has found them, however many
are taken."""

_BODY = """
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
        IF asked * asked > (route ->> 'rows')::numeric * @cost@ * wide
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
                 USING tenant, space, groups, question, signs, look, greatest(take, @tenth@)@given@;
                -- What is near is found by looking narrowly.
                EXIT WHEN likenesses[least(@tenth@, cardinality(likenesses))]::numeric >= enough;
            END LOOP;
            PERFORM set_config('enable_sort', 'on', true);
            PERFORM set_config(n, v, true) FROM unnest(named, found) AS s (n, v) WHERE v <> '';
            IF likenesses[least(@tenth@, cardinality(likenesses))]::numeric < near THEN
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
_AND = "\n                   AND "
_ALL = "(route ->> 'rows')::numeric"
_ASKED = f"""CASE WHEN groups IS NULL THEN {_ALL} ELSE
                 (SELECT sum((route -> 'groups' ->> g)::numeric) FROM unnest(groups) AS g
                   WHERE jsonb_typeof(route -> 'groups' -> g) = 'number') END"""


@dataclass(frozen=True, slots=True)
class VectorSearch:
    """A table whose rows are searched by ``embedding``, which is made of ``text``.

    ``group``: the column by which a search may be narrowed, which follows the embedding space in
    the table's index of sign bits. ``live`` and ``filter`` are conditions on the row ``c``: of
    every search, and of one with a filter, which only the scan takes. ``$1`` is the tenant, ``$3``
    the groups asked for, ``$8`` the filter.
    """

    table: str
    text: str
    group: str | None = None
    live: str = ""
    filter: str = ""

    def function(self) -> Function:
        """``(id, similarity)`` of the nearest, by falling cosine.

        ``width`` rows are ranked again at full precision; more where the space's route says so.
        """
        return Function(
            f"search_{self.table}_by_vector",
            self._arguments(),
            "TABLE(id text, similarity double precision)",
            self._body(),
            language="plpgsql",
            parallel="UNSAFE",
            settings=("search_path TO 'public', 'pg_temp'", "enable_sort TO 'on'"),
            rows=100,
        )

    def _arguments(self) -> str:
        filter = "filter jsonb, " if self.filter else ""  # noqa: A001
        return f"space text, groups text[], question vector, {filter}width integer, take integer"

    def _body(self) -> str:
        narrowed = f"($3 IS NULL OR c.{self.group} = ANY ($3))" if self.group else ""
        conditions = [each for each in (narrowed, self.live) if each]
        parts = {
            "table": self.table,
            "cost": str(GRAPH_COST),
            "tenth": str(TENTH),
            "live": "".join(f"{_AND}{each}" for each in conditions),
            "filter": f"{_AND}($8 IS NULL OR {self.filter})" if self.filter else "",
            "given": ", filter" if self.filter else "",
            "unfiltered": " AND filter IS NULL" if self.filter else "",
            "asked": _ASKED if self.group else _ALL,
        }
        body = _BODY
        for name, text in parts.items():
            body = body.replace(f"@{name}@", text)
        return body
