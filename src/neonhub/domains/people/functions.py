"""The people domain's functions: finding people by a part of their name.

Trigram operators are not leakproof, so under row-level security they would only filter after the
policy. This runs as ``neonhub_search``, which the policies let read, and names the tenant itself:
the one in the transaction's setting, and no other.
"""

from __future__ import annotations

from neonhub.db.nearest import VectorSearch
from neonhub.db.policies import Function

__all__ = ["FUNCTIONS", "VECTOR_SEARCHES"]

# What has been replaced by a later memory is history, not an answer.
_CURRENT = """(c.expires_at IS NULL OR c.expires_at > now())
                   AND c.superseded_by_id IS NULL"""

VECTOR_SEARCHES = (VectorSearch("mem_embeddings", "c.text", "person_id", live=_CURRENT),)

SEARCH_PEOPLE_BY_NAME = Function(
    "search_people_by_name",
    "query text, take integer",
    "TABLE(id text, display_name text, score double precision)",
    """
SELECT p.id, p.display_name, word_similarity(left(query, 200), p.display_name)::double precision
  FROM people p
 WHERE p.workspace_id = neonhub.current_workspace()
   AND p.deleted_at IS NULL AND p.merged_into_id IS NULL
   AND p.display_name %> left(query, 200)
 ORDER BY 3 DESC, p.id
 LIMIT greatest(0, least(take, 200))
""",
    security_definer=True,
    owner="neonhub_search",
    execute=("neonhub_app", "neonhub_readonly"),
    settings=("search_path TO 'public', 'pg_temp'",),
    rows=20,
)

FUNCTIONS = (SEARCH_PEOPLE_BY_NAME,)
