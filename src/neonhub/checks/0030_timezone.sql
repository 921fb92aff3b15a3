-- title: Sessions count in UTC
-- severity: should
-- remedy: Set it for the database. Times are stored with their zone and are right either way; what
--   is shown, and where a day begins in SQL written by hand, is not.
SELECT 'timezone', 'sessions begin with ' || reset_val,
       'ALTER DATABASE ' || quote_ident(current_database()) || ' SET timezone = ''UTC'''
  FROM pg_settings
 WHERE name = 'TimeZone'
   AND upper(reset_val) NOT IN ('UTC', 'ETC/UTC', 'GMT', 'ETC/GMT', 'UCT', 'ZULU', 'ETC/ZULU')
