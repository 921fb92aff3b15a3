"""Rows of the people domain."""

from __future__ import annotations

from tests.factories.base import Factory

PERSON = Factory("people", {}, needs=("workspace_id",))
