"""A pgbouncer of the test's own, in transaction mode, in front of the run's server."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from tests import places
from tests.databases import Database

_PASSWORD = "behind-the-pooler"  # of a server that lives as long as the run
_ACCOUNT = "nobody"
_CONFIG = """
[databases]
{databases}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {servers}
max_client_conn = 200
ignore_startup_parameters = extra_float_digits
log_connections = 0
log_disconnections = 0
admin_users = {account}
"""


@dataclass(frozen=True)
class Pooler:
    """Where it listens, and its version."""

    port: int
    version: tuple[int, ...]
    log: Path

    def dsn(self, door: str) -> str:
        """The way in: ``login`` is the application's, ``role`` the administrator's."""
        return f"postgresql://client@127.0.0.1:{self.port}/{door}"


def program() -> str:
    """The path of pgbouncer; Debian's package is installed where a CI run may do that."""
    found = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None and os.environ.get("CI") and os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {"env": os.environ | {"DEBIAN_FRONTEND": "noninteractive"}, "timeout": 180}
        for command in (
            ["apt-get", "update", "-qq"],
            ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "pgbouncer"],
        ):
            subprocess.run(command, check=False, capture_output=True, **quiet)  # type: ignore[call-overload]
        found = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None:
        pytest.skip("pgbouncer is not installed (Debian: apt-get install pgbouncer)")
    return found


def _version(path: str) -> tuple[int, ...]:
    told = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
    return tuple(int(part) for part in told.split()[1].split(".")[:2])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _line(name: str, dsn: str, **more: str) -> str:
    """A line of pgbouncer's ``[databases]``: where ``dsn`` goes."""
    given = {k: str(v) for k, v in conninfo_to_dict(dsn).items() if v is not None} | more
    kept = {k: given[k] for k in ("host", "port", "dbname", "user", "password") if k in given}
    return f"{name} = " + " ".join(f"{key}='{value}'" for key, value in kept.items())


def _databases(database: Database) -> str:
    """By TCP with passwords on the embedded server; as the administrator on one that is given."""
    if not database.server.logins:
        return "\n".join(_line(door, database.admin_dsn) for door in ("login", "role"))
    admin = conninfo_to_dict(database.admin_dsn)["user"]
    users = {"login": "neonhub_app", "role": str(admin)}
    with database.admin() as conn:
        for user in users.values():
            secret = conn.pgconn.encrypt_password(_PASSWORD.encode(), user.encode())
            conn.execute(f"ALTER ROLE {quote(user)} PASSWORD '{secret.decode()}'".encode())
    return "\n".join(
        _line(door, database.admin_dsn, host="127.0.0.1", user=user, password=_PASSWORD)
        for door, user in users.items()
    )


@contextlib.contextmanager
def running(database: Database, *, servers: int = 2) -> Iterator[Pooler]:
    """A pgbouncer that has ``servers`` connections to ``database`` for each way in."""
    path, port = program(), _free_port()
    # pgbouncer refuses root, and runs as an account of its own.
    home = places.new("pgbouncer")
    text = _CONFIG.format(
        databases=_databases(database), port=port, servers=servers, account=_ACCOUNT
    )
    config, log = home / "pgbouncer.ini", home / "log"
    config.write_text(text)
    account = _ACCOUNT if os.geteuid() == 0 else None
    if account:
        shutil.chown(home, account)
        shutil.chown(config, account)
    with log.open("wb") as out:
        process = subprocess.Popen([path, str(config)], user=account, stdout=out, stderr=out)
    try:
        pooler = Pooler(port, _version(path), log)
        _wait(pooler, process)
        yield pooler
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(home, ignore_errors=True)


def _wait(pooler: Pooler, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 10
    while True:
        try:
            psycopg.connect(pooler.dsn("login"), connect_timeout=3).close()
            return
        except psycopg.OperationalError as error:
            if process.poll() is not None or time.monotonic() > until:
                raise AssertionError(f"{error}\n{pooler.log.read_text()}") from error
            time.sleep(0.02)
