-- From 20251028110000_add_seo_metrics.py, sha256 bf4474eaa74f385e6de8bd8cee5aebad1414747aa2937cbfad503d140435db97: `python -m neonhub.ops.scripts` writes this.
BEGIN;

CREATE TYPE "DeviceKind" AS ENUM ('desktop', 'mobile', 'tablet');

CREATE TABLE seo_metrics (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    content_id TEXT COLLATE "C",
    url TEXT NOT NULL,
    keyword CITEXT,
    impressions INTEGER DEFAULT 0 NOT NULL,
    clicks INTEGER DEFAULT 0 NOT NULL,
    ctr DOUBLE PRECISION GENERATED ALWAYS AS (CASE WHEN impressions > 0 THEN clicks::double precision / impressions::double precision ELSE 0 END) STORED NOT NULL,
    position DOUBLE PRECISION NOT NULL,
    date DATE NOT NULL,
    title TEXT,
    description TEXT,
    country TEXT,
    device "DeviceKind",
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_seo_metrics PRIMARY KEY (workspace_id, id),
    CONSTRAINT fk_seo_metrics__content_id FOREIGN KEY(workspace_id, content_id) REFERENCES content (workspace_id, id) ON DELETE SET NULL (content_id),
    CONSTRAINT fk_seo_metrics__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE,
    CONSTRAINT ux_seo_metrics__url__keyword__date__country__device UNIQUE NULLS NOT DISTINCT (workspace_id, url, keyword, date, country, device)
);

CREATE INDEX ix_seo_metrics__content_id ON seo_metrics (workspace_id, content_id);

CREATE INDEX ix_seo_metrics__date ON seo_metrics (workspace_id, date);

CREATE INDEX ix_seo_metrics__keyword__date ON seo_metrics (workspace_id, keyword, date);

CREATE INDEX ix_seo_metrics__url__date ON seo_metrics (workspace_id, url, date);

UPDATE neonhub.schema_migrations SET version_num='20251028110000_add_seo_metrics' WHERE neonhub.schema_migrations.version_num = '20251028100000_add_link_graph';

COMMIT;
