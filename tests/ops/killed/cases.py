"""The commands that are killed: what each works on, what holds at any moment, what in the end."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from neonhub.ops.backup.restore import verify
from neonhub.ops.backup.take import backups
from tests.embedding import openai_server
from tests.migrations.made import History
from tests.ops.backup.test_workspace import seen, spoil, workspace_of
from tests.ops.deploy.test_killed import PROGRAM, STEPS
from tests.ops.killed.world import LIVE, World
from tests.ops.maintain.worlds import FAMILY, add_runs, agent, archived, ids
from tests.ops.vectors.rows import fill, place, vectors

NEONHUB = ["-m", "neonhub.cli.main"]


class Case(ABC):
    """A command. ``done`` are exit codes with which a second run may say that it was done."""

    done: tuple[int, ...] = (0,)

    def __init__(self, world: World, folder: Path):
        self.world, self.folder = world, folder
        self.more: dict[str, str] = {}
        self.before = world.fingerprints()

    @abstractmethod
    def words(self) -> list[str]:
        """What is run."""

    def holds(self) -> None:
        """Asserted when it was killed, and the server is up."""
        assert self.world.fingerprints() == self.before

    @abstractmethod
    def right(self) -> None:
        """Asserted when it was run again."""


class Backup(Case):
    def words(self) -> list[str]:
        return [*NEONHUB, "db", "backup", "--to", str(self.folder / "kept")]

    def holds(self) -> None:
        super().holds()
        for each in backups(self.folder / "kept") if (self.folder / "kept").exists() else ():
            assert verify(self.world.live.admin_dsn, each).faults == []

    def right(self) -> None:
        whole = backups(self.folder / "kept")
        assert sorted((self.folder / "kept").iterdir()) == whole != []
        self.holds()


class RestoreNew(Case):
    done = (0, 73)  # it was renamed before it was killed: there is such a database already

    def words(self) -> list[str]:
        return [*NEONHUB, "db", "restore", str(self.world.taken), "--into", "neonhub_again"]

    def holds(self) -> None:
        super().holds()
        if self.world.databases("neonhub\\_again"):
            self.right()

    def right(self) -> None:
        assert self.world.fingerprints("neonhub_again") == self.before
        assert self.world.fingerprints() == self.before


class RestoreInPlace(Case):
    def __init__(self, world: World, folder: Path):
        super().__init__(world, folder)
        spoil(world.live)
        self.spoilt = world.fingerprints()
        assert self.spoilt != self.before

    def words(self) -> list[str]:
        return [*NEONHUB, "db", "restore", str(self.world.taken), "--in-place", "--yes"]

    def holds(self) -> None:
        assert self.world.fingerprints() in (self.before, self.spoilt)

    def right(self) -> None:
        assert self.world.fingerprints() == self.before
        kept = self.world.databases(f"{LIVE}\\_before\\_%")
        assert self.spoilt in [self.world.fingerprints(name) for name in kept]


class RestoreTable(Case):
    def __init__(self, world: World, folder: Path):
        super().__init__(world, folder)
        with world.live.admin() as conn:
            conn.execute("DELETE FROM editorial_calendar")
        self.spoilt = world.fingerprints()

    def words(self) -> list[str]:
        which = ["--table", "editorial_calendar", "--in-place", "--yes"]
        return [*NEONHUB, "db", "restore", str(self.world.taken), *which]

    def holds(self) -> None:
        assert self.world.fingerprints() in (self.before, self.spoilt)

    def right(self) -> None:
        assert self.world.fingerprints() == self.before


class RestoreWorkspace(Case):
    def __init__(self, world: World, folder: Path):
        super().__init__(world, folder)
        self.mine = workspace_of(world.live, "demo")
        self.then = seen(world.live, self.mine, own=True)
        spoil(world.live)
        self.spoilt = seen(world.live, self.mine, own=True)
        self.others = seen(world.live, self.mine, own=False)

    def words(self) -> list[str]:
        which = ["--workspace", "demo", "--in-place", "--yes"]
        return [*NEONHUB, "db", "restore", str(self.world.taken), *which]

    def holds(self) -> None:
        assert seen(self.world.live, self.mine, own=False) == self.others
        assert seen(self.world.live, self.mine, own=True) in (self.then, self.spoilt)

    def right(self) -> None:
        assert seen(self.world.live, self.mine, own=False) == self.others
        assert seen(self.world.live, self.mine, own=True) == self.then


class Deploy(Case):
    """Migrations that each take a moment, and leave a column and a row behind."""

    def __init__(self, world: World, folder: Path):
        super().__init__(world, folder)
        self.history = History(folder / "migrations")
        for n in range(STEPS):
            self.history.add(
                f"step_{n}",
                f"ALTER TABLE brands ADD COLUMN step_{n} text",
                "DO $$ BEGIN IF current_database() = 'neonhub' THEN "
                "PERFORM pg_sleep(0.25); END IF; END $$",
                "INSERT INTO users (id, email) VALUES "
                f"('cstep{n}00000000000000000000', 'step{n}@example.com')",
                down=f"op.drop_column('brands', 'step_{n}')",
            )

    def words(self) -> list[str]:
        to = ["--backup-to", str(self.folder / "kept"), "--skip=encryption_key"]
        return [str(PROGRAM), str(self.history.folder), "db", "deploy", *to]

    def made(self) -> tuple[int, int, int]:
        """How many columns there are, rows, and migrations that are written down."""
        with self.world.live.admin() as conn:
            row = conn.execute(
                "SELECT (SELECT count(*) FROM information_schema.columns "
                "WHERE table_name = 'brands' AND column_name LIKE 'step%'), "
                "(SELECT count(*) FROM users WHERE id LIKE 'cstep%'), "
                "(SELECT count(*) FROM neonhub.migration_log WHERE forward AND revision > '2099')"
            ).fetchone()
        assert row is not None
        return int(str(row[0])), int(str(row[1])), int(str(row[2]))

    def holds(self) -> None:
        columns, rows, written = self.made()
        assert columns == rows == written
        touched = {"public.brands", "public.users", "neonhub.migration_log"}
        now = self.world.fingerprints()
        changed = {k for k in self.before if now.get(k) != self.before[k]}
        assert changed <= touched | {
            "neonhub.schema_migrations",
        }
        assert now["public.brands"].rows == self.before["public.brands"].rows

    def right(self) -> None:
        self.holds()
        assert self.made() == (STEPS, STEPS, STEPS)
        assert list((self.folder / "kept").glob(".neonhub-partial-*")) == []


class Reembed(Case):
    """With every vector of the new space as the server of embeddings gives it."""

    def __init__(self, world: World, folder: Path):
        super().__init__(world, folder)
        self.mine = workspace_of(world.live, "demo")
        self.others = seen(world.live, self.mine, own=False)

    def words(self) -> list[str]:
        return [*NEONHUB, "vectors", "reembed", "-w", "demo", "--per-second", "60"]

    def spaces(self) -> list[tuple[Any, ...]]:
        """Of each table's rows of the workspace: how many are in which space."""
        with self.world.live.admin() as conn:
            return conn.execute(
                "SELECT t.name, s.name, count(*) FROM (SELECT 'chunks' AS name, workspace_id, "
                "embedding_space_id FROM chunks WHERE embedding IS NOT NULL UNION ALL "
                "SELECT 'mem_embeddings', workspace_id, embedding_space_id FROM mem_embeddings "
                "WHERE embedding IS NOT NULL) t JOIN embedding_spaces s "
                "ON s.workspace_id = t.workspace_id AND s.id = t.embedding_space_id "
                "WHERE t.workspace_id = %s GROUP BY 1, 2 ORDER BY 1, 2",
                [self.mine.id],
            ).fetchall()

    def holds(self) -> None:
        mine = seen(self.world.live, self.mine, own=False)
        assert {k for k in self.others if mine[k] != self.others[k]} <= {"neonhub.kept_vectors"}
        now = self.world.fingerprints()
        assert {k: v.rows for k, v in now.items() if k in _ALL_ROWS} == {
            k: v.rows for k, v in self.before.items() if k in _ALL_ROWS
        }
        assert len({space for _, space, _ in self.spaces()}) == 1, self.spaces()

    def right(self) -> None:
        self.holds()
        assert all(space.startswith("openai/") for _, space, _ in self.spaces()), self.spaces()
        with self.world.live.admin() as conn:
            found = conn.execute(
                "SELECT text, embedding::float4[] FROM chunks WHERE workspace_id = %s "
                "ORDER BY id LIMIT 20",
                [self.mine.id],
            ).fetchall()
        assert found
        for text, embedding in found:
            wanted = openai_server.vector_of(str(text), 1536)
            wanted /= np.linalg.norm(wanted)
            assert float(wanted @ np.asarray(embedding, np.float32)) > 0.999, text


_ALL_ROWS = {"public.chunks", "public.mem_embeddings", "public.messages", "public.documents"}


class VectorsMaintain(Case):
    def __init__(self, world: World, folder: Path):
        with world.live.admin() as conn:
            fill(conn, place(conn, "large"), vectors(3000))
        super().__init__(world, folder)

    def words(self) -> list[str]:
        return [*NEONHUB, "vectors", "maintain", "--build-at", "1000"]

    def holds(self) -> None:
        now = self.world.fingerprints()
        assert {k for k in now if now[k] != self.before[k]} <= {"public.embedding_spaces"}

    def right(self) -> None:
        self.holds()
        with self.world.live.admin() as conn:
            found = conn.execute(
                "SELECT i.indisvalid AND i.indisready FROM pg_index i JOIN pg_class c "
                "ON c.oid = i.indexrelid WHERE c.relname LIKE 'route\\_%'"
            ).fetchall()
        assert found == [(True,)]


class Maintain(Case):
    """Rows that are due: each is in its table or in the archive at any moment, in the end once."""

    TABLES = (*FAMILY, "metric_events")
    SUMS = (
        "SELECT sum(total_runs)::int, sum(successful_runs)::int, sum(total_tokens)::int, "
        "sum(total_cost) FROM agent_metrics UNION ALL SELECT sum(count)::int, 0, 0, "
        "sum(value_sum) FROM analytics_summaries"
    )
    sums: list[tuple[Any, ...]] | None = None

    def __init__(self, world: World, folder: Path):
        with world.live.admin() as conn:
            now = conn.execute("SELECT now()").fetchone()
            for mark, slug in (("a", "demo"), ("b", "demo-events")):
                workspace = workspace_of(world.live, slug).id
                of = agent(conn, workspace)
                first = conn.execute("SELECT now() - interval '200 days'").fetchone()
                assert first is not None and now is not None
                add_runs(conn, workspace, of, 500, first=first[0], mark=mark)
                conn.execute(
                    "INSERT INTO metric_events (workspace_id, kind, metadata, timestamp) "
                    "SELECT %s, 'k', '{\"value\": 2}', now() - interval '500 days' "
                    "+ n * interval '1 hour' FROM generate_series(1, 700) n",
                    [workspace],
                )
            self.there = {table: ids(conn, table) for table in self.TABLES}
        super().__init__(world, folder)

    def words(self) -> list[str]:
        return [*NEONHUB, "maintain", "--archive-to", str(self.folder / "archive")]

    def holds(self) -> None:
        with self.world.live.admin() as conn:
            for table in self.TABLES:
                gone = set(archived(self.folder / "archive", table))
                assert ids(conn, table) | gone == self.there[table], table

    def right(self) -> None:
        self.holds()
        with self.world.live.admin() as conn:
            for table in self.TABLES:
                gone = archived(self.folder / "archive", table)
                assert len(gone) == len(set(gone)), table
                assert not ids(conn, table) & set(gone), table
            assert not [each for each in ids(conn, "agent_runs") if each.startswith("crun")]
            sums = conn.execute(self.SUMS).fetchall()
        type(self).sums = type(self).sums or sums  # of the run that was not killed
        assert sums == type(self).sums
        assert list((self.folder / "archive").rglob(".partial-*")) == []


CASES = [
    Backup,
    RestoreNew,
    RestoreInPlace,
    RestoreTable,
    RestoreWorkspace,
    Deploy,
    Reembed,
    VectorsMaintain,
    Maintain,
]


@contextlib.contextmanager
def embeddings() -> Iterator[dict[str, str]]:
    """A server of OpenAI's protocol; the settings that lead to it."""
    server, loop = openai_server.Server(), asyncio.new_event_loop()
    ready, ended = threading.Event(), asyncio.Event()

    async def serve() -> None:
        async with openai_server.serving(server):
            ready.set()
            await ended.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=[serve()])
    thread.start()
    ready.wait(10)
    yield {
        "OPENAI_API_KEY": "k",
        "OPENAI_BASE_URL": server.url,
        "NEONHUB_EMBEDDER": "openai",
    }
    loop.call_soon_threadsafe(ended.set)
    thread.join()
    loop.close()
