"""The demo's users, its organization, its workspaces, and who may do what in them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from neonhub.db.ids import deterministic_cuid
from neonhub.domains.tenancy.permissions import PERMISSIONS, SYSTEM_ROLES
from neonhub.ops.seeding.demo.secrets import hash_of_nothing
from neonhub.ops.seeding.demo.world import Place, Sheet

if TYPE_CHECKING:
    from collections.abc import Mapping

    from neonhub.ops.seeding.demo.world import Row, World

__all__ = ["EMAILS", "ORGANIZATION", "fill_identity", "fill_organization", "fill_workspace"]

ORGANIZATION = {"slug": "demo", "name": "Demo Org", "plan": "starter"}

# E-mail, name, role in the organization, work, and the places in which they have a seat.
_TEAM = (
    ("demo@neonhub.ai", "Demo Admin", "admin", "Marketing", (0, 1)),
    ("nora.vance@example.com", "Nora Vance", "owner", "Management", (0, 1)),
    ("theo.lind@example.com", "Theo Lind", "member", "Content", (0,)),
    ("iris.cole@example.com", "Iris Cole", "member", "Events", (1,)),
    ("sam.okafor@example.com", "Sam Okafor", "viewer", "Finance", (0, 1)),
)
EMAILS = tuple(each[0] for each in _TEAM)


def fill_identity(world: World, known: Mapping[str, str]) -> None:
    """Users and what is theirs. ``known``: the ids of those who are there already, by e-mail."""
    for number, (email, name, *_) in enumerate(_TEAM):
        joined = world.before(days=90 - number * 9, hours=-9)
        user_id = known.get(email, deterministic_cuid("user", email))
        user: Row = {"id": user_id, "email": email, "name": name}
        user |= {"image": f"https://avatars.example/{name.split()[0].lower()}.png"}
        user |= {"email_verified": joined, "is_beta_user": number == 1}
        user |= {"stripe_customer_id": None, "created_at": joined, "updated_at": joined}
        world.globals.rows["users"].append(user)
        world.users.append(user)
        _sign_in(world, user, email)
        _own_rows(world, user, number)


def _sign_in(world: World, user: Row, email: str) -> None:
    """An account, and sessions and tokens that have expired: they let nobody in."""
    sheet, joined = world.globals, user["created_at"]
    account_id = sheet.id_of("accounts", email)
    sheet.add(
        "accounts",
        email,
        user_id=user["id"],
        type="oauth",
        provider="google",
        provider_account_id=str(104_000_000_000 + len(sheet.rows["accounts"])),
        access_token=world.vault.seal("accounts", "access_token", account_id),
        refresh_token=world.vault.seal("accounts", "refresh_token", account_id),
        id_token=None,
        expires_at=int(world.before(days=1).timestamp()),
        token_type="bearer",  # noqa: S106
        scope="openid email profile",
    )
    sheet.add(
        "sessions",
        email,
        session_token=hash_of_nothing("session", email),
        user_id=user["id"],
        expires=world.before(days=1, hours=len(sheet.rows["sessions"])),
    )
    token = {"identifier": email, "token": hash_of_nothing("verification", email)}
    sheet.rows["verification_tokens"].append(token | {"expires": joined + dt.timedelta(hours=24)})


def _own_rows(world: World, user: Row, number: int) -> None:
    """Rows that belong to the user alone."""
    sheet = world.user_sheets[user["id"]] = Sheet("globals", {"user_id": user["id"]})
    zones = ("America/Los_Angeles", "America/New_York", "Europe/Oslo", "America/Chicago", "UTC")
    times = {"created_at": user["created_at"], "updated_at": user["created_at"]}
    sheet.add(
        "user_settings",
        user["email"],
        brand_voice={"tone": "warm", "avoid": ["hype", "exclamation marks"]},
        email_notifications=True,
        push_notifications=number % 2 == 0,
        notification_frequency=("realtime", "daily")[number % 2],
        timezone=zones[number],
        webhook_url=None,
        **times,
    )
    provider = ("canva", "figma", "unsplash", "dropbox", "xero")[number]
    credential_id = sheet.id_of("credentials", user["email"])
    sheet.add(
        "credentials",
        user["email"],
        provider=provider,
        account_id=user["email"].split("@")[0],
        access_token=world.vault.seal("credentials", "access_token", credential_id),
        refresh_token=None,
        scope="files:read",
        token_type="bearer",  # noqa: S106
        expires_at=world.before(days=-20),
        last_used_at=world.before(days=2, hours=number),
        status="active",
        **times,
    )


def fill_organization(world: World) -> None:
    """The organization, its workspaces, roles and members."""
    sheet, owner = world.organization, world.users[1]["id"]
    made = {"created_at": world.before(days=89), "updated_at": world.before(days=89)}
    settings = {"timezone": "UTC", "demo": {"anchor": world.anchor.date().isoformat()}}
    organization = {"id": world.organization_id, **ORGANIZATION, "settings": settings}
    sheet.rows["organizations"].append(organization | {"owner_id": owner, **made})
    for place in world.places:
        row = {"id": place.workspace_id, **sheet.owner, "owner_id": owner, **made}
        row |= {"name": place.profile.name, "slug": place.profile.slug}
        sheet.rows["workspaces"].append(row | {"settings": {"color": place.profile.color}})
    _roles(sheet)
    for user, (email, _, role, work, _) in zip(world.users, _TEAM, strict=True):
        joined = {"joined_at": user["created_at"], "created_at": user["created_at"]}
        seat = {"user_id": user["id"], "status": "active", **joined}
        role_id = sheet.id_of("organization_roles", role)
        sheet.add("organization_members", email, role_id=role_id, invited_by_id=owner, **seat)
        sheet.add("team_members", email, role=role.title(), department=work, **seat)
    _invitations(world)
    _keys(world)


def _roles(sheet: Sheet) -> None:
    for key, text in PERMISSIONS.items():
        values = {"key": key, "description": text, "category": key.split(":")[0]}
        sheet.add("organization_permissions", key, **values)
    for role in SYSTEM_ROLES:
        values = {"slug": role.slug, "name": role.name, "description": role.description}
        made = sheet.add("organization_roles", role.slug, is_system=True, **values)
        for key in sorted(role.permissions):
            pair = {"role_id": made["id"], "permission_id": sheet.id_of(_PERMISSIONS, key)}
            sheet.rows["role_permissions"].append({**sheet.owner, **pair})


_PERMISSIONS = "organization_permissions"


def _invitations(world: World) -> None:
    sheet, first = world.organization, world.places[0]
    for email, status, days in (
        ("lea.moreau@example.com", "pending", 2),
        ("jon.bach@example.com", "expired", 40),
        (EMAILS[4], "accepted", 60),
    ):
        sent = world.before(days=days)
        sheet.add(
            "invitations",
            email,
            workspace_id=first.workspace_id,
            email=email,
            role_id=sheet.id_of("organization_roles", "member"),
            token_hash=hash_of_nothing("invitation", email),
            invited_by_id=world.users[1]["id"],
            status=status,
            expires_at=sent + dt.timedelta(days=7),
            accepted_at=sent + dt.timedelta(hours=5) if status == "accepted" else None,
            created_at=sent,
        )


def _keys(world: World) -> None:
    for name, place, scopes in (
        ("Website forms", world.places[0], ["people:write"]),
        ("Reporting", None, ["campaigns:analytics", "people:read"]),
    ):
        world.organization.add(
            "api_keys",
            name,
            created_by_id=world.users[0]["id"],
            name=name,
            token_hash=hash_of_nothing("api key", name),
            prefix=f"nh_{hash_of_nothing('prefix', name)[:8]}",
            scopes=scopes,
            last_used_at=world.before(hours=3),
            expires_at=world.before(days=-275),
            workspace_id=place.workspace_id if place else None,
            created_at=world.before(days=45),
        )


def fill_workspace(place: Place) -> None:
    """Who works here."""
    number = place.world.places.index(place)
    for user, (email, _, role, _, seats) in zip(place.world.users, _TEAM, strict=True):
        if number in seats:
            joined = {"joined_at": user["created_at"], "created_at": user["created_at"]}
            place.add("workspace_members", email, user_id=user["id"], role=role, **joined)
