"""``neonhub`` in a home of its own: the real program, against the real embedded server."""

from __future__ import annotations

import contextlib
import functools
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

from neonhub.db.embedded import EmbeddedServer
from tests import places
from tests.cli import warm
from tests.cli.conftest import environment
from tests.db.embedded_support import copy_home

# What would lead a command elsewhere than to its home, or make it another program.
ELSEWHERE = {
    "DATABASE_URL", "DIRECT_DATABASE_URL", "DIRECT_URL", "OPENAI_API_KEY", "OPENAI_BASE_URL",
    "NEONHUB_EMBEDDER", "NEONHUB_PG_PORT",
    "PYTHONDONTWRITEBYTECODE",  # a user's modules are compiled once, not at every command
}  # fmt: skip


class Home:
    """A home whose server this process keeps running, so that commands find it."""

    def __init__(self, path: Path):
        self.path = path
        self.embedded = EmbeddedServer(path, notify=lambda _line: None)

    def environment(self, **extra: str) -> dict[str, str]:
        own = {k: v for k, v in environment().items() if k not in ELSEWHERE}
        return own | {"NEONHUB_HOME": str(self.path)} | extra

    def start(self, *words: str, **extra: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "neonhub.cli.main", *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment(**extra),
        )

    def run(self, *words: str, **extra: str) -> subprocess.CompletedProcess[str]:
        return warm.run(*words, environment=self.environment(**extra))

    def json(self, *words: str, code: int = 0) -> Any:
        done = self.run(*words, "--json")
        assert done.returncode == code, done.stderr or done.stdout
        return json.loads(done.stdout)

    def dsn(self, role: str = "postgres") -> str:
        return self.embedded.acquire().dsn(role=role)

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.dsn()) as conn:
            return conn.execute(query, values).fetchall()

    def documents(self, dataset: str) -> int:
        query = """SELECT count(*) FROM documents d JOIN datasets s ON s.id = d.dataset_id
                    WHERE s.slug = %s AND d.deleted_at IS NULL"""
        return int(self.rows(query, dataset)[0][0])

    def contents(self, dataset: str) -> list[tuple[Any, ...]]:
        """All that a dataset holds, but for ids and times."""
        query = """
            SELECT d.source_uri, d.content_hash, d.title, count(c.id),
                   md5(string_agg(c.text || c.embedding::text, '' ORDER BY c.idx))
              FROM documents d JOIN datasets s ON s.id = d.dataset_id
              LEFT JOIN chunks c ON c.document_id = d.id
             WHERE s.slug = %s AND d.deleted_at IS NULL GROUP BY 1, 2, 3 ORDER BY 1"""
        return self.rows(query, dataset)

    def wait_for_documents(self, dataset: str, process: subprocess.Popen[str]) -> None:
        """Until some are written, and not yet all."""
        deadline = time.monotonic() + 30
        while not self.documents(dataset):
            assert process.poll() is None, "the ingest ended before it could be disturbed"
            assert time.monotonic() < deadline
            time.sleep(0.005)


@contextlib.contextmanager
def made() -> Iterator[Home]:
    """A new home, its server up, migrated and seeded."""
    path = copy_home(_model(), places.new("home"))
    home = Home(path)
    try:
        home.embedded.acquire()
        yield home
    finally:
        places.stop_at_once(path)
        home.embedded.release()
        shutil.rmtree(path, ignore_errors=True)


@functools.cache
def _model() -> Path:
    """One that the program has made from nothing: others are copies of it."""
    home = Home(places.kept("model"))
    try:
        home.embedded.acquire()
        first = home.run("datasets", "list", "--json")
        assert first.returncode == 0, first.stderr
    finally:
        home.embedded.stop()
        home.embedded.release()
    return home.path
