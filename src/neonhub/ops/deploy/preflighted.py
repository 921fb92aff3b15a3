"""What is judged before a deploy from the command line: every rule that stands or falls."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from neonhub.settings import Settings

__all__ = ["FROM", "preflighted"]

FROM = "20251118000000_tenant_isolation"
"""From here on a database has what the rules speak of: roles with rights, row security."""
# The migrations are what is coming, and the deploy takes a backup and restores it.
_OWN_BUSINESS = ("0014_migrations", "0020_backup_fresh", "0021_drill_fresh")


def preflighted(settings: Settings, skip: Collection[str] = ()) -> Callable[[str], list[str]]:
    """The checks of a deploy: roles, extensions, migrations, and from ``FROM`` on preflight's
    rules, but for those of ``skip``. A rule that could not be judged counts as broken."""

    def judge(dsn: str) -> list[str]:
        from neonhub.ops import migrate
        from neonhub.ops.deploy import checks
        from neonhub.ops.preflight import preflight

        wrong = checks(dsn)
        revision = migrate.current(dsn)
        if wrong or revision is None or revision < FROM:
            return wrong
        found = preflight(dsn, settings, skip=[*_OWN_BUSINESS, *skip])
        broken = [
            f"{verdict.rule}: {fault.object}: {fault.what}"
            for verdict in found.broken
            for fault in verdict.found
        ]
        return broken + [f"{each.rule}: it cannot be told: {each.reason}" for each in found.untold]

    return judge
