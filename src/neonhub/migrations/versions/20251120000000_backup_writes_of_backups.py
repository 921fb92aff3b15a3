"""The login of backups writes of backups into the log of operations, and of nothing else."""

from __future__ import annotations

from alembic import op

revision = "20251120000000_backup_writes_of_backups"
down_revision = "20251119000000_vector_routes"
branch_labels = None
depends_on = None

LOG = "neonhub.operation_log"
# Preflight and deployments believe this log. When it was, and who, is the server's to say.
POLICIES = {
    "read": "FOR SELECT USING (true)",
    "maintenance": "FOR INSERT TO neonhub_maintenance WITH CHECK (true)",
    "backup": "FOR INSERT TO neonhub_backup WITH CHECK "
    "(operation = 'backup' OR operation = 'drill' AND state <> 'good')",
}


def upgrade() -> None:
    for name, policy in POLICIES.items():
        op.execute(f"DROP POLICY IF EXISTS {name} ON {LOG}")
        op.execute(f"CREATE POLICY {name} ON {LOG} {policy}")
    op.execute(f"ALTER TABLE {LOG} ENABLE ROW LEVEL SECURITY")
    op.execute(f"REVOKE INSERT ON {LOG} FROM neonhub_backup")
    op.execute(f"GRANT INSERT (operation, state, detail) ON {LOG} TO neonhub_backup")


def downgrade() -> None:
    op.execute(f"REVOKE INSERT (operation, state, detail) ON {LOG} FROM neonhub_backup")
    op.execute(f"GRANT INSERT ON {LOG} TO neonhub_backup")
    op.execute(f"ALTER TABLE {LOG} DISABLE ROW LEVEL SECURITY")
    for name in reversed(POLICIES):
        op.execute(f"DROP POLICY {name} ON {LOG}")
