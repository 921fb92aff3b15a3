-- From 20240107000000_gpt5_merge_vector.py, sha256 9f6e90de9c214971d57c679be2e173e9423fa05285dd07e8621fb982f91698de: `python -m neonhub.ops.scripts` writes this.
BEGIN;

DO $$
DECLARE
    longest integer;
BEGIN
    SELECT max(vector_dims(embedding)) INTO longest FROM brand_voices;
    IF longest > 1536 THEN
        RAISE EXCEPTION 'brand_voices.embedding has vectors of % dimensions; 1536 are kept', longest
            USING HINT = 'Embed those rows again with a smaller model, or clear their vectors.';
    END IF;
END $$;

ALTER TABLE brand_voices ALTER COLUMN embedding TYPE vector(1536) USING CASE WHEN embedding IS NOT NULL THEN (embedding::real[] || array_fill(0::real, ARRAY[1536 - vector_dims(embedding)]))::vector(1536) END;

DO $$
DECLARE
    longest integer;
BEGIN
    SELECT max(vector_dims(embedding)) INTO longest FROM chunks;
    IF longest > 1536 THEN
        RAISE EXCEPTION 'chunks.embedding has vectors of % dimensions; 1536 are kept', longest
            USING HINT = 'Embed those rows again with a smaller model, or clear their vectors.';
    END IF;
END $$;

ALTER TABLE chunks ALTER COLUMN embedding TYPE vector(1536) USING CASE WHEN embedding IS NOT NULL THEN (embedding::real[] || array_fill(0::real, ARRAY[1536 - vector_dims(embedding)]))::vector(1536) END;

DO $$
DECLARE
    longest integer;
BEGIN
    SELECT max(vector_dims(embedding)) INTO longest FROM content;
    IF longest > 1536 THEN
        RAISE EXCEPTION 'content.embedding has vectors of % dimensions; 1536 are kept', longest
            USING HINT = 'Embed those rows again with a smaller model, or clear their vectors.';
    END IF;
END $$;

ALTER TABLE content ALTER COLUMN embedding TYPE vector(1536) USING CASE WHEN embedding IS NOT NULL THEN (embedding::real[] || array_fill(0::real, ARRAY[1536 - vector_dims(embedding)]))::vector(1536) END;

DO $$
DECLARE
    longest integer;
BEGIN
    SELECT max(vector_dims(embedding)) INTO longest FROM messages;
    IF longest > 1536 THEN
        RAISE EXCEPTION 'messages.embedding has vectors of % dimensions; 1536 are kept', longest
            USING HINT = 'Embed those rows again with a smaller model, or clear their vectors.';
    END IF;
END $$;

ALTER TABLE messages ALTER COLUMN embedding TYPE vector(1536) USING CASE WHEN embedding IS NOT NULL THEN (embedding::real[] || array_fill(0::real, ARRAY[1536 - vector_dims(embedding)]))::vector(1536) END;

CREATE INDEX brand_voices_embedding_cosine_idx ON brand_voices USING ivfflat (embedding vector_cosine_ops) WITH (lists = 100);

CREATE INDEX chunks_embedding_cosine_idx ON chunks USING ivfflat (embedding vector_cosine_ops) WITH (lists = 100);

CREATE INDEX messages_embedding_cosine_idx ON messages USING ivfflat (embedding vector_cosine_ops) WITH (lists = 100);

UPDATE neonhub.schema_migrations SET version_num='20240107000000_gpt5_merge_vector' WHERE neonhub.schema_migrations.version_num = '20240106000000_full_org_ai_vector_bootstrap';

COMMIT;
