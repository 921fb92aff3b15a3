-- title: The extensions that the platform stands on are installed
-- severity: must
-- remedy: Create the extension; where the server does not offer it, install its package first.
SELECT wanted,
       CASE WHEN a.name IS NULL THEN 'the server does not offer it' ELSE 'it is not installed' END,
       'CREATE EXTENSION IF NOT EXISTS ' || quote_ident(wanted) || ' SCHEMA public'
  FROM unnest(ARRAY['vector', 'citext', 'pg_trgm']) AS wanted
  LEFT JOIN pg_available_extensions a ON a.name = wanted
 WHERE NOT EXISTS (SELECT FROM pg_extension WHERE extname = wanted)
 ORDER BY 1
