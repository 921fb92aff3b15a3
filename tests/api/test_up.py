"""``neonhub up`` as a user runs it: another process, from an empty home."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from neonhub.hub import NeonHub
from neonhub.ops.seed import seed
from neonhub.settings import load_settings
from tests.databases import Database
from tests.db.embedded_support import nothing

_OURS = ("DATABASE_URL", "DIRECT_DATABASE_URL", "DIRECT_URL", "READ_REPLICA_URLS")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


class Up:
    """A running ``neonhub up``."""

    def __init__(self, home: Path, **variables: str):
        self.home = home
        self.port = free_port()
        environment = {k: v for k, v in os.environ.items() if k not in _OURS}
        environment |= {
            "NEONHUB_HOME": str(home),
            "NEONHUB_PORT": str(self.port),
            "NEONHUB_EMBEDDER": "lexical",
        }
        self.log = home.with_name(f"up-{self.port}.log")
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "neonhub.cli.main", "up"],
                env=environment | variables,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=home.parent,
            )
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=20)

    def wait_for(self, path: str, status: int, seconds: float = 40) -> Any:
        """The body of ``path`` once it answers with ``status``."""
        until = time.monotonic() + seconds
        seen: object = None
        while time.monotonic() < until:
            assert self.process.poll() is None, self.output()
            try:
                answer = self.client.get(path)
            except httpx.TransportError as error:
                seen = error
            else:
                if answer.status_code == status:
                    return answer.json()
                seen = answer.text
            time.sleep(0.05)
        raise AssertionError(f"{path} did not become {status}: {seen}\n{self.output()}")

    def wait_until(self, holds: Callable[[], bool], seconds: float = 30) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with contextlib.suppress(OSError, ValueError):
                if holds():
                    return
            time.sleep(0.05)
        raise AssertionError(f"it did not come to pass\n{self.output()}")

    def end(self, by: signal.Signals) -> int:
        self.process.send_signal(by)
        return self.process.wait(30)

    def output(self) -> str:
        return self.log.read_text()

    def close(self) -> None:
        self.client.close()
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


@pytest.fixture
def home() -> Iterator[Path]:
    with nothing() as path:
        yield path


def postmaster(home: Path) -> int:
    return int((home / "data" / "postmaster.pid").read_text().split("\n", 1)[0])


def new_key(home: Path, pg_port: int) -> str:
    """A key of the baseline's organization, as an operator would make it."""

    async def make() -> str:
        settings = load_settings(
            database_url=None, direct_database_url=None, home=home, pg_port=pg_port
        )
        async with NeonHub(settings) as hub, hub.organization("primary") as unit:
            (owner,) = (await unit.tenancy.members.list_members()).items
            made = await unit.tenancy.api_keys.create(
                "up", ["data:import"], created_by=owner.user_id
            )
            return made.token

    return asyncio.run(make())


def test_up_survives_its_database_and_finds_its_data_again(home: Path) -> None:
    pg_port = free_port()
    up = Up(home, NEONHUB_PG_PORT=str(pg_port))
    try:
        assert up.wait_for("/api/health", 200) == {"status": "alive"}
        assert up.wait_for("/api/readyz", 200)["status"] == "ready"
        up.client.headers["Authorization"] = f"Bearer {new_key(home, pg_port)}"
        made = up.client.post("/api/datasets", json={"name": "Kept"})
        assert made.status_code == 201

        killed = postmaster(home)
        os.kill(killed, signal.SIGKILL)
        assert up.client.get("/api/health").status_code == 200
        # Nobody else is there to start it: `up` does.
        up.wait_until(lambda: postmaster(home) != killed)
        assert up.wait_for("/api/readyz", 200)["status"] == "ready"
        assert up.wait_for("/api/datasets/kept", 200)["name"] == "Kept"
        assert "recovered from its log" in up.output()

        assert up.end(signal.SIGINT) == 0
        assert "Traceback" not in up.output()
        assert not (home / "data" / "postmaster.pid").exists()
    finally:
        up.close()
    again = Up(home, NEONHUB_PG_PORT=str(pg_port))
    try:
        again.client.headers["Authorization"] = up.client.headers["Authorization"]
        assert again.wait_for("/api/datasets/kept", 200)["name"] == "Kept"
        assert again.end(signal.SIGTERM) == 0
        assert not (home / "data" / "postmaster.pid").exists()
        for line in ("PostgreSQL started", "API started", f"http://127.0.0.1:{again.port}/docs"):
            assert line in again.output()
    finally:
        again.close()


def test_a_port_in_use_is_told_before_anything_is_started(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        up = Up(home, NEONHUB_PORT=str(port))
        code = up.process.wait(20)
        up.close()

    assert code == 69
    assert f"Port {port} on 127.0.0.1 is in use" in up.output()
    assert "NEONHUB_PORT" in up.output()
    assert not home.exists()


def test_an_address_of_another_machine_is_told(home: Path) -> None:
    up = Up(home, NEONHUB_HOST="192.0.2.1")
    code = up.process.wait(20)
    up.close()

    assert code == 78
    assert "192.0.2.1" in up.output()
    assert "NEONHUB_HOST" in up.output()


def test_up_serves_a_database_of_the_users_own(database: Database, home: Path) -> None:
    seed(database.admin_dsn)
    up = Up(home, DATABASE_URL=database.admin_dsn)
    try:
        assert up.wait_for("/api/readyz", 200)["status"] == "ready"
        assert up.end(signal.SIGTERM) == 0
        assert not home.exists()
    finally:
        up.close()
