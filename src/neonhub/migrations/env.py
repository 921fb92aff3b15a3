"""Alembic's environment. ``neonhub.ops.migrate`` hands over the connection and all options."""

from __future__ import annotations

from alembic import context

from neonhub.ops import _alembic

_alembic.run(context)
