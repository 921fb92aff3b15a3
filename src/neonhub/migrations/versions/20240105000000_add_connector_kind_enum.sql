-- From 20240105000000_add_connector_kind_enum.py, sha256 85df8a86f317bb2b041cf127e348bfa966915c7f4cf16642dcfbce17bbc8bbef: `python -m neonhub.ops.scripts` writes this.
BEGIN;

CREATE TYPE "ConnectorKind" AS ENUM ('EMAIL', 'SMS', 'WHATSAPP', 'REDDIT', 'INSTAGRAM', 'FACEBOOK', 'X', 'YOUTUBE', 'TIKTOK', 'GOOGLE_ADS', 'GOOGLE_SEARCH_CONSOLE', 'SHOPIFY', 'STRIPE', 'SLACK', 'DISCORD', 'LINKEDIN');

DO $$
DECLARE
    unknown text;
BEGIN
    SELECT string_agg(DISTINCT category, ', ') INTO unknown FROM connectors
     WHERE upper(translate(category, '- ', '__'))
           <> ALL (enum_range(NULL::"ConnectorKind")::text[]);
    IF unknown IS NOT NULL THEN
        RAISE EXCEPTION 'connectors have categories that are no kind of connector: %', unknown
            USING HINT = 'Set connectors.category to one of the kinds, then migrate again.';
    END IF;
END $$;

ALTER TABLE connectors ALTER COLUMN category TYPE "ConnectorKind" USING upper(translate(category, '- ', '__'))::"ConnectorKind";

ALTER TABLE connector_auths ADD COLUMN connector_kind "ConnectorKind";

ALTER TABLE connector_auths DISABLE TRIGGER USER;

UPDATE connector_auths a SET connector_kind = coalesce((SELECT c.category FROM connectors c WHERE c.id = a.connector_id), 'EMAIL');

ALTER TABLE connector_auths ENABLE TRIGGER USER;

ALTER TABLE connector_auths ALTER COLUMN connector_kind SET NOT NULL;

CREATE INDEX ix_connector_auths__connector_kind ON connector_auths (connector_kind);

UPDATE neonhub.schema_migrations SET version_num='20240105000000_add_connector_kind_enum' WHERE neonhub.schema_migrations.version_num = '20240104000000_add_agent_memory';

COMMIT;
