from __future__ import annotations

from neonhub.cli.console import emit, message
from neonhub.cli.options import AsJson


def command(as_json: AsJson = False) -> None:
    """Write the rows that a fresh database holds.

    What is there already is left as it is, so a second run writes nothing.
    """
    from neonhub.ops.seed import seed
    from neonhub.ops.server import administrator
    from neonhub.settings_quick import read_settings

    with administrator(read_settings(), message) as dsn:
        report = seed(dsn)
    emit(
        {"written": report.written, "left": report.left},
        as_json=as_json,
        render="{written} rows written, {left} left as they were.".format_map,
    )
