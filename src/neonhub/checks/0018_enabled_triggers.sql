-- title: No trigger is switched off
-- severity: must
-- remedy: Switch it on again. References and append-only tables are kept by triggers; a restore
--   with --disable-triggers that was cut short leaves them off.
SELECT t.tgrelid::regclass::text,
       CASE WHEN t.tgisinternal THEN 'a trigger that keeps its references is off'
            ELSE 'its trigger ' || t.tgname || ' is off' END,
       'ALTER TABLE ' || t.tgrelid::regclass || ' ENABLE TRIGGER '
           || CASE WHEN t.tgisinternal THEN 'ALL' ELSE quote_ident(t.tgname) END
  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
 WHERE t.tgenabled IN ('D', 'R')
   AND c.relnamespace IN (to_regnamespace('public'), to_regnamespace('neonhub'))
 GROUP BY 1, 2, 3
 ORDER BY 1, 2
