"""What of a dump is put back: all but what is not wanted, and what cannot be had."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

from neonhub.ops.backup.places import scratch
from neonhub.ops.backup.programs import contents

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

__all__ = ["listing", "unneeded_extensions"]


def unneeded_extensions(dsn: str, had: Collection[str]) -> list[str]:
    """Extensions that the server of ``dsn`` does not offer, and that nothing here stands on.

    Such as uuid-ossp, which `migrate` takes where it is offered: a backup of a server that has it
    goes into one that has not.
    """
    from neonhub.ops.prepare import REQUIRED, connected

    with connected(dsn) as conn:
        offered = conn.execute("SELECT name::text FROM pg_available_extensions").fetchall()
    return sorted(set(had) - {name for (name,) in offered} - set(REQUIRED))


@contextlib.contextmanager
def listing(
    dump: Path, tables: Collection[str], lacking: Collection[str]
) -> Iterator[list[str | Path]]:
    """Options for pg_restore to put back the rows of these tables only, all where none is named,
    and no extension that is ``lacking``."""
    if not tables and not lacking:
        yield []
        return
    lines = [line for line in contents(dump) if not _is_of(line, lacking)]
    if tables:
        part = re.compile(
            rf"TABLE DATA public ({'|'.join(map(re.escape, tables))})(_\d{{4}}_\d\d|_default)? "
        )
        lines = [
            line
            for line in lines
            if part.search(line) or not re.search(r" (TABLE DATA|FK CONSTRAINT) ", line)
        ]
    with scratch() as folder:
        (folder / "list").write_text("\n".join(lines) + "\n", "utf-8")
        yield ["--use-list", folder / "list"]


def _is_of(line: str, lacking: Collection[str]) -> bool:
    """Whether a line is an extension of these, or its comment."""
    found = re.search(r' EXTENSION - "?([^" ]+)"?| COMMENT - EXTENSION "?([^" ]+)"?', line)
    return found is not None and (found[1] or found[2]) in lacking
