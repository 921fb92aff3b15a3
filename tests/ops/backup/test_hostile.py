"""What a tenant wrote into its own rows reaches nobody else when an operator restores."""

from __future__ import annotations

from pathlib import Path

import pytest

from neonhub.db.errors import InvalidInput
from neonhub.ops.backup.erasures import remembered
from neonhub.ops.backup.sealing import recipients
from neonhub.ops.backup.take import backup
from neonhub.ops.backup.workspaces import restore_workspace
from tests.conftest import Tenants
from tests.databases import Database


def test_an_id_that_is_a_statement_is_refused(
    database: Database, tenants: Tenants, tmp_path: Path
) -> None:
    hostile = "x'; CREATE TABLE public.reached (); --"
    with database.connect() as app:
        app.execute(
            "SELECT set_config('neonhub.organization_id', %s, false)", [tenants.organization]
        )
        app.execute(
            "INSERT INTO workspaces (id, organization_id, slug, name) VALUES (%s, %s, 'evil', 'n')",
            [hostile, tenants.organization],
        )
    folder, _ = backup(database.admin_dsn, tmp_path)

    with pytest.raises(InvalidInput, match="none of ours"):
        restore_workspace(database.admin_dsn, folder, "evil")

    with database.admin() as conn:
        assert conn.execute("SELECT to_regclass('public.reached')").fetchone() == (None,)


def test_an_organization_erases_nothing_of_another(database: Database, tenants: Tenants) -> None:
    insert = (
        "INSERT INTO audit_logs (organization_id, workspace_id, action, resource_type, "
        "resource_id, seq, hash) VALUES (%s, %s, 'erase', 'documents', %s, %s, %s)"
    )
    with database.connect() as app:
        app.execute(
            "SELECT set_config('neonhub.organization_id', %s, false)", [tenants.organization]
        )
        own = [tenants.organization, tenants.workspace, "mine", 1, "a"]
        app.execute(insert, own)
        app.execute(insert, [tenants.organization, tenants.other_workspace, "theirs", 2, "b"])
    with database.admin() as conn:
        assert [each[:3] for each in remembered(conn)] == [("documents", tenants.workspace, "mine")]


def test_a_secret_key_in_the_recipients_place_is_not_repeated(tmp_path: Path) -> None:
    from pyrage import x25519

    secret = str(x25519.Identity.generate())
    file = tmp_path / "key.txt"
    file.write_text(f"{secret}\n")
    with pytest.raises(InvalidInput, match="secret key") as caught:
        recipients([str(file)])
    assert secret not in str(caught.value)
