"""The baseline: the rows that a fresh database holds.

One function a section, all in one transaction. Ids follow from what a row is, and what is there
already is left as it is: seeding twice changes nothing, and a row that somebody has changed since
stays changed.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from neonhub.ops.migrate import require_head
from neonhub.ops.seeding import account, furniture
from neonhub.ops.seeding.run import Run, SeedReport
from neonhub.ops.seeding.writing import APP, act_as

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SECTIONS", "seed"]

SECTIONS: tuple[Callable[[Run], None], ...] = (
    account.admin,
    account.organization,
    account.workspace,
    account.permissions,
    account.roles,
    account.role_permissions,
    account.memberships,
    furniture.brand,
    furniture.personas,
    furniture.keywords,
    furniture.calendar,
    furniture.connectors,
    furniture.connector_auths,
    furniture.agents,
)
"""In the order in which they are written: each may count on those before it."""


def seed(dsn: str, *, today: dt.date | None = None) -> SeedReport:
    """Write what is missing of the baseline into the database of ``dsn``.

    ``dsn`` is an administrator's, or that of a login that may become the tables' owner. The
    calendar's dates are counted from ``today``, which is the current one in UTC. Raises
    ``BaselineBlocked``, and for what PostgreSQL refuses the typed error of it.
    """
    import psycopg

    from neonhub.db.errors import translate

    try:
        with psycopg.connect(dsn, application_name="neonhub seed") as conn:
            require_head(conn)
            run = Run(conn, today or dt.datetime.now(dt.UTC).date())
            act_as(conn, APP)
            account.enter_tenant(run)
            for section in SECTIONS:
                section(run)
    except psycopg.Error as error:
        raise translate(error) from error
    return run.report
