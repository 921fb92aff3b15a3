"""``neonhub db migrate`` from nothing to the head, beside the same schema as one script.

The server runs and the database is prepared (roles, extensions, the schema ``neonhub``), as they
are when a deployment migrates. The script is what ``pg_dump --schema-only`` writes of the migrated
database, partitions, policies and grants included, without the extensions and the schema, which
are there: sent as one string, in one transaction, it is what the server itself needs.
"""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING

from benchmarks.harness import Figure, Mark, NotMeasured, Platform, interleaved, platform
from benchmarks.processes import environment, neonhub, timed
from benchmarks.tenants import connect

if TYPE_CHECKING:
    from benchmarks.harness import Contestant

WHOLE, TIMES_SCRIPT = Mark(1.5, of="value"), Mark(5.0)

COMMAND, HISTORY, SCRIPT = "neonhub db migrate", "the history by its SQL", "the schema at once"
_NOT_IN_SCRIPT = ("\\", "CREATE SCHEMA ", "CREATE EXTENSION ", "COMMENT ON EXTENSION ")


def _schema_script(dsn: str) -> str:
    """What makes the database of ``dsn`` again, but for its extensions and its schema."""
    from neonhub.db import _pg_programs

    dump = [_pg_programs.find()["pg_dump"], "--schema-only", dsn]
    text = subprocess.run(dump, capture_output=True, text=True, check=True).stdout
    return "\n".join(line for line in text.splitlines() if not line.startswith(_NOT_IN_SCRIPT))


class Databases:
    """The platform's database, put aside before each run for an empty one of its name.

    None is dropped: ext4 looks at each file deleted in the last minutes, one by one, whenever it
    makes a new one, and the history took twice as long after databases had been dropped.
    """

    def __init__(self, under_test: Platform):
        server = under_test.ready.server
        if server is None:
            raise NotMeasured("the platform has no server of its own")
        self.dsn = server.dsn(role="postgres", dbname="neonhub")
        self._maintenance = server.dsn(role="postgres", dbname="postgres")
        self._put_aside = 0

    def prepare(self) -> None:
        """Nothing in it but what ``neonhub db migrate`` finds where it was run before."""
        from neonhub.ops import prepare

        self._put_aside += 1
        with connect(self._maintenance) as conn:
            conn.execute(f"ALTER DATABASE neonhub RENAME TO used_{self._put_aside}".encode())
            prepare.ensure_database(conn)
            conn.execute("CHECKPOINT")
        prepare.prepare(self.dsn, logins=True)

    def relations(self) -> int:
        """How many tables, indexes and sequences there are."""
        with connect(self.dsn) as conn:
            row = conn.execute(
                "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            ).fetchone()
        assert row is not None
        return int(row[0])


def _contestants(under_test: Platform) -> dict[str, Contestant]:
    from neonhub.ops import migrate

    databases = Databases(under_test)
    script, complete = _schema_script(databases.dsn), databases.relations()
    env = environment(under_test.home)

    async def command() -> float:
        databases.prepare()
        return timed(neonhub("db", "migrate"), env, under_test.home)

    async def history() -> float:
        databases.prepare()
        began = time.perf_counter()
        migrate.migrate(databases.dsn)
        return time.perf_counter() - began

    async def at_once() -> float:
        databases.prepare()
        with connect(databases.dsn) as conn:
            began = time.perf_counter()
            conn.execute(script.encode())
            took = time.perf_counter() - began
        if databases.relations() != complete:
            raise NotMeasured("the script does not make what the migrations make")
        return took

    return {COMMAND: command, HISTORY: history, SCRIPT: at_once}


async def run(*, quick: bool) -> list[Figure]:
    """The command, its SQL alone, and the script, in turn."""
    with platform() as under_test:
        contestants = _contestants(under_test)
        await contestants[COMMAND]()  # the first one writes its .pyc files
        times = await interleaved(contestants, rounds=2 if quick else 9)
    whole, history, script = (times[name] for name in (COMMAND, HISTORY, SCRIPT))
    return [
        Figure(f"{COMMAND}, everything", whole.median, mark=WHOLE, spread=whole.spread),
        *(
            Figure(
                f"{name}, against one script",
                of.median,
                reference=script.median,
                beside="one script",
                mark=TIMES_SCRIPT,
                spread=of.spread,
            )
            for name, of in ((COMMAND, whole), (HISTORY, history))
        ),
    ]
