"""Rows of the connectors domain."""

from __future__ import annotations

from tests.factories.base import Factory

ACTION_CONFIG = Factory(
    "action_configs",
    {"name": "name-{n}", "action_type": "action-type-{n}", "config": {}},
    needs=("workspace_id", "connector_auth_id"),
)

CONNECTOR_AUTH = Factory(
    "connector_auths", {"connector_kind": "EMAIL"}, needs=("workspace_id", "user_id")
)

CONNECTOR_INSTANCE = Factory("connector_instances", {}, needs=("workspace_id", "connector_id"))

CONNECTOR = Factory(
    "connectors",
    {
        "name": "name-{n}",
        "display_name": "display-name-{n}",
        "description": "description-{n}",
        "category": "EMAIL",
        "auth_type": "auth-type-{n}",
        "auth_config": {},
        "triggers": {},
        "actions": {},
    },
)

OAUTH_TOKEN = Factory(
    "oauth_tokens",
    {"provider": "provider-{n}", "access_token": "access-token-{n}"},
    needs=("workspace_id",),
)

TRIGGER_CONFIG = Factory(
    "trigger_configs",
    {"name": "name-{n}", "trigger_type": "trigger-type-{n}", "config": {}},
    needs=("workspace_id", "connector_auth_id"),
)
