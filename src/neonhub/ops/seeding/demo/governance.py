"""Governance: who did what, each entry holding the one before it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neonhub.domains.governance.chain import entry_hash
from neonhub.ops.seeding.demo.secrets import hash_of_nothing

if TYPE_CHECKING:
    import datetime as dt

    from neonhub.ops.seeding.demo.world import Place, Row, World

__all__ = ["fill"]

_BROWSER = "Mozilla/5.0 (demo)"


def fill(world: World) -> None:
    """The organization's log, in the order of its times."""
    entries = list(_of_organization(world))
    for place in world.places:
        entries += _of_place(world, place)
    entries.sort(key=lambda row: (row["created_at"], row["id"]))
    before: bytes | None = None
    for seq, row in enumerate(entries, 1):
        row.update(seq=seq, prev_hash=before)
        before = row["hash"] = entry_hash(before, row)
    world.organization.rows["audit_logs"] = entries


def _entry(world: World, action: str, of: Row, when: dt.datetime, **values: Any) -> Row:
    key = ("audit", action, of["id"])
    given = {"user_id": world.users[0]["id"], "actor_type": "user", "action": action}
    given |= {"resource_id": of["id"], "resource_type": None, "metadata": None}
    given |= {"ip": "192.0.2.14", "workspace_id": None, "user_agent": _BROWSER, **values}
    row = {"id": world.organization.id_of(*key), **world.organization.owner, **given}
    return row | {"request_hash": hash_of_nothing(*key), "created_at": when}


def _of_organization(world: World) -> list[Row]:
    sheet, owner = world.organization, world.users[1]["id"]
    founded = sheet.rows["organizations"][0]
    entries = [
        _entry(world, "organization.created", founded, founded["created_at"], user_id=owner)
        | {"resource_type": "organizations", "metadata": {"plan": founded["plan"]}}
    ]
    for table, action in (
        ("workspaces", "workspace.created"),
        ("organization_members", "member.added"),
        ("api_keys", "api_key.created"),
        ("invitations", "invitation.sent"),
    ):
        for row in sheet.rows[table]:
            # Members were users before there was an organization.
            when = max(row["created_at"], founded["created_at"])
            made = _entry(world, action, row, when, user_id=owner, resource_type=table)
            entries.append(made)
    return entries


def _of_place(world: World, place: Place) -> list[Row]:
    """Letters that went out, purses that were filled, and runs that failed."""
    here = {"workspace_id": place.workspace_id}
    by_agent = {"user_id": None, "actor_type": "agent", "ip": None, "user_agent": None}
    by_system = by_agent | {"actor_type": "system"}
    entries = [
        _entry(world, "email.sent", row, row["sent_at"], **here, **by_agent)
        | {"resource_type": "email_sequences", "metadata": {"people": row["metrics"]["sent"]}}
        for row in place.rows["email_sequences"]
        if row["sent_at"]
    ]
    entries += [
        _entry(world, "budget.filled", row, row["created_at"], **here)
        | {"resource_type": "payments", "metadata": {"amount": str(row["amount"])}}
        for row in place.rows["payments"]
        if row["status"] == "succeeded"
    ]
    entries += [
        _entry(world, "run.failed", row, row["completed_at"], **here, **by_system)
        | {"resource_type": "agent_runs", "metadata": {"reason": row["error_message"]}}
        for row in place.rows["agent_runs"]
        if row["status"] == "failed"
    ]
    return entries
