"""Version 3: the rest of the model, partitions, sign bits, rules that the database keeps."""

# The operations on policies, grants and functions are added to op at run time.
# mypy: disable-error-code="attr-defined"

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import BIT, VECTOR
from sqlalchemy.dialects import postgresql

from neonhub.db.policies import ColumnStorage, Entity, Enumeration, Function, Trigger

revision = "20251117000000_v3_data_model"
down_revision = "20251101093000_add_agentic_models"
branch_labels = None
depends_on = None

ID = sa.Text(collation="C")
INSTANT = sa.DateTime(timezone=True)
JSON = postgresql.JSONB(none_as_null=True)
MONEY = sa.Numeric(precision=18, scale=4)
CUID = sa.text("neonhub.cuid()")
NOW = sa.text("now()")
MONTHLY = ("metric_events", "audit_logs")
COLUMNS = {
    "metric_events": 'id, workspace_id, kind, metadata, "timestamp"',
    "audit_logs": (
        "id, organization_id, user_id, actor_type, action, resource_id, "
        "resource_type, request_hash, metadata, ip, created_at, workspace_id, seq, "
        "prev_hash, hash, user_agent"
    ),
}
BEFORE_TABLES: tuple[Entity, ...] = (
    Enumeration(name="AnalysisKind", labels=("readability", "seo", "tone", "brand_voice")),
    Enumeration(name="Granularity", labels=("hour", "day", "week", "month")),
    Enumeration(name="InvitationStatus", labels=("pending", "accepted", "revoked", "expired")),
    Enumeration(
        name="KeywordIntent",
        labels=("informational", "navigational", "transactional", "commercial"),
    ),
    Function(
        name="refuse_change",
        arguments="",
        returns="trigger",
        body="""
BEGIN
    -- What follows from the end of a row that this one refers to (a person who is erased, a
    -- workspace that is deleted) comes from within the reference's own trigger: it may.
    IF pg_trigger_depth() > 1 THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME
        USING ERRCODE = 'NH001', TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
END
""",
        language="plpgsql",
        volatility="VOLATILE",
        parallel="UNSAFE",
    ),
    Function(
        name="set_duration",
        arguments="",
        returns="trigger",
        body="""
BEGIN
    IF NEW.completed_at IS NOT NULL AND NEW.started_at IS NOT NULL THEN
        -- An integer of milliseconds ends after 24 days.
        NEW.duration_ms := least(2147483647,
            round(extract(epoch FROM NEW.completed_at - NEW.started_at) * 1000));
    END IF;
    RETURN NEW;
END
""",
        language="plpgsql",
        volatility="VOLATILE",
        parallel="UNSAFE",
    ),
    Function(
        name="mirror_guards",
        arguments="",
        returns="void",
        body="""
DECLARE
    part record;
    rule record;
BEGIN
    FOR part IN
        SELECT c.oid::regclass AS name, t.oid::regclass AS of, t.oid AS parent,
               t.relrowsecurity AS enabled, t.relforcerowsecurity AS forced,
               has_table_privilege('neonhub_backup', t.oid, 'SELECT') AS saved
          FROM pg_inherits i
          JOIN pg_class c ON c.oid = i.inhrelid
          JOIN pg_class t ON t.oid = i.inhparent
         WHERE c.relispartition AND c.relkind = 'r' AND t.relkind = 'p'
           AND t.relnamespace = 'public'::regnamespace
         ORDER BY 1
    LOOP
        EXECUTE format('ALTER TABLE %s %s ROW LEVEL SECURITY, %s ROW LEVEL SECURITY', part.name,
                       CASE WHEN part.enabled THEN 'ENABLE' ELSE 'DISABLE' END,
                       CASE WHEN part.forced THEN 'FORCE' ELSE 'NO FORCE' END);
        FOR rule IN SELECT p.polname FROM pg_policy p WHERE p.polrelid = part.name LOOP
            EXECUTE format('DROP POLICY %I ON %s', rule.polname, part.name);
        END LOOP;
        FOR rule IN
            SELECT p.polname, p.polpermissive,
                   CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT'
                                 WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL'
                   END AS command,
                   (SELECT string_agg(coalesce(quote_ident(r.rolname), 'PUBLIC'), ', ')
                      FROM unnest(p.polroles) AS member
                      LEFT JOIN pg_roles r ON r.oid = member) AS roles,
                   pg_get_expr(p.polqual, p.polrelid) AS reads,
                   pg_get_expr(p.polwithcheck, p.polrelid) AS writes
              FROM pg_policy p WHERE p.polrelid = part.parent
        LOOP
            EXECUTE format('CREATE POLICY %I ON %s AS %s FOR %s TO %s', rule.polname, part.name,
                           CASE WHEN rule.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
                           rule.command, rule.roles)
                    || coalesce(' USING (' || rule.reads || ')', '')
                    || coalesce(' WITH CHECK (' || rule.writes || ')', '');
        END LOOP;
        EXECUTE format('REVOKE ALL ON %s FROM PUBLIC, neonhub_app, neonhub_auth, neonhub_readonly, '
                       'neonhub_maintenance, neonhub_search, neonhub_backup', part.name);
        IF part.saved THEN
            EXECUTE format('GRANT SELECT ON %s TO neonhub_backup', part.name);
        END IF;
    END LOOP;
END
""",
        language="plpgsql",
        volatility="VOLATILE",
        parallel="UNSAFE",
        security_definer=True,
        execute=(),
        settings=("search_path TO 'public', 'pg_temp'",),
    ),
    Function(
        name="ensure_partitions",
        arguments="ahead integer DEFAULT 3, behind integer DEFAULT 2",
        returns="SETOF text",
        body="""
DECLARE
    parent record;
    month timestamptz;
    made text;
    spare text;
    stray boolean;
BEGIN
    -- One at a time: two would make the same partition.
    PERFORM pg_advisory_xact_lock(7236002);
    FOR parent IN
        SELECT c.oid, c.relname, a.attname AS column_name
          FROM pg_partitioned_table p
          JOIN pg_class c ON c.oid = p.partrelid
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = p.partattrs[0]
         WHERE c.relnamespace = 'public'::regnamespace AND p.partstrat = 'r'
         ORDER BY c.relname
    LOOP
        spare := parent.relname || '_default';
        IF to_regclass(spare) IS NULL THEN
            EXECUTE format('CREATE TABLE %I PARTITION OF %I DEFAULT', spare, parent.relname);
            RETURN NEXT spare;
        END IF;
        FOR month IN
            SELECT (date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => m))
                       AT TIME ZONE 'UTC'
              FROM generate_series(-behind, ahead) AS m
        LOOP
            made := parent.relname || to_char(month AT TIME ZONE 'UTC', '_YYYY_MM');
            CONTINUE WHEN to_regclass(made) IS NOT NULL;
            EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS '
                           'INCLUDING GENERATED INCLUDING STORAGE)', made, parent.relname);
            -- Rows of the month that came before their partition lie in the default one. Its
            -- owner sees them while row security is not forced; the lock keeps all others out.
            EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', spare);
            EXECUTE format('ALTER TABLE %I NO FORCE ROW LEVEL SECURITY, DISABLE TRIGGER USER',
                           spare);
            EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE %I >= $1 AND %2$I < $2)',
                           spare, parent.column_name)
               INTO stray USING month, month + interval '1 month';
            IF stray THEN
                EXECUTE format('CREATE TABLE neonhub.moved (LIKE %I)', parent.relname);
                EXECUTE format('WITH gone AS (DELETE FROM %I WHERE %I >= $1 AND %2$I < $2 '
                               'RETURNING *) INSERT INTO neonhub.moved SELECT * FROM gone',
                               spare, parent.column_name)
                  USING month, month + interval '1 month';
            END IF;
            EXECUTE format('ALTER TABLE %I ENABLE TRIGGER USER', spare);
            EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                           parent.relname, made, month, month + interval '1 month');
            IF stray THEN
                -- Not before: to attach a table with rows checks its references as the owner, whom
                -- the forced policies of the tables referred to let see nothing.
                EXECUTE format('INSERT INTO %I SELECT * FROM neonhub.moved', made);
                DROP TABLE neonhub.moved;
            END IF;
            RETURN NEXT made;
        END LOOP;
    END LOOP;
    PERFORM neonhub.mirror_guards();
END
""",
        language="plpgsql",
        volatility="VOLATILE",
        parallel="UNSAFE",
        security_definer=True,
        execute=("neonhub_maintenance",),
        settings=("search_path TO 'public', 'pg_temp'", "TimeZone TO 'UTC'"),
    ),
    Function(
        name="keep_document_version",
        arguments="",
        returns="trigger",
        body="""
BEGIN
    -- The update holds the document's row, so that no other takes the same number meanwhile.
    IF old.content IS DISTINCT FROM new.content THEN
        INSERT INTO document_versions (workspace_id, document_id, version, content, content_hash)
        SELECT old.workspace_id, old.id, coalesce(max(v.version), 0) + 1, old.content,
               coalesce(old.content_hash, encode(sha256(convert_to(old.content, 'UTF8')), 'hex'))
          FROM document_versions v
         WHERE v.workspace_id = old.workspace_id AND v.document_id = old.id;
    END IF;
    RETURN NULL;
END
""",
        language="plpgsql",
        volatility="VOLATILE",
        parallel="UNSAFE",
        settings=("search_path TO 'public', 'pg_temp'",),
    ),
)
TOUCHED = (
    "invitations",
    "workspace_members",
    "brand_voice_embeddings",
    "brand_voice_guides",
    "agent_metrics",
    "document_versions",
    "content_analyses",
    "content_versions",
    "keyword_clusters",
    "keyword_research",
    "marketing_campaign_performance",
    "connector_instances",
    "oauth_tokens",
    "analytics_summaries",
)
AFTER_TABLES: tuple[Entity, ...] = (
    ColumnStorage(table="brand_voice_embeddings", column="embedding", storage="EXTERNAL"),
    ColumnStorage(table="brand_voice_embeddings", column="embedding_bits", storage="PLAIN"),
    ColumnStorage(table="brand_voices", column="embedding_bits", storage="PLAIN"),
    ColumnStorage(table="agent_memories", column="embedding_bits", storage="PLAIN"),
    Trigger(
        table="agent_runs",
        name="set_duration",
        timing="BEFORE INSERT OR UPDATE",
        function="neonhub.set_duration",
    ),
    Trigger(
        table="run_steps",
        name="set_duration",
        timing="BEFORE INSERT OR UPDATE",
        function="neonhub.set_duration",
    ),
    Trigger(
        table="tool_executions",
        name="set_duration",
        timing="BEFORE INSERT OR UPDATE",
        function="neonhub.set_duration",
    ),
    ColumnStorage(table="chunks", column="embedding_bits", storage="PLAIN"),
    Trigger(
        table="documents",
        name="keep_version",
        timing="AFTER UPDATE OF content",
        function="neonhub.keep_document_version",
    ),
    ColumnStorage(table="messages", column="embedding_bits", storage="PLAIN"),
    ColumnStorage(table="mem_embeddings", column="embedding_bits", storage="PLAIN"),
    Trigger(
        table="person_consents",
        name="append_only",
        timing="BEFORE DELETE OR UPDATE",
        function="neonhub.refuse_change",
    ),
    ColumnStorage(table="content", column="embedding_bits", storage="PLAIN"),
    Trigger(
        table="content_versions",
        name="append_only",
        timing="BEFORE DELETE OR UPDATE",
        function="neonhub.refuse_change",
    ),
    ColumnStorage(table="keyword_clusters", column="centroid", storage="EXTERNAL"),
    Trigger(
        table="budget_ledger",
        name="append_only",
        timing="BEFORE DELETE OR UPDATE",
        function="neonhub.refuse_change",
    ),
    Trigger(
        table="budget_transactions",
        name="append_only",
        timing="BEFORE DELETE OR UPDATE",
        function="neonhub.refuse_change",
    ),
    Trigger(
        table="audit_logs",
        name="append_only",
        timing="BEFORE DELETE OR UPDATE",
        function="neonhub.refuse_change",
    ),
)
# Rules of tables that stay.
RULES = (
    ("agent_runs", "set_duration"),
    ("run_steps", "set_duration"),
    ("tool_executions", "set_duration"),
    ("documents", "keep_version"),
    ("person_consents", "append_only"),
    ("budget_ledger", "append_only"),
    ("budget_transactions", "append_only"),
    ("audit_logs", "append_only"),
)
# As they are made; on the way back the other way round.
TABLES = (
    "analytics_summaries",
    "invitations",
    "workspace_members",
    "agent_metrics",
    "brand_voice_guides",
    "keyword_clusters",
    "oauth_tokens",
    "brand_voice_embeddings",
    "connector_instances",
    "keyword_research",
    "marketing_campaign_performance",
    "content_analyses",
    "content_versions",
    "document_versions",
)


def enum(name: str) -> postgresql.ENUM:
    """The type of that name, made before."""
    return postgresql.ENUM(name=name, create_type=False)


def reference(
    table: str, column: str, target: str, on_delete: str, tenant: str | None = None
) -> sa.ForeignKeyConstraint:
    """A foreign key; with ``tenant``, that column is part of it."""
    if tenant and on_delete == "SET NULL":
        on_delete = f"SET NULL ({column})"
    return sa.ForeignKeyConstraint(
        [tenant, column] if tenant else [column],
        [f"{target}.{tenant}", f"{target}.id"] if tenant else [f"{target}.id"],
        name=f"fk_{table}__{column}",
        ondelete=on_delete,
    )


def ratio(part: str, whole: str) -> str:
    """0 where there is nothing to divide by."""
    return (
        f"CASE WHEN {whole} > 0 THEN {part}::double precision / {whole}::double precision "
        "ELSE 0 END"
    )


def part_by_month() -> None:
    """The tables as they were wait in another schema, which leaves all their names free."""
    for table in MONTHLY:
        op.execute(f"ALTER TABLE {table} SET SCHEMA neonhub")
    metric_events_by_month()
    audit_logs_by_month()


def metric_events_by_month() -> None:
    op.create_table(
        "metric_events",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("metadata", JSON, nullable=False),
        sa.Column("timestamp", INSTANT, server_default=NOW, nullable=False),
        reference("metric_events", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", "timestamp", name="pk_metric_events"),
        postgresql_partition_by="RANGE (timestamp)",
    )


def audit_logs_by_month() -> None:
    op.create_table(
        "audit_logs",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("user_id", ID),
        sa.Column("actor_type", enum("ActorType")),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("resource_id", sa.Text()),
        sa.Column("resource_type", sa.Text()),
        sa.Column("request_hash", sa.Text()),
        sa.Column("metadata", JSON),
        sa.Column("ip", postgresql.INET()),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("workspace_id", ID),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("prev_hash", sa.LargeBinary()),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_agent", sa.Text()),
        sa.PrimaryKeyConstraint("organization_id", "id", "created_at", name="pk_audit_logs"),
        postgresql_partition_by="RANGE (created_at)",
    )


def whole_again() -> None:
    for table in MONTHLY:
        op.drop_table(table)
        op.execute(f"ALTER TABLE neonhub.{table} SET SCHEMA public")
    op.create_foreign_key(
        "fk_metric_events__workspace_id",
        "metric_events",
        "workspaces",
        ["workspace_id"],
        ["id"],
        ondelete="CASCADE",
    )
    op.create_index(
        "ix_metric_events__kind__timestamp", "metric_events", ["workspace_id", "kind", "timestamp"]
    )
    op.create_index(
        "ix_metric_events__metadata",
        "metric_events",
        ["metadata"],
        postgresql_using="gin",
        postgresql_ops={"metadata": "jsonb_path_ops"},
    )
    op.create_index("ix_audit_logs__action", "audit_logs", ["action"])
    op.create_index("ix_audit_logs__created_at", "audit_logs", ["organization_id", "created_at"])
    op.create_index("ix_audit_logs__user_id__created_at", "audit_logs", ["user_id", "created_at"])


def analytics_summaries() -> None:
    op.create_table(
        "analytics_summaries",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("granularity", enum("Granularity"), nullable=False),
        sa.Column("period_start", INSTANT, nullable=False),
        sa.Column("count", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("value_sum", sa.Double(), server_default=sa.text("0"), nullable=False),
        sa.Column("dimensions", JSON, server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        reference("analytics_summaries", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_analytics_summaries"),
        sa.UniqueConstraint(
            "workspace_id",
            "kind",
            "granularity",
            "period_start",
            "dimensions",
            name="ux_analytics_summaries__kind__period__dimensions",
        ),
    )


def invitations() -> None:
    op.create_table(
        "invitations",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("workspace_id", ID),
        sa.Column("email", postgresql.CITEXT(), nullable=False),
        sa.Column("role_id", ID),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("invited_by_id", ID),
        sa.Column(
            "status",
            enum("InvitationStatus"),
            server_default=sa.text("'pending'::\"InvitationStatus\""),
            nullable=False,
        ),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("accepted_at", INSTANT),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        reference("invitations", "invited_by_id", "users", "SET NULL"),
        reference("invitations", "role_id", "organization_roles", "SET NULL", "organization_id"),
        reference("invitations", "workspace_id", "workspaces", "CASCADE", "organization_id"),
        reference("invitations", "organization_id", "organizations", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_invitations"),
        sa.UniqueConstraint("token_hash", name="ux_invitations__token_hash"),
    )
    op.create_index("ix_invitations__email", "invitations", ["email"])
    op.create_index("ix_invitations__id", "invitations", ["organization_id", "id"])
    op.create_index("ix_invitations__invited_by_id", "invitations", ["invited_by_id"])
    op.create_index("ix_invitations__role_id", "invitations", ["organization_id", "role_id"])
    op.create_index("ix_invitations__status", "invitations", ["organization_id", "status"])
    op.create_index(
        "ix_invitations__workspace_id", "invitations", ["organization_id", "workspace_id"]
    )


def workspace_members() -> None:
    op.create_table(
        "workspace_members",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("role", sa.Text(), server_default=sa.text("'member'::text"), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'active'::text"), nullable=False),
        sa.Column("joined_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        reference("workspace_members", "user_id", "users", "CASCADE"),
        reference("workspace_members", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_workspace_members"),
        sa.UniqueConstraint("workspace_id", "user_id", name="ux_workspace_members__user_id"),
    )
    op.create_index("ix_workspace_members__user_id", "workspace_members", ["user_id"])


def agent_metrics() -> None:
    op.create_table(
        "agent_metrics",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("agent_id", ID, nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("total_runs", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("successful_runs", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("failed_runs", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("avg_duration", sa.Double()),
        sa.Column("p95_duration", sa.Double()),
        sa.Column("total_tokens", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("total_cost", MONEY, server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        reference("agent_metrics", "agent_id", "agents", "CASCADE", "workspace_id"),
        reference("agent_metrics", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_agent_metrics"),
        sa.UniqueConstraint(
            "workspace_id", "agent_id", "date", name="ux_agent_metrics__agent_id__date"
        ),
    )


def brand_voice_guides() -> None:
    op.create_table(
        "brand_voice_guides",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("brand_id", ID),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("deleted_at", INSTANT),
        reference("brand_voice_guides", "brand_id", "brands", "CASCADE", "workspace_id"),
        reference("brand_voice_guides", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_brand_voice_guides"),
    )
    op.create_index(
        "ix_brand_voice_guides__brand_id", "brand_voice_guides", ["workspace_id", "brand_id"]
    )
    op.create_index(
        "ux_brand_voice_guides__name",
        "brand_voice_guides",
        ["workspace_id", "name"],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )


def keyword_clusters() -> None:
    op.create_table(
        "keyword_clusters",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("pillar_keyword", postgresql.CITEXT()),
        sa.Column("intent", enum("KeywordIntent")),
        sa.Column("centroid", VECTOR(dim=1536)),
        sa.Column("embedding_space_id", ID),
        sa.Column("metadata", JSON),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        reference(
            "keyword_clusters", "embedding_space_id", "embedding_spaces", "RESTRICT", "workspace_id"
        ),
        reference("keyword_clusters", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_keyword_clusters"),
        sa.UniqueConstraint("workspace_id", "name", name="ux_keyword_clusters__name"),
    )
    op.create_index(
        "ix_keyword_clusters__embedding_space_id",
        "keyword_clusters",
        ["workspace_id", "embedding_space_id"],
    )


def oauth_tokens() -> None:
    op.create_table(
        "oauth_tokens",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("connector_auth_id", ID),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text()),
        sa.Column("access_token", sa.Text(), nullable=False),
        sa.Column("refresh_token", sa.Text()),
        sa.Column("token_type", sa.Text()),
        sa.Column("scope", sa.Text()),
        sa.Column("expires_at", INSTANT),
        sa.Column("status", sa.Text(), server_default=sa.text("'active'::text"), nullable=False),
        sa.Column("last_refreshed_at", INSTANT),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        reference(
            "oauth_tokens", "connector_auth_id", "connector_auths", "CASCADE", "workspace_id"
        ),
        reference("oauth_tokens", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_oauth_tokens"),
    )
    op.create_index(
        "ix_oauth_tokens__connector_auth_id", "oauth_tokens", ["workspace_id", "connector_auth_id"]
    )
    op.create_index("ix_oauth_tokens__expires_at", "oauth_tokens", ["workspace_id", "expires_at"])


def brand_voice_embeddings() -> None:
    op.create_table(
        "brand_voice_embeddings",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("guide_id", ID, nullable=False),
        sa.Column("embedding_space_id", ID, nullable=False),
        sa.Column("idx", sa.Integer(), nullable=False),
        sa.Column("chunk", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("embedding", VECTOR(dim=1536)),
        sa.Column(
            "embedding_bits",
            BIT(length=1536),
            sa.Computed("(binary_quantize(embedding))::bit(1536)", persisted=True),
        ),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        reference(
            "brand_voice_embeddings",
            "embedding_space_id",
            "embedding_spaces",
            "RESTRICT",
            "workspace_id",
        ),
        reference(
            "brand_voice_embeddings", "guide_id", "brand_voice_guides", "CASCADE", "workspace_id"
        ),
        reference("brand_voice_embeddings", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_brand_voice_embeddings"),
        sa.UniqueConstraint(
            "workspace_id", "guide_id", "idx", name="ux_brand_voice_embeddings__guide_id__idx"
        ),
    )
    op.create_index(
        "brand_voice_embeddings_embedding_cosine_idx",
        "brand_voice_embeddings",
        ["workspace_id", "embedding_space_id", "guide_id"],
        postgresql_include=["id", "embedding_bits"],
    )


def connector_instances() -> None:
    op.create_table(
        "connector_instances",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("connector_id", ID, nullable=False),
        sa.Column("credential_id", ID),
        sa.Column("name", sa.Text()),
        sa.Column("enabled", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("config", JSON),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("deleted_at", INSTANT),
        reference("connector_instances", "connector_id", "connectors", "CASCADE"),
        reference(
            "connector_instances", "credential_id", "oauth_tokens", "SET NULL", "workspace_id"
        ),
        reference("connector_instances", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_connector_instances"),
    )
    op.create_index(
        "ix_connector_instances__connector_id",
        "connector_instances",
        ["workspace_id", "connector_id"],
    )
    op.create_index(
        "ix_connector_instances__connector_id__alone", "connector_instances", ["connector_id"]
    )
    op.create_index(
        "ix_connector_instances__credential_id",
        "connector_instances",
        ["workspace_id", "credential_id"],
    )


def keyword_research() -> None:
    op.create_table(
        "keyword_research",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("keyword", postgresql.CITEXT(), nullable=False),
        sa.Column(
            "keyword_folded",
            sa.Text(),
            sa.Computed("lower((keyword)::text)", persisted=True),
            nullable=False,
        ),
        sa.Column("search_volume", sa.Integer()),
        sa.Column("competition", sa.Double()),
        sa.Column("cpc", MONEY),
        sa.Column("intent", enum("KeywordIntent")),
        sa.Column("difficulty", sa.Double()),
        sa.Column("cluster_id", ID),
        sa.Column("source", sa.Text()),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        reference("keyword_research", "cluster_id", "keyword_clusters", "SET NULL", "workspace_id"),
        reference("keyword_research", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_keyword_research"),
        sa.UniqueConstraint("workspace_id", "keyword", name="ux_keyword_research__keyword"),
    )
    op.create_index(
        "ix_keyword_research__cluster_id", "keyword_research", ["workspace_id", "cluster_id"]
    )
    op.create_index(
        "ix_keyword_research__keyword_folded",
        "keyword_research",
        ["workspace_id", "keyword_folded"],
    )


def marketing_campaign_performance() -> None:
    op.create_table(
        "marketing_campaign_performance",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("campaign_id", ID, nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("channel", sa.Text(), server_default=sa.text("'all'::text"), nullable=False),
        sa.Column("impressions", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("clicks", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("conversions", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("spend", MONEY, server_default=sa.text("0"), nullable=False),
        sa.Column("revenue", MONEY, server_default=sa.text("0"), nullable=False),
        sa.Column(
            "ctr",
            sa.Double(),
            sa.Computed(ratio("clicks", "impressions"), persisted=True),
            nullable=False,
        ),
        sa.Column(
            "cpc",
            sa.Double(),
            sa.Computed(ratio("spend", "clicks"), persisted=True),
            nullable=False,
        ),
        sa.Column(
            "cpa",
            sa.Double(),
            sa.Computed(ratio("spend", "conversions"), persisted=True),
            nullable=False,
        ),
        sa.Column(
            "roas",
            sa.Double(),
            sa.Computed(ratio("revenue", "spend"), persisted=True),
            nullable=False,
        ),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        reference(
            "marketing_campaign_performance",
            "campaign_id",
            "marketing_campaigns",
            "CASCADE",
            "workspace_id",
        ),
        reference("marketing_campaign_performance", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_marketing_campaign_performance"),
        sa.UniqueConstraint(
            "workspace_id",
            "campaign_id",
            "date",
            "channel",
            name="ux_marketing_campaign_performance__campaign_id__date__channel",
        ),
    )


def content_analyses() -> None:
    op.create_table(
        "content_analyses",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("draft_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", enum("AnalysisKind"), nullable=False),
        sa.Column("score", sa.Double()),
        sa.Column("findings", JSON, nullable=False),
        sa.Column("model", sa.Text()),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        reference("content_analyses", "draft_id", "content_drafts", "CASCADE", "workspace_id"),
        reference("content_analyses", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_content_analyses"),
    )
    op.create_index(
        "ix_content_analyses__draft_id__kind__created_at",
        "content_analyses",
        ["workspace_id", "draft_id", "kind", "created_at"],
    )


def content_versions() -> None:
    op.create_table(
        "content_versions",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("draft_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("title", sa.Text()),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("changes", sa.Text()),
        sa.Column("created_by_id", ID),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        reference("content_versions", "created_by_id", "users", "SET NULL"),
        reference("content_versions", "draft_id", "content_drafts", "CASCADE", "workspace_id"),
        reference("content_versions", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_content_versions"),
        sa.UniqueConstraint(
            "workspace_id", "draft_id", "version", name="ux_content_versions__draft_id__version"
        ),
    )
    op.create_index("ix_content_versions__created_by_id", "content_versions", ["created_by_id"])


def document_versions() -> None:
    op.create_table(
        "document_versions",
        sa.Column("id", ID, server_default=CUID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("document_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("created_by_id", ID),
        sa.Column("created_at", INSTANT, server_default=NOW, nullable=False),
        sa.Column("updated_at", INSTANT, server_default=NOW, nullable=False),
        reference("document_versions", "created_by_id", "users", "SET NULL"),
        reference("document_versions", "document_id", "documents", "CASCADE", "workspace_id"),
        reference("document_versions", "workspace_id", "workspaces", "CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_document_versions"),
        sa.UniqueConstraint(
            "workspace_id",
            "document_id",
            "version",
            name="ux_document_versions__document_id__version",
        ),
    )
    op.create_index("ix_document_versions__created_by_id", "document_versions", ["created_by_id"])


def change_agent_jobs() -> None:
    op.add_column("agent_jobs", sa.Column("run_after", INSTANT, server_default=NOW, nullable=False))
    op.add_column(
        "agent_jobs",
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
    )
    op.add_column(
        "agent_jobs",
        sa.Column("max_attempts", sa.Integer(), server_default=sa.text("5"), nullable=False),
    )
    op.add_column("agent_jobs", sa.Column("locked_by", sa.Text()))
    op.add_column("agent_jobs", sa.Column("locked_at", INSTANT))
    op.add_column(
        "agent_jobs",
        sa.Column("priority", sa.Integer(), server_default=sa.text("0"), nullable=False),
    )


def change_agent_memories() -> None:
    op.add_column(
        "agent_memories",
        sa.Column(
            "embedding_bits",
            BIT(length=1536),
            sa.Computed("(binary_quantize(embedding))::bit(1536)", persisted=True),
        ),
    )
    op.drop_index("ix_agent_memories__embedding_space_id", table_name="agent_memories")
    op.drop_index(
        "agent_memories_embedding_idx",
        table_name="agent_memories",
        postgresql_ops={"embedding": "vector_cosine_ops"},
        postgresql_with={"lists": "100"},
        postgresql_using="ivfflat",
    )
    op.create_index(
        "agent_memories_embedding_idx",
        "agent_memories",
        ["workspace_id", "embedding_space_id", "agent_id"],
        postgresql_include=["id", "embedding_bits"],
    )


def change_audit_logs() -> None:
    op.create_index("ix_audit_logs__action", "audit_logs", ["action"])
    op.create_index("ix_audit_logs__created_at", "audit_logs", ["organization_id", "created_at"])
    op.create_index("ix_audit_logs__user_id__created_at", "audit_logs", ["user_id", "created_at"])


def change_brand_voices() -> None:
    op.add_column(
        "brand_voices",
        sa.Column(
            "embedding_bits",
            BIT(length=1536),
            sa.Computed("(binary_quantize(embedding))::bit(1536)", persisted=True),
        ),
    )
    op.drop_index("ix_brand_voices__embedding_space_id", table_name="brand_voices")
    op.drop_index(
        "brand_voices_embedding_cosine_idx",
        table_name="brand_voices",
        postgresql_ops={"embedding": "vector_cosine_ops"},
        postgresql_with={"lists": "100"},
        postgresql_using="ivfflat",
    )
    op.create_index(
        "brand_voices_embedding_cosine_idx",
        "brand_voices",
        ["workspace_id", "embedding_space_id"],
        postgresql_include=["id", "embedding_bits"],
    )


def change_budget_ledger() -> None:
    op.add_column("budget_ledger", sa.Column("idempotency_key", sa.Text()))


def change_campaigns() -> None:
    op.add_column("campaigns", sa.Column("deleted_at", INSTANT))


def change_chunks() -> None:
    op.add_column(
        "chunks",
        sa.Column(
            "embedding_bits",
            BIT(length=1536),
            sa.Computed("(binary_quantize(embedding))::bit(1536)", persisted=True),
        ),
    )
    op.drop_index(
        "chunks_embedding_cosine_idx",
        table_name="chunks",
        postgresql_ops={"embedding": "vector_cosine_ops"},
        postgresql_with={"lists": "100"},
        postgresql_using="ivfflat",
    )
    op.create_index(
        "chunks_embedding_cosine_idx",
        "chunks",
        ["workspace_id", "embedding_space_id", "dataset_id"],
        postgresql_include=["document_id", "id", "embedding_bits"],
    )


def change_content() -> None:
    op.add_column(
        "content",
        sa.Column(
            "embedding_bits",
            BIT(length=1536),
            sa.Computed("(binary_quantize(embedding))::bit(1536)", persisted=True),
        ),
    )
    op.drop_index("ix_content__embedding_space_id", table_name="content")
    op.create_index(
        "content_embedding_cosine_idx",
        "content",
        ["workspace_id", "embedding_space_id"],
        postgresql_include=["id", "embedding_bits"],
    )


def change_content_drafts() -> None:
    op.add_column("content_drafts", sa.Column("metadata", JSON))
    op.add_column("content_drafts", sa.Column("deleted_at", INSTANT))


def change_conversations() -> None:
    op.add_column("conversations", sa.Column("person_id", ID))
    op.add_column("conversations", sa.Column("deleted_at", INSTANT))
    op.create_index("ix_conversations__person_id", "conversations", ["workspace_id", "person_id"])


def change_documents() -> None:
    op.add_column("documents", sa.Column("source_uri", sa.Text()))
    op.add_column("documents", sa.Column("content_hash", sa.Text()))
    op.add_column("documents", sa.Column("mime_type", sa.Text()))
    op.add_column("documents", sa.Column("deleted_at", INSTANT))
    op.create_index(
        "ix_documents__deleted",
        "documents",
        ["workspace_id", "dataset_id", "id"],
        postgresql_where=sa.text("deleted_at IS NOT NULL"),
    )
    op.create_index(
        "ux_documents__dataset_id__source_uri",
        "documents",
        ["workspace_id", "dataset_id", "source_uri"],
        unique=True,
        postgresql_where=sa.text("source_uri IS NOT NULL AND deleted_at IS NULL"),
    )


def change_events() -> None:
    op.add_column("events", sa.Column("dedupe_key", sa.Text()))
    op.create_unique_constraint("ux_events__dedupe_key", "events", ["workspace_id", "dedupe_key"])


def change_keywords() -> None:
    op.add_column(
        "keywords",
        sa.Column(
            "term_folded",
            sa.Text(),
            sa.Computed("lower((term)::text)", persisted=True),
            nullable=False,
        ),
    )
    op.create_index("ix_keywords__term_folded", "keywords", ["workspace_id", "term_folded"])


def change_marketing_leads() -> None:
    op.add_column(
        "marketing_leads",
        sa.Column("email_folded", sa.Text(), sa.Computed("lower((email)::text)", persisted=True)),
    )
    op.add_column("marketing_leads", sa.Column("person_id", ID))
    op.create_index(
        "ix_marketing_leads__email_folded", "marketing_leads", ["workspace_id", "email_folded"]
    )
    op.create_index(
        "ix_marketing_leads__person_id", "marketing_leads", ["workspace_id", "person_id"]
    )


def change_marketing_touchpoints() -> None:
    op.add_column("marketing_touchpoints", sa.Column("dedupe_key", sa.Text()))


def change_mem_embeddings() -> None:
    op.add_column(
        "mem_embeddings",
        sa.Column(
            "embedding_bits",
            BIT(length=1536),
            sa.Computed("(binary_quantize(embedding))::bit(1536)", persisted=True),
        ),
    )
    op.add_column(
        "mem_embeddings",
        sa.Column("importance", sa.Double(), server_default=sa.text("0.5"), nullable=False),
    )
    op.add_column("mem_embeddings", sa.Column("superseded_by_id", ID))
    op.add_column("mem_embeddings", sa.Column("last_accessed_at", INSTANT))
    op.drop_index("ix_mem_embeddings__embedding_space_id", table_name="mem_embeddings")
    op.create_index(
        "ix_mem_embeddings__superseded_by_id",
        "mem_embeddings",
        ["workspace_id", "superseded_by_id"],
    )
    op.create_index(
        "mem_embeddings_embedding_cosine_idx",
        "mem_embeddings",
        ["workspace_id", "embedding_space_id", "person_id"],
        postgresql_include=["id", "embedding_bits"],
    )


def change_messages() -> None:
    op.add_column(
        "messages",
        sa.Column(
            "embedding_bits",
            BIT(length=1536),
            sa.Computed("(binary_quantize(embedding))::bit(1536)", persisted=True),
        ),
    )
    op.drop_index("ix_messages__embedding_space_id", table_name="messages")
    op.drop_index(
        "messages_embedding_cosine_idx",
        table_name="messages",
        postgresql_ops={"embedding": "vector_cosine_ops"},
        postgresql_with={"lists": "100"},
        postgresql_using="ivfflat",
    )
    op.create_index(
        "messages_embedding_cosine_idx",
        "messages",
        ["workspace_id", "embedding_space_id", "conversation_id"],
        postgresql_include=["id", "embedding_bits"],
    )


def change_metric_events() -> None:
    op.create_index(
        "ix_metric_events__kind__timestamp", "metric_events", ["workspace_id", "kind", "timestamp"]
    )
    op.create_index(
        "ix_metric_events__metadata",
        "metric_events",
        ["metadata"],
        postgresql_using="gin",
        postgresql_ops={"metadata": "jsonb_path_ops"},
    )


def change_people() -> None:
    op.add_column(
        "people",
        sa.Column(
            "primary_email_folded",
            sa.Text(),
            sa.Computed("lower((primary_email)::text)", persisted=True),
        ),
    )
    op.add_column("people", sa.Column("merged_into_id", ID))
    op.create_index("ix_people__merged_into_id", "people", ["workspace_id", "merged_into_id"])
    op.create_index(
        "ix_people__primary_email_folded", "people", ["workspace_id", "primary_email_folded"]
    )


def change_person_identities() -> None:
    op.add_column(
        "person_identities",
        sa.Column(
            "value_folded",
            sa.Text(),
            sa.Computed("lower((value)::text)", persisted=True),
            nullable=False,
        ),
    )
    op.create_index(
        "ix_person_identities__type__value_folded",
        "person_identities",
        ["workspace_id", "type", "value_folded"],
    )


def change_seo_metrics() -> None:
    op.add_column(
        "seo_metrics",
        sa.Column(
            "keyword_folded", sa.Text(), sa.Computed("lower((keyword)::text)", persisted=True)
        ),
    )
    op.create_index(
        "ix_seo_metrics__keyword_folded__date",
        "seo_metrics",
        ["workspace_id", "keyword_folded", "date"],
    )


def change_conversations_again() -> None:
    op.create_foreign_key(
        "fk_conversations__person_id",
        "conversations",
        "people",
        ["workspace_id", "person_id"],
        ["workspace_id", "id"],
        ondelete="SET NULL (person_id)",
    )


def change_marketing_leads_again() -> None:
    op.create_foreign_key(
        "fk_marketing_leads__person_id",
        "marketing_leads",
        "people",
        ["workspace_id", "person_id"],
        ["workspace_id", "id"],
        ondelete="SET NULL (person_id)",
    )


def change_mem_embeddings_again() -> None:
    op.create_foreign_key(
        "fk_mem_embeddings__superseded_by_id",
        "mem_embeddings",
        "mem_embeddings",
        ["workspace_id", "superseded_by_id"],
        ["workspace_id", "id"],
        ondelete="SET NULL (superseded_by_id)",
    )


def change_people_again() -> None:
    op.create_foreign_key(
        "fk_people__merged_into_id",
        "people",
        "people",
        ["workspace_id", "merged_into_id"],
        ["workspace_id", "id"],
        ondelete="SET NULL (merged_into_id)",
    )


def restore_people() -> None:
    op.drop_constraint("fk_people__merged_into_id", "people", type_="foreignkey")


def restore_mem_embeddings() -> None:
    op.drop_constraint("fk_mem_embeddings__superseded_by_id", "mem_embeddings", type_="foreignkey")


def restore_marketing_leads() -> None:
    op.drop_constraint("fk_marketing_leads__person_id", "marketing_leads", type_="foreignkey")


def restore_conversations() -> None:
    op.drop_constraint("fk_conversations__person_id", "conversations", type_="foreignkey")


def restore_seo_metrics() -> None:
    op.drop_index("ix_seo_metrics__keyword_folded__date", table_name="seo_metrics")
    op.drop_column("seo_metrics", "keyword_folded")


def restore_person_identities() -> None:
    op.drop_index("ix_person_identities__type__value_folded", table_name="person_identities")
    op.drop_column("person_identities", "value_folded")


def restore_people_again() -> None:
    op.drop_index("ix_people__primary_email_folded", table_name="people")
    op.drop_index("ix_people__merged_into_id", table_name="people")
    op.drop_column("people", "merged_into_id")
    op.drop_column("people", "primary_email_folded")


def restore_metric_events() -> None:
    op.drop_index(
        "ix_metric_events__metadata",
        table_name="metric_events",
        postgresql_using="gin",
        postgresql_ops={"metadata": "jsonb_path_ops"},
    )
    op.drop_index("ix_metric_events__kind__timestamp", table_name="metric_events")


def restore_messages() -> None:
    op.drop_index(
        "messages_embedding_cosine_idx",
        table_name="messages",
        postgresql_include=["id", "embedding_bits"],
    )
    op.create_index(
        "messages_embedding_cosine_idx",
        "messages",
        ["embedding"],
        postgresql_ops={"embedding": "vector_cosine_ops"},
        postgresql_with={"lists": "100"},
        postgresql_using="ivfflat",
    )
    op.create_index(
        "ix_messages__embedding_space_id", "messages", ["workspace_id", "embedding_space_id"]
    )
    op.drop_column("messages", "embedding_bits")


def restore_mem_embeddings_again() -> None:
    op.drop_index(
        "mem_embeddings_embedding_cosine_idx",
        table_name="mem_embeddings",
        postgresql_include=["id", "embedding_bits"],
    )
    op.drop_index("ix_mem_embeddings__superseded_by_id", table_name="mem_embeddings")
    op.create_index(
        "ix_mem_embeddings__embedding_space_id",
        "mem_embeddings",
        ["workspace_id", "embedding_space_id"],
    )
    op.drop_column("mem_embeddings", "last_accessed_at")
    op.drop_column("mem_embeddings", "superseded_by_id")
    op.drop_column("mem_embeddings", "importance")
    op.drop_column("mem_embeddings", "embedding_bits")


def restore_marketing_touchpoints() -> None:
    op.drop_column("marketing_touchpoints", "dedupe_key")


def restore_marketing_leads_again() -> None:
    op.drop_index("ix_marketing_leads__person_id", table_name="marketing_leads")
    op.drop_index("ix_marketing_leads__email_folded", table_name="marketing_leads")
    op.drop_column("marketing_leads", "person_id")
    op.drop_column("marketing_leads", "email_folded")


def restore_keywords() -> None:
    op.drop_index("ix_keywords__term_folded", table_name="keywords")
    op.drop_column("keywords", "term_folded")


def restore_events() -> None:
    op.drop_constraint("ux_events__dedupe_key", "events", type_="unique")
    op.drop_column("events", "dedupe_key")


def restore_documents() -> None:
    op.drop_index(
        "ux_documents__dataset_id__source_uri",
        table_name="documents",
        postgresql_where=sa.text("source_uri IS NOT NULL AND deleted_at IS NULL"),
    )
    op.drop_index(
        "ix_documents__deleted",
        table_name="documents",
        postgresql_where=sa.text("deleted_at IS NOT NULL"),
    )
    op.drop_column("documents", "deleted_at")
    op.drop_column("documents", "mime_type")
    op.drop_column("documents", "content_hash")
    op.drop_column("documents", "source_uri")


def restore_conversations_again() -> None:
    op.drop_index("ix_conversations__person_id", table_name="conversations")
    op.drop_column("conversations", "deleted_at")
    op.drop_column("conversations", "person_id")


def restore_content_drafts() -> None:
    op.drop_column("content_drafts", "deleted_at")
    op.drop_column("content_drafts", "metadata")


def restore_content() -> None:
    op.drop_index(
        "content_embedding_cosine_idx",
        table_name="content",
        postgresql_include=["id", "embedding_bits"],
    )
    op.create_index(
        "ix_content__embedding_space_id", "content", ["workspace_id", "embedding_space_id"]
    )
    op.drop_column("content", "embedding_bits")


def restore_chunks() -> None:
    op.drop_index(
        "chunks_embedding_cosine_idx",
        table_name="chunks",
        postgresql_include=["document_id", "id", "embedding_bits"],
    )
    op.create_index(
        "chunks_embedding_cosine_idx",
        "chunks",
        ["embedding"],
        postgresql_ops={"embedding": "vector_cosine_ops"},
        postgresql_with={"lists": "100"},
        postgresql_using="ivfflat",
    )
    op.drop_column("chunks", "embedding_bits")


def restore_campaigns() -> None:
    op.drop_column("campaigns", "deleted_at")


def restore_budget_ledger() -> None:
    op.drop_column("budget_ledger", "idempotency_key")


def restore_brand_voices() -> None:
    op.drop_index(
        "brand_voices_embedding_cosine_idx",
        table_name="brand_voices",
        postgresql_include=["id", "embedding_bits"],
    )
    op.create_index(
        "brand_voices_embedding_cosine_idx",
        "brand_voices",
        ["embedding"],
        postgresql_ops={"embedding": "vector_cosine_ops"},
        postgresql_with={"lists": "100"},
        postgresql_using="ivfflat",
    )
    op.create_index(
        "ix_brand_voices__embedding_space_id",
        "brand_voices",
        ["workspace_id", "embedding_space_id"],
    )
    op.drop_column("brand_voices", "embedding_bits")


def restore_audit_logs() -> None:
    op.drop_index("ix_audit_logs__user_id__created_at", table_name="audit_logs")
    op.drop_index("ix_audit_logs__created_at", table_name="audit_logs")
    op.drop_index("ix_audit_logs__action", table_name="audit_logs")


def restore_agent_memories() -> None:
    op.drop_index(
        "agent_memories_embedding_idx",
        table_name="agent_memories",
        postgresql_include=["id", "embedding_bits"],
    )
    op.create_index(
        "agent_memories_embedding_idx",
        "agent_memories",
        ["embedding"],
        postgresql_ops={"embedding": "vector_cosine_ops"},
        postgresql_with={"lists": "100"},
        postgresql_using="ivfflat",
    )
    op.create_index(
        "ix_agent_memories__embedding_space_id",
        "agent_memories",
        ["workspace_id", "embedding_space_id"],
    )
    op.drop_column("agent_memories", "embedding_bits")


def restore_agent_jobs() -> None:
    op.drop_column("agent_jobs", "priority")
    op.drop_column("agent_jobs", "locked_at")
    op.drop_column("agent_jobs", "locked_by")
    op.drop_column("agent_jobs", "max_attempts")
    op.drop_column("agent_jobs", "attempts")
    op.drop_column("agent_jobs", "run_after")


def fill_months() -> None:
    op.execute("SELECT neonhub.ensure_partitions()")
    for table, columns in COLUMNS.items():
        op.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM neonhub.{table}")
        op.drop_table(table, schema="neonhub")


def gather_months() -> None:
    for table in MONTHLY:
        op.execute(
            f"CREATE TABLE neonhub.{table} (LIKE {table} INCLUDING DEFAULTS INCLUDING STORAGE)"
        )
        op.execute(f"INSERT INTO neonhub.{table} SELECT * FROM {table}")
    for table, tenant in (("metric_events", "workspace_id"), ("audit_logs", "organization_id")):
        op.create_primary_key(f"pk_{table}", table, [tenant, "id"], schema="neonhub")


def upgrade() -> None:
    part_by_month()
    for entity in BEFORE_TABLES:
        op.create_entity(entity)
    for step in (
        analytics_summaries,
        invitations,
        workspace_members,
        agent_metrics,
        brand_voice_guides,
        keyword_clusters,
        oauth_tokens,
        brand_voice_embeddings,
        connector_instances,
        keyword_research,
        marketing_campaign_performance,
        content_analyses,
        content_versions,
        document_versions,
        change_agent_jobs,
        change_agent_memories,
        change_audit_logs,
        change_brand_voices,
        change_budget_ledger,
        change_campaigns,
        change_chunks,
        change_content,
        change_content_drafts,
        change_conversations,
        change_documents,
        change_events,
        change_keywords,
        change_marketing_leads,
        change_marketing_touchpoints,
        change_mem_embeddings,
        change_messages,
        change_metric_events,
        change_people,
        change_person_identities,
        change_seo_metrics,
        change_conversations_again,
        change_marketing_leads_again,
        change_mem_embeddings_again,
        change_people_again,
    ):
        step()
    for table in TOUCHED:
        op.create_entity(Trigger(table, "touch", "BEFORE UPDATE", "neonhub.touch_updated_at"))
    for entity in AFTER_TABLES:
        op.create_entity(entity)
    fill_months()


def downgrade() -> None:
    gather_months()
    for table, name in RULES:
        op.execute(f"DROP TRIGGER {name} ON {table}")
    restore_people()
    restore_mem_embeddings()
    restore_marketing_leads()
    restore_conversations()
    restore_seo_metrics()
    restore_person_identities()
    restore_people_again()
    restore_metric_events()
    restore_messages()
    restore_mem_embeddings_again()
    restore_marketing_touchpoints()
    restore_marketing_leads_again()
    restore_keywords()
    restore_events()
    restore_documents()
    restore_conversations_again()
    restore_content_drafts()
    restore_content()
    restore_chunks()
    restore_campaigns()
    restore_budget_ledger()
    restore_brand_voices()
    restore_audit_logs()
    restore_agent_memories()
    restore_agent_jobs()
    for table in reversed(TABLES):
        op.drop_table(table)
    for entity in reversed(BEFORE_TABLES):
        op.drop_entity(entity)
    whole_again()
