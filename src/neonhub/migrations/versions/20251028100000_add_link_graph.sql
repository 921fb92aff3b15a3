-- From 20251028100000_add_link_graph.py, sha256 0c7421b1ad24913bcf8e4d85d270a4403f25930379c887f35beef4ea83ec13f0: `python -m neonhub.ops.scripts` writes this.
BEGIN;

CREATE TYPE "LinkStatus" AS ENUM ('suggested', 'active', 'removed');

CREATE TABLE internal_links (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    from_url TEXT NOT NULL,
    to_url TEXT NOT NULL,
    anchor_text TEXT NOT NULL,
    context TEXT,
    similarity DOUBLE PRECISION,
    status "LinkStatus" DEFAULT 'suggested'::"LinkStatus" NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_internal_links PRIMARY KEY (workspace_id, id),
    CONSTRAINT fk_internal_links__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE,
    CONSTRAINT ux_internal_links__from_url__to_url UNIQUE (workspace_id, from_url, to_url)
);

CREATE INDEX ix_internal_links__status ON internal_links (workspace_id, status);

CREATE TABLE link_graph (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    workspace_id TEXT COLLATE "C" NOT NULL,
    source_content_id TEXT COLLATE "C" NOT NULL,
    target_content_id TEXT COLLATE "C" NOT NULL,
    anchor_text TEXT NOT NULL,
    similarity DOUBLE PRECISION,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_link_graph PRIMARY KEY (workspace_id, id),
    CONSTRAINT fk_link_graph__source_content_id FOREIGN KEY(workspace_id, source_content_id) REFERENCES content (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_link_graph__target_content_id FOREIGN KEY(workspace_id, target_content_id) REFERENCES content (workspace_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_link_graph__workspace_id FOREIGN KEY(workspace_id) REFERENCES workspaces (id) ON DELETE CASCADE,
    CONSTRAINT ux_link_graph__source__target__anchor_text UNIQUE (workspace_id, source_content_id, target_content_id, anchor_text)
);

CREATE INDEX ix_link_graph__target_content_id ON link_graph (workspace_id, target_content_id);

CREATE TRIGGER touch BEFORE UPDATE ON internal_links FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

CREATE TRIGGER touch BEFORE UPDATE ON link_graph FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

UPDATE neonhub.schema_migrations SET version_num='20251028100000_add_link_graph' WHERE neonhub.schema_migrations.version_num = '20251027000000_add_citext_keyword_unique';

COMMIT;
