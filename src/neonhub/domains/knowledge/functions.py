"""The knowledge domain's functions: the full-text search of a tenant's chunks, and versions.


``@@`` is not leakproof, so under row-level security it would only filter after the policy, chunk by
chunk. This runs as ``neonhub_search``, which the policies let read, and names the tenant itself:
the one in the transaction's setting, and no other.
"""

from __future__ import annotations

from neonhub.db.nearest import VectorSearch
from neonhub.db.policies import Function

__all__ = ["FUNCTIONS", "VECTOR_SEARCHES"]

# NOT IN and IN, which are hashed: deleted documents are few, and their passages are not touched.
_DELETED = """c.document_id NOT IN (
                        SELECT d.id FROM documents d
                         WHERE d.workspace_id = $1 AND ($3 IS NULL OR d.dataset_id = ANY ($3))
                           AND d.deleted_at IS NOT NULL)"""
_CHOSEN = """c.document_id IN (
                        SELECT d.id FROM documents d
                         WHERE d.workspace_id = $1 AND ($3 IS NULL OR d.dataset_id = ANY ($3))
                           AND d.metadata @> $8)"""
_GONE = """c.conversation_id NOT IN (
                        SELECT v.id FROM conversations v
                         WHERE v.workspace_id = $1 AND v.deleted_at IS NOT NULL)"""

VECTOR_SEARCHES = (
    VectorSearch("chunks", "c.text", "dataset_id", live=_DELETED, filter=_CHOSEN),
    VectorSearch("messages", "c.content_json ->> 'text'", "conversation_id", live=_GONE),
)

SEARCH_CHUNKS_BY_TEXT = Function(
    "search_chunks_by_text",
    "space text, datasets text[], query text, filter jsonb, take integer",
    "TABLE(id text, document_id text, score double precision)",
    """
-- The score is a sum over the words of the question: each word's rarity among the tenant's own
-- chunks (BM25's idf), times ts_rank's saturating frequency. Rare words choose the candidates, all
-- words rank them: a question's common words match half of everything and tell nothing.
DECLARE
    tenant constant text := neonhub.current_workspace();
    -- A word in more chunks than this is common: it ranks, but brings no candidates.
    common constant integer := 2000;
    question constant text := left(query, 4000);
    must tsquery;
    words tsquery[] := '{}';
    weights double precision[] := '{}';
    counts integer[] := '{}';
    seekers tsquery;
    word tsquery;
    found integer;
BEGIN
    IF tenant IS NULL OR question IS NULL OR take < 1 THEN
        RETURN;
    END IF;
    -- Quotation marks and minus signs are orders; all else is words. A question made of nothing
    -- else can be too much for the parser: it is then taken for words.
    IF question ~ '(^|\\s)-\\w|"[^"]*"' THEN
        BEGIN
            must := websearch_to_tsquery('english', question);
        EXCEPTION WHEN OTHERS THEN
            must := NULL;
        END;
    END IF;
    FOR word IN
        SELECT quote_literal(lexeme)::tsquery
          FROM unnest(to_tsvector('english', question)) ORDER BY positions[1] LIMIT 48
    LOOP
        -- Dynamic, so that the planner sees the word and picks a scan by its frequency.
        EXECUTE 'SELECT count(*) FROM (SELECT FROM chunks c WHERE c.workspace_id = $1
                    AND c.dataset_id = ANY ($2) AND c.tsv @@ $3 LIMIT $4) AS found'
           INTO found USING tenant, datasets, word, common;
        CONTINUE WHEN found = 0;
        words := words || word;
        counts := counts || found;
        weights := weights || ln(1 + 100000.0 / found)::double precision;
    END LOOP;
    IF cardinality(words) = 0 THEN
        RETURN;
    END IF;
    -- The rarest words first, as long as they bring few thousand candidates together.
    SELECT string_agg(rare.term::text, ' | ')::tsquery INTO seekers
      FROM (SELECT w.term, w.n, sum(w.n) OVER (ORDER BY w.n, w.term::text) AS running
              FROM unnest(words, counts) AS w (term, n)) AS rare
     WHERE rare.n < common AND (rare.running <= 2 * common OR rare.running = rare.n);
    IF seekers IS NULL THEN
        -- Only common words: those chunks that hold all of them.
        SELECT string_agg(w::text, ' & ')::tsquery INTO seekers FROM unnest(words) AS w;
    END IF;
    -- NOT IN, which is hashed; <> ALL would be tried against every deleted document. The inner
    -- limit holds a question of common words, whose candidates nothing else bounds.
    RETURN QUERY EXECUTE '
        SELECT c.id, c.document_id, (SELECT sum(w.weight * ts_rank(c.tsv, w.word))
                        FROM unnest($5, $6) AS w (word, weight)) AS score
          FROM (SELECT k.id, k.document_id, k.tsv
                  FROM chunks k
                 WHERE k.workspace_id = $1
                   AND k.embedding_space_id = $9
                   AND k.dataset_id = ANY ($2)
                   AND k.tsv @@ $3
                   AND ($7 IS NULL OR k.tsv @@ $7)
                   AND k.document_id NOT IN (SELECT d.id FROM documents d
                            WHERE d.workspace_id = $1 AND d.dataset_id = ANY ($2)
                              AND d.deleted_at IS NOT NULL)
                   AND ($4 IS NULL OR k.document_id IN (SELECT d.id FROM documents d
                            WHERE d.workspace_id = $1 AND d.dataset_id = ANY ($2)
                              AND d.metadata @> $4))
                 LIMIT 5000) AS c
         ORDER BY score DESC, c.id
         LIMIT $8'
      USING tenant, datasets, seekers, filter, words, weights, must, take, space;
END
""",
    language="plpgsql",
    parallel="UNSAFE",
    security_definer=True,
    owner="neonhub_search",
    execute=("neonhub_app", "neonhub_readonly"),
    settings=("search_path TO 'public', 'pg_temp'",),
    rows=100,
)

KEEP_DOCUMENT_VERSION = Function(
    "keep_document_version",
    "",
    "trigger",
    """
BEGIN
    -- The update holds the document's row, so that no other takes the same number meanwhile.
    IF old.content IS DISTINCT FROM new.content THEN
        INSERT INTO document_versions (workspace_id, document_id, version, content, content_hash)
        SELECT old.workspace_id, old.id, coalesce(max(v.version), 0) + 1, old.content,
               coalesce(old.content_hash, encode(sha256(convert_to(old.content, 'UTF8')), 'hex'))
          FROM document_versions v
         WHERE v.workspace_id = old.workspace_id AND v.document_id = old.id;
    END IF;
    RETURN NULL;
END
""",
    language="plpgsql",
    volatility="VOLATILE",
    parallel="UNSAFE",
    settings=("search_path TO 'public', 'pg_temp'",),
)

FUNCTIONS = (SEARCH_CHUNKS_BY_TEXT, KEEP_DOCUMENT_VERSION)
