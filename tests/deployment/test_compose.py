"""docker-compose.yml without Docker: its schema, its settings on a real server, its pooler."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
import yaml

from neonhub.db import _embedded_home as places
from neonhub.db import _pg_config, _pg_programs
from neonhub.db.pools import Database
from neonhub.db.session import Session
from neonhub.db.tenancy import Tenant
from neonhub.ops import migrate, prepare
from tests.conftest import Tenants, insert_tenants
from tests.isolation import pooler
from tests.isolation.traffic import all_spaces

ROOT = Path(__file__).resolve().parents[2]
SAID = {
    "NEONHUB_POSTGRES_PASSWORD": "a1",
    "NEONHUB_APP_PASSWORD": "b2c3d4",
    "NEONHUB_MIGRATE_PASSWORD": "e5f6a7",
    "NEONHUB_METRICS_TOKEN": "0123456789abcdef",
}
_VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


def text() -> str:
    return (ROOT / "docker-compose.yml").read_text("utf-8")


def interpolated(source: str) -> str:
    """As Compose does it, for what the file uses."""

    def value(match: re.Match[str]) -> str:
        name, kind, word = match.groups()
        if SAID.get(name):
            return SAID[name]
        assert kind == "-", f"{name} has to be set"
        return word or ""

    return _VARIABLE.sub(value, source)


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    made: dict[str, Any] = yaml.safe_load(interpolated(text()))
    return made


def test_it_is_of_the_schema() -> None:
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run(
        [*check, str(ROOT / "docker-compose.yml")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_no_password_is_published() -> None:
    """Each is required, and the example leaves it empty."""
    used = _VARIABLE.findall(text())
    secret = {name for name, *_ in used if re.search("PASSWORD|TOKEN", name)}
    assert secret == SAID.keys()
    assert [name for name, kind, _ in used if name in secret and kind != "?"] == []
    lines = (ROOT / ".env.example").read_text("utf-8").splitlines()
    said = dict(line.lstrip("#").split("=", 1) for line in lines if re.match(r"#?[A-Z_]+=", line))
    assert {said[name] for name in secret} == {""}
    assert {name for name, *_ in used} - said.keys() == {"OPENAI_API_KEY"}
    with pytest.raises(AssertionError, match="has to be set"):
        interpolated("${NEONHUB_ANOTHER_PASSWORD:?}")


def test_images_are_pinned_and_pgvector_is_mended(compose: dict[str, Any]) -> None:
    images = [each["image"] for each in compose["services"].values() if "image" in each]
    assert all(re.search(r":v?\d+\.\d+\.\d+", image) for image in images)
    vector = re.search(r"pgvector:(\d+)\.(\d+)\.(\d+)-pg(\d+)", " ".join(images))
    assert vector is not None
    assert tuple(map(int, vector.groups()[:3])) >= (0, 8, 2)


def test_nothing_listens_beyond_the_machine(compose: dict[str, Any]) -> None:
    ports = [port for each in compose["services"].values() for port in each.get("ports", [])]
    assert len(ports) == 3
    assert all(port.startswith("127.0.0.1:") for port in ports)


def given(compose: dict[str, Any]) -> dict[str, str]:
    program, *flags = compose["services"]["postgres"]["command"]
    assert program == "postgres" and all(flag.startswith("-c") for flag in flags)
    return dict(flag.removeprefix("-c").split("=", 1) for flag in flags)


def test_the_server_is_set_as_the_embedded_one(compose: dict[str, Any]) -> None:
    own = {
        k: v.strip("'")
        for k, v in _pg_config.settings(lz4=True, libraries=["pg_stat_statements"]).items()
    }
    memory = {"shared_buffers", "effective_cache_size"}
    of_sockets = {"unix_socket_permissions"}
    assert given(compose).keys() == own.keys() - of_sockets
    assert {k: v for k, v in given(compose).items() if k not in memory} == {
        k: v for k, v in own.items() if k not in memory | of_sockets
    }


def taken(compose: dict[str, Any]) -> dict[str, str]:
    """The settings as the server here can take them: the wheel's may be built without lz4."""
    own = {} if _pg_programs.find().has_lz4 else {"wal_compression": "pglz"}
    return given(compose) | own


@dataclass(frozen=True)
class Stack:
    """A server that was initialised and started as the file says, and its port."""

    port: int
    tenants: Tenants

    def dsn(self, user: str, password: str, *, port: int | None = None) -> str:
        return f"postgresql://{user}:{password}@127.0.0.1:{port or self.port}/neonhub"


@pytest.fixture(scope="module")
def stack(compose: dict[str, Any]) -> Iterator[Stack]:
    home = Path(tempfile.mkdtemp(prefix="neonhub-compose-"))
    account = places.account_for(home)
    programs = _pg_programs.reachable(_pg_programs.find(), account)
    if account.other:
        os.chown(home, account.uid, account.gid)
    home.chmod(0o755)
    service, port = compose["services"]["postgres"], pooler._free_port()
    how: dict[str, Any] = account.popen() | {"cwd": "/"}
    secret = home / "pw"
    secret.write_text(service["environment"]["POSTGRES_PASSWORD"])
    asked = shlex.split(service["environment"]["POSTGRES_INITDB_ARGS"])
    data = ["--pgdata", f"{home}/data", "--username=postgres", f"--pwfile={secret}", "--no-sync"]
    subprocess.run([programs["initdb"], *data, *asked], check=True, capture_output=True, **how)
    where = ["-D", f"{home}/data", "-p", str(port), "-k", str(home), "-h", "127.0.0.1"]
    flags = [f"-c{name}={value}" for name, value in taken(compose).items()]
    log = home / "log"
    with log.open("wb") as out:
        server = subprocess.Popen([programs["postgres"], *where, *flags], stderr=out, **how)
    try:
        is_ready = [
            str(port) if word == "5432" else word for word in service["healthcheck"]["test"]
        ]
        until = time.monotonic() + 20
        ready = [_beside(programs["postgres"], is_ready[1]), "-p", str(port), *is_ready[2:]]
        while subprocess.run(ready, capture_output=True, check=False).returncode:
            assert time.monotonic() < until and server.poll() is None, log.read_text()
            time.sleep(0.05)
        yield _filled(service, programs["postgres"], port)
    finally:
        server.kill()
        server.wait()
        shutil.rmtree(home, ignore_errors=True)


def _beside(program: str, name: str) -> str:
    """A client's program: of the wheel, or of the system."""
    own = Path(program).with_name(name)
    found = str(own) if own.exists() else shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def _filled(service: dict[str, Any], program: str, port: int) -> Stack:
    """Its database with the two logins, migrated by an administrator as the service does it."""
    admin = f"postgresql://postgres:{SAID['NEONHUB_POSTGRES_PASSWORD']}@127.0.0.1:{port}"
    with psycopg.connect(f"{admin}/postgres", autocommit=True) as conn:
        conn.execute("CREATE DATABASE neonhub")
    script = ROOT / next(v for v in service["volumes"] if "initdb.d" in v).split(":")[0]
    run = [_beside(program, "psql"), "-v", "ON_ERROR_STOP=1", "-d", f"{admin}/neonhub", "-f"]
    said = {k: v for k, v in service["environment"].items() if k.startswith("NEONHUB_")}
    subprocess.run([*run, str(script)], env=os.environ | said, check=True, capture_output=True)
    prepare.prepare(f"{admin}/neonhub")
    migrate.migrate(f"{admin}/neonhub")
    with psycopg.connect(f"{admin}/neonhub", autocommit=True) as conn:
        return Stack(port, insert_tenants(conn))


def test_the_server_takes_every_setting(stack: Stack, compose: dict[str, Any]) -> None:
    with psycopg.connect(stack.dsn("postgres", "a1"), autocommit=True) as conn:
        for name, value in taken(compose).items():
            row = conn.execute("SELECT current_setting(%s)", [name]).fetchone()
            assert row == (value,), name
        rows = conn.execute(
            "SELECT current_setting('data_checksums'), datlocprovider::text "
            "FROM pg_database WHERE datname = current_database()"
        ).fetchone()
        assert rows == ("on", "b")


def test_its_logins_are_those_of_the_platform_and_no_more(stack: Stack) -> None:
    for user, word in (("neonhub_app", "b2c3d4"), ("neonhub_migrate", "e5f6a7")):
        psycopg.connect(stack.dsn(user, word)).close()
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(stack.dsn(user, "wrong"))
    assert migrate.is_current(stack.dsn("neonhub_migrate", "e5f6a7"))
    with psycopg.connect(stack.dsn("postgres", "a1")) as conn:
        query = "SELECT rolname::text FROM pg_roles WHERE rolcanlogin AND rolname ~ '^neonhub'"
        assert {row[0] for row in conn.execute(query)} == {"neonhub_app", "neonhub_migrate"}


@pytest.fixture(scope="module")
def bouncer(stack: Stack, compose: dict[str, Any]) -> Iterator[int]:
    """PgBouncer with the file that is mounted, but for where it listens and looks."""
    program, port = pooler.program(), pooler._free_port()
    home = Path(tempfile.mkdtemp(prefix="neonhub-pgbouncer-"))
    config = (ROOT / compose["configs"]["pgbouncer"]["file"]).read_text("utf-8")
    changes = {
        "host=postgres port=5432": f"host=127.0.0.1 port={stack.port}",
        "listen_port = 6432": f"listen_port = {port}",
        "/etc/pgbouncer/userlist.txt": f"{home}/userlist.txt",
    }
    for old, new in changes.items():
        assert config.count(old) == 1
        config = config.replace(old, new)
    if pooler._version(program) < (1, 21):
        config = config.replace("max_prepared_statements = 200\n", "")
    (home / "userlist.txt").write_text(compose["configs"]["userlist"]["content"])
    (home / "pgbouncer.ini").write_text(config)
    account = "nobody" if os.geteuid() == 0 else None
    for path in (home, *home.iterdir()):
        if account:
            shutil.chown(path, account)
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            [program, str(home / "pgbouncer.ini")], user=account, stdout=log, stderr=log
        )
    try:
        until = time.monotonic() + 10
        while True:
            try:
                psycopg.connect(stack.dsn("neonhub_app", "b2c3d4", port=port)).close()
                break
            except psycopg.OperationalError:
                told = (home / "log").read_text()
                assert time.monotonic() < until and process.poll() is None, told
                time.sleep(0.05)
        assert "WARNING" not in (home / "log").read_text()
        yield port
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(home, ignore_errors=True)


async def test_units_of_work_go_through_the_pooler(stack: Stack, bouncer: int) -> None:
    tenants = stack.tenants
    tenant = Tenant(tenants.workspace, tenants.organization, tenants.user)
    async with Database(stack.dsn("neonhub_app", "b2c3d4", port=bouncer)) as pools:
        await pools.pooled.open()
        assert pools.pooled.prepares is False
        async with Session(pools.pooled, tenant) as session:
            assert await session.all(all_spaces) == []


@pytest.mark.parametrize(
    ("user", "word"), [("neonhub_app", "wrong"), ("neonhub_migrate", "e5f6a7"), ("postgres", "a1")]
)
def test_the_pooler_lets_in_the_application_alone(
    stack: Stack, bouncer: int, user: str, word: str
) -> None:
    with pytest.raises(psycopg.OperationalError, match="authentication failed"):
        psycopg.connect(stack.dsn(user, word, port=bouncer))


def test_prepared_statements_of_other_clients_hold(stack: Stack, bouncer: int) -> None:
    if pooler._version(pooler.program()) < (1, 21):
        pytest.skip("this PgBouncer is older than 1.21, which is the first to know them")
    dsn = stack.dsn("neonhub_app", "b2c3d4", port=bouncer)
    clients = [psycopg.connect(dsn, autocommit=True, prepare_threshold=0) for _ in range(3)]
    for held in (None, *clients):  # each in turn holds a server connection, the others move on
        if held is not None:
            held.execute("BEGIN")
        for client in clients:
            for number in range(3):
                assert client.execute("SELECT %s::int + 1", [number]).fetchone() == (number + 1,)
    for client in clients:
        client.close()


def test_the_image_is_made_of_what_is_locked() -> None:
    lines = (ROOT / "Dockerfile").read_text("utf-8").splitlines()
    installs = [line for line in lines if "pip install" in line]
    assert len(installs) == 1
    assert "--require-hashes" in installs[0] and "requirements/ops.txt" in installs[0]
    assert [line for line in lines if line.startswith("USER ")] == ["USER 10001"]
    locked = {
        name: set(
            re.findall(
                r"^[a-z0-9._-]+==\S+", (ROOT / "requirements" / name).read_text(), re.MULTILINE
            )
        )
        for name in ("dev.txt", "ops.txt")
    }
    assert locked["ops.txt"] < locked["dev.txt"]


@pytest.mark.slow
def test_the_image_s_steps_give_a_command(tmp_path: Path) -> None:
    """The Dockerfile's own RUN and COPY, in a folder instead of a container."""
    app = tmp_path / "app"
    app.mkdir()
    stage = (ROOT / "Dockerfile").read_text("utf-8").split("\n\n")[0].splitlines()
    for line in stage:
        word, _, rest = line.partition(" ")
        if word == "COPY":
            source, target = rest.split()
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, app / target)
            else:
                (app / target).parent.mkdir(exist_ok=True)
                into = app / target / Path(source).name if target.endswith("/") else app / target
                into.parent.mkdir(exist_ok=True)
                shutil.copy2(ROOT / source, into)
        elif word == "RUN":
            command = rest.replace("/app", str(app)).replace("python -m", f"{sys.executable} -m")
            subprocess.run(command, shell=True, cwd=app, check=True)
    script = app / "venv/bin/neonhub"
    script.write_text(script.read_text().replace("/app", str(app)))
    env = {"PATH": f"{app}/venv/bin:/usr/bin:/bin", "PYTHONPATH": str(app / "src"), "HOME": "/x"}
    done = subprocess.run(
        ["neonhub", "version"], env=env, capture_output=True, text=True, cwd="/", check=False
    )
    assert done.returncode == 0, done.stderr
    assert "NeonHub" in done.stdout or "neonhub" in done.stdout


def as_said(service: dict[str, Any], stack: Stack, bouncer: int, **more: str) -> dict[str, str]:
    """The environment of a service, its hosts those of the test."""
    where = {
        "@postgres:5432": f"@127.0.0.1:{stack.port}",
        "@pgbouncer:6432": f"@127.0.0.1:{bouncer}",
    }
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    made = {"PATH": path, "HOME": "/nonexistent"} | {
        k: str("" if v is None else v) for k, v in service["environment"].items()
    }
    for old, new in where.items():
        made = {name: value.replace(old, new) for name, value in made.items()}
    return made | more


def test_the_services_come_up_as_they_are_written(
    stack: Stack, bouncer: int, compose: dict[str, Any], tmp_path: Path
) -> None:
    """Migrate, then the API behind the pooler, till its own health check is content."""
    first, api = compose["services"]["migrate"], compose["services"]["api"]
    shell = [*first["entrypoint"], *first["command"]]
    env = as_said(first, stack, bouncer)
    done = subprocess.run(shell, env=env, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

    port = str(pooler._free_port())
    env = as_said(api, stack, bouncer, NEONHUB_PORT=port)
    look = [word.replace("8000", port) for word in api["healthcheck"]["test"][1:]]
    program, told = shutil.which("neonhub", path=env["PATH"]), tmp_path / "told"
    with told.open("wb") as out:
        up = subprocess.Popen(
            [str(program), *(api.get("command") or ["up"])],
            env=env,
            cwd=tmp_path,
            stdout=out,
            stderr=out,
        )
    try:
        until = time.monotonic() + 30
        while subprocess.run(look, env=env, capture_output=True, check=False).returncode:
            assert time.monotonic() < until and up.poll() is None, told.read_text()
            time.sleep(0.1)
        url = f"http://127.0.0.1:{port}/metrics"
        assert httpx.get(url).status_code == 401
        read = httpx.get(url, headers={"Authorization": f"Bearer {SAID['NEONHUB_METRICS_TOKEN']}"})
        assert "neonhub_database_up 1.0" in read.text
        assert "neonhub_database_pending_migrations 0.0" in read.text
    finally:
        up.terminate()
        ended = up.wait(20)
    assert ended == 0, told.read_text()
