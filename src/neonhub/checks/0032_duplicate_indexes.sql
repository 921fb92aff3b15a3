-- title: No index is there twice
-- severity: should
-- remedy: Drop the second: it costs every write and serves no query that the first does not. One
--   that a constraint needs is the one that is kept.
-- Of two that are alike the one to keep: what a constraint needs, then what is unique, then the
-- name that the migrations give (ix_, uq_, pk_), then the older.
WITH described AS (
    SELECT i.indexrelid, i.indrelid, i.indisunique,
           EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid
                      AND k.contype IN ('p', 'u', 'x')) AS needed,
           c.relname ~ '^(ix|uq|pk)_' AS named,
           concat_ws(' ', i.indkey, i.indclass, i.indcollation, i.indoption, c.relam,
                     CASE WHEN i.indnullsnotdistinct THEN 'n' END, i.indnkeyatts,
                     pg_get_expr(i.indexprs, i.indrelid),
                     '|', pg_get_expr(i.indpred, i.indrelid)) AS form
      FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
     WHERE c.relnamespace = to_regnamespace('public') AND c.relkind = 'i' AND i.indisvalid
       AND NOT EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = i.indexrelid)
), placed AS (
    SELECT *, row_number() OVER same AS place, first_value(indexrelid) OVER same AS first
      FROM described
    WINDOW same AS (PARTITION BY indrelid, form
                    ORDER BY needed DESC, indisunique DESC, named DESC, indexrelid)
)
SELECT indexrelid::regclass::text,
       'it indexes the same as ' || first::regclass || ' on ' || indrelid::regclass,
       'DROP INDEX CONCURRENTLY ' || indexrelid::regclass
  FROM placed
 WHERE place > 1 AND NOT needed
   -- A unique one beside a plain one keeps what the plain one does not.
   AND (NOT indisunique OR (SELECT d.indisunique FROM described d WHERE d.indexrelid = first))
 ORDER BY 1
