-- From 20240104000000_add_agent_memory.py, sha256 db9cd23f5cdfa448ca9b15fb3b6e4e1464fbd701badaa490bd516f48203ae10f: `python -m neonhub.ops.scripts` writes this.
BEGIN;

CREATE TABLE agent_memories (
    id TEXT COLLATE "C" DEFAULT neonhub.cuid() NOT NULL,
    agent TEXT NOT NULL,
    key TEXT NOT NULL,
    content TEXT NOT NULL,
    metadata JSONB,
    embedding VECTOR(1536),
    expires_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_agent_memories PRIMARY KEY (id),
    CONSTRAINT ux_agent_memories__agent__key UNIQUE (agent, key)
);

CREATE INDEX agent_memories_embedding_idx ON agent_memories USING ivfflat (embedding vector_cosine_ops) WITH (lists = 100);

CREATE TRIGGER touch BEFORE UPDATE ON agent_memories FOR EACH ROW EXECUTE FUNCTION neonhub.touch_updated_at();

ALTER TABLE agent_memories ALTER COLUMN embedding SET STORAGE EXTERNAL;

UPDATE neonhub.schema_migrations SET version_num='20240104000000_add_agent_memory' WHERE neonhub.schema_migrations.version_num = '20240103000000_realign_schema';

COMMIT;
