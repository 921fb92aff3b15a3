"""An independent checker's word: pgrls proves the tenants' policies, and its findings are settled.

``pgrls verify`` proves with a solver that no session without a tenant, and none of another tenant,
is let at a row. It is asked about the policies that hold for everybody: those of the platform's own
roles say ``true`` on purpose, and a test shows that nobody else can take such a role.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.databases import Database, Server

TRUSTED = ("maintenance", "backup", "search", "auth")
"""Policies for one role of the platform each, which let it at every row."""

# Every finding of `pgrls lint`, by rule: where it may be, and why it stands. One that is not
# covered fails the test.
SETTLED = {
    "SEC001": (
        {"accounts", "connectors", "sessions", "users", "verification_tokens"},
        "global tables: rights decide, by column where rows are everybody's",
    ),
    "SEC003": (
        {"tenant", "own"},
        "a tenant's policy holds for whoever it is; who may try at all is decided by grants",
    ),
    "SEC005": (set(TRUSTED), "a role of the platform that works across tenants"),
    "SEC007": (None, "permissive only: each policy is for other roles, so none widens another"),
    "SEC008": (set(TRUSTED), "as SEC005"),
    "SEC013": (
        {"touch", "append_only", "set_duration", "keep_version"},
        "triggers that set a time, refuse, or keep a version, as whoever writes",
    ),
    "SEC027": (None, "rows are shared by the members of a workspace; user_id says who made them"),
    "SEC028": (set(TRUSTED), "as SEC005"),
    "SEC038": (set(TRUSTED), "as SEC005: nobody without a login has such a role"),
}


@pytest.fixture(scope="module")
def program() -> str:
    found = shutil.which("pgrls", path=str(Path(sys.executable).parent))
    assert found, "pgrls is among the development dependencies: run `make setup`"
    return found


@pytest.fixture(scope="module")
def migrated(server: Server) -> Iterator[Database]:
    made = server.clone()
    yield made
    server.drop(made.name)


@pytest.fixture(scope="module")
def tenants_alone(server: Server) -> Iterator[Database]:
    """With the policies of everybody but the platform's own roles."""
    made = server.clone()
    with made.admin() as conn:
        policies: Any = conn.execute(
            "SELECT polname, polrelid::regclass::text, polroles FROM pg_policy "
            "WHERE polname = ANY (%s)",
            [list(TRUSTED)],
        ).fetchall()
        assert all(0 not in list(roles) for *_, roles in policies)  # none is for PUBLIC
        for name, table, _roles in policies:
            conn.execute(f"DROP POLICY {name} ON {table}".encode())
    yield made
    server.drop(made.name)


def _run(program: str, database: Database, folder: Path, *words: str) -> Any:
    command = [program, *words, "--database-url", database.admin_dsn, "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


def _verdicts(program: str, database: Database, folder: Path, mode: str) -> dict[str, set[str]]:
    functions = ("current_workspace", "current_organization", "current_user_id")
    told = [word for name in functions for word in ("--auth-function", f"neonhub.{name}")]
    found: dict[str, set[str]] = {}
    for table in _run(program, database, folder, "verify", "--mode", mode, *told)["tables"]:
        found.setdefault(table["verdict"], set()).add(table["table"].removeprefix("public."))
    return found


@pytest.mark.parametrize("mode", ["anon", "cross-tenant", "write"])
def test_the_policies_are_proven(
    program: str, tenants_alone: Database, tmp_path: Path, mode: str
) -> None:
    found = _verdicts(program, tenants_alone, tmp_path, mode)
    assert len(found.pop("isolated")) >= 102
    # An organization's row is its own tenant: it has no column of one to reason about.
    assert found in ({}, {"unverified": {"organizations"}})


def test_the_proof_finds_a_hole(program: str, tenants_alone: Database, tmp_path: Path) -> None:
    with tenants_alone.admin() as conn:
        conn.execute("CREATE POLICY hole ON tasks FOR SELECT USING (status = 'done')")
    try:
        found = _verdicts(program, tenants_alone, tmp_path, "cross-tenant")
        assert "tasks" not in found["isolated"]
        assert "feedback" in found["isolated"]
    finally:
        with tenants_alone.admin() as conn:
            conn.execute("DROP POLICY hole ON tasks")


def test_every_finding_is_settled(program: str, migrated: Database, tmp_path: Path) -> None:
    findings = _run(program, migrated, tmp_path, "lint")["violations"]
    assert len(findings) > 500
    unsettled = [each for each in findings if not _settled(each)]
    assert unsettled == []


def _settled(finding: dict[str, Any]) -> bool:
    where, _why = SETTLED.get(finding["rule_id"], (set(), ""))
    if where is None:
        return True
    named = {finding.get("policy"), finding.get("table"), finding.get("object")}
    named |= set(str(finding.get("location", "")).split("."))
    return bool(where & named)
