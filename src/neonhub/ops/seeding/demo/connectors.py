"""Connectors: sign-ins at three platforms of the catalogue, and what they set off."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neonhub.ops.seeding.demo.world import Place, Row

__all__ = ["fill"]

# Connector, kind, its provider, scopes, a trigger, an action.
_USED: tuple[tuple[str, str, str, list[str], str, str], ...] = (
    (
        "gmail",
        "EMAIL",
        "google",
        ["https://www.googleapis.com/auth/gmail.send"],
        "MESSAGE_RECEIVED",
        "SEND_EMAIL",
    ),
    (
        "instagram-graph",
        "INSTAGRAM",
        "facebook",
        ["instagram_basic", "instagram_content_publish"],
        "COMMENT_RECEIVED",
        "PUBLISH_POST",
    ),
    ("stripe", "STRIPE", "stripe", [], "PAYMENT_SUCCEEDED", "REFUND_PAYMENT"),
)


def fill(place: Place) -> None:
    """Sign-ins, their tokens, what is switched on, what sets what off."""
    dice = place.dice("connectors")
    for number, (name, kind, provider, scopes, trigger, action) in enumerate(_USED):
        auth_id = place.id_of("connector_auths", name)
        uses_key = not scopes
        auth = place.add(
            "connector_auths",
            name,
            user_id=place.world.users[0]["id"],
            connector_id=place.world.connectors[name],
            connector_kind=kind,
            account_id=f"{place.profile.brand_slug}-{name}",
            account_name=f"{place.profile.brand} on {name}",
            access_token=None,
            refresh_token=None,
            api_key=_key(place, auth_id) if uses_key else None,
            api_secret=None,
            scopes=scopes,
            expires_at=None if uses_key else place.world.before(hours=-1),
            status="active",
            last_used_at=place.world.before(hours=number + 1),
            metadata={"demo": True},
            created_at=place.world.before(days=40 - number),
        )
        token = _token(place, auth, provider, scopes)
        place.add(
            "connector_instances",
            name,
            connector_id=auth["connector_id"],
            credential_id=token["id"],
            name=auth["account_name"],
            enabled=True,
            config={"connector_auth_id": auth["id"]},
        )
        _reactions(place, auth, trigger, action, dice.between(12, 90))


def _key(place: Place, auth_id: str) -> str | None:
    return place.world.vault.seal("connector_auths", "api_key", auth_id)


def _token(place: Place, auth: Row, provider: str, scopes: list[str]) -> Row:
    vault, token_id = place.world.vault, place.id_of("oauth_tokens", auth["account_id"])
    return place.add(
        "oauth_tokens",
        auth["account_id"],
        connector_auth_id=auth["id"],
        provider=provider,
        account_id=auth["account_id"],
        access_token=vault.must_seal("oauth_tokens", "access_token", token_id),
        refresh_token=vault.seal("oauth_tokens", "refresh_token", token_id),
        token_type="bearer",  # noqa: S106
        scope=" ".join(scopes) or None,
        expires_at=auth["expires_at"],
        status="active",
        last_refreshed_at=place.world.before(hours=1),
        created_at=auth["created_at"],
    )


def _reactions(place: Place, auth: Row, trigger: str, action: str, times: int) -> None:
    seen = place.world.before(hours=2)
    common = {"connector_auth_id": auth["id"], "is_active": True, "metadata": None}
    place.add(
        "trigger_configs",
        trigger,
        name=trigger.replace("_", " ").capitalize(),
        trigger_type=trigger,
        config={"poll_seconds": 60},
        last_triggered_at=seen,
        trigger_count=times,
        **common,
    )
    place.add(
        "action_configs",
        action,
        name=action.replace("_", " ").capitalize(),
        action_type=action,
        config={"retries": 3, "timeout_ms": 10_000},
        last_executed_at=seen,
        execution_count=times // 2,
        **common,
    )
