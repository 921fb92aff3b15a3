-- title: Text is UTF-8
-- severity: must
-- remedy: Make a database with ENCODING 'UTF8' and restore into it: an encoding cannot be changed.
SELECT datname::text, 'its encoding is ' || pg_encoding_to_char(encoding),
       'CREATE DATABASE ' || quote_ident(datname || '_utf8')
           || ' OWNER neonhub_owner TEMPLATE template0 ENCODING ''UTF8'''
  FROM pg_database
 WHERE datname = current_database() AND pg_encoding_to_char(encoding) <> 'UTF8'
