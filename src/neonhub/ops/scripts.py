"""Migrations as SQL, written ahead: going forward needs neither Alembic nor SQLAlchemy then.

Importing the two costs more than half a second, and building the statements again that much: as
a script the whole history runs in a fraction. Beside each migration lies ``<revision>.sql``,
written by ``python -m neonhub.ops.scripts`` from the migration itself, with its digest in the
first line; a script whose migration has changed is passed over, and Alembic runs that instead.

A migration that must look at the data, or that leaves its transaction (``CONCURRENTLY``), cannot
be a script: it says ``online_only = True``.
"""

from __future__ import annotations

import re

from neonhub.ops import migrate

__all__ = ["kept", "main", "render"]

_FIRST_LINE = "-- From {name}.py, sha256 {digest}: `python -m neonhub.ops.scripts` writes this.\n"
# Alembic would make its own table first; ours is there, with room for long names.
_VERSION_TABLE = re.compile(r"CREATE TABLE neonhub\.schema_migrations \(.*?\n\);\n\n", re.DOTALL)
_ENDS_IN_SPACE = re.compile(r", +$", re.MULTILINE)
_COMMENT = re.compile(r"^-- Running upgrade .*\n\n", re.MULTILINE)


def _head_line(revision: str) -> str:
    return _FIRST_LINE.format(name=revision, digest=migrate.checksum(revision))


def kept(revision: str) -> str | None:
    """The script of ``revision``, or ``None`` where there is none that fits the migration."""
    path = migrate.MIGRATIONS / "versions" / f"{revision}.sql"
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return None
    return text if text.startswith(_head_line(revision)) else None


def render(revision: str) -> str | None:
    """What the script of ``revision`` must hold; ``None`` for one that runs online only."""
    from neonhub.ops import _alembic

    known = migrate.revisions()
    place = known.index(revision)
    made = _alembic.as_sql(known[place - 1] if place else None, revision)
    if made is None:
        return None
    for what, instead in ((_VERSION_TABLE, ""), (_COMMENT, ""), (_ENDS_IN_SPACE, ",")):
        made = what.sub(instead, made)
    return _head_line(revision) + made.rstrip() + "\n"


def main() -> None:
    """Write the script of every migration."""
    for revision in migrate.revisions():
        path = migrate.MIGRATIONS / "versions" / f"{revision}.sql"
        made = render(revision)
        if made is None:
            path.unlink(missing_ok=True)
        else:
            path.write_text(made, "utf-8")


if __name__ == "__main__":
    main()
