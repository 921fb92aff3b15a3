"""Rules about the server: who comes in and how, and what it is set to."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from neonhub.db import _embedded_home, _pg_programs
from neonhub.ops.prepare import connected
from neonhub.ops.roles import ensure_roles
from tests.checks.judging import judged, objects, run
from tests.checks.open_server import OpenServer, listening, own_address, proxied

LOGINS = {
    *("neonhub_app", "neonhub_auth", "neonhub_backup", "neonhub_maintenance"),
    *("neonhub_migrate", "neonhub_readonly"),
}
SCRAM = "host all all all scram-sha-256"


@pytest.fixture(scope="module")
def running() -> Iterator[OpenServer]:
    with listening() as server:
        with connected(server.dsn()) as conn:
            ensure_roles(conn, logins=True)
        yield server


@pytest.fixture
def opened(running: OpenServer) -> Iterator[OpenServer]:
    running.rules(SCRAM)
    yield running
    running.rules(SCRAM)


def test_0001_encrypted_connection(opened: OpenServer) -> None:
    opened.rules("host all all all trust")
    plain = opened.dsn(host=own_address())
    broken = judged(plain, "0001")
    assert objects(broken) == {"the administrator's address"}
    assert judged(opened.dsn(), "0001", database_url=plain).found[0].object == "DATABASE_URL"

    with proxied(("127.0.0.1", opened.info.port), plain=True) as there:
        cured = f"postgresql://postgres@{there}/postgres?sslmode=require"
        assert judged(cured, "0001", database_url=cured).state == "holds"
        preferring = f"postgresql://postgres@{there}/postgres?sslmode=disable"
        assert judged(cured, "0001", database_url=preferring).state == "broken"
    for local in (opened.dsn(), opened.dsn(host="127.0.0.1")):
        assert judged(local, "0001").state == "holds"
    assert (
        judged(opened.dsn(), "0001", database_url=cured).reason == "DATABASE_URL does not connect"
    )


def test_0002_plain_connections_refused_by_trying(opened: OpenServer) -> None:
    opened.rules("host all all all trust")
    where = ("127.0.0.1", opened.info.port)
    with proxied(where, plain=True) as there:
        broken = judged(f"postgresql://postgres@{there}/postgres?sslmode=require", "0002")
        assert objects(broken) == {there.partition(":")[0]}
    with proxied(where, plain=False) as there:
        cured = judged(f"postgresql://postgres@{there}/postgres?sslmode=require", "0002")
        assert cured.state == "holds"


def test_0002_plain_connections_refused_by_the_rules(opened: OpenServer) -> None:
    opened.rules("host all all 127.0.0.1/32 scram-sha-256", "host all all ::1/128 scram-sha-256")
    assert judged(opened.dsn(), "0002").state == "holds"
    opened.rules("host all all samehost trust", "host all all 10.0.0.0/8 scram-sha-256", SCRAM)
    broken = judged(opened.dsn(), "0002")
    assert objects(broken) == {"pg_hba.conf:3", "pg_hba.conf:4"}
    # Who may not read the rules is not told that all is well.
    assert judged(opened.dsn("neonhub_migrate"), "0002").state == "unknown"
    opened.rules("hostnossl all all all reject", SCRAM)
    assert judged(opened.dsn(), "0002").state == "holds"


def test_0003_known_passwords(opened: OpenServer) -> None:
    opened.run(
        "ALTER ROLE neonhub_auth PASSWORD 'neonhub_auth'",
        "SET password_encryption = 'md5'",
        "ALTER ROLE neonhub_backup PASSWORD 'changeme'",
        "RESET password_encryption",
        "ALTER ROLE neonhub_app PASSWORD 'Ein sehr langes Wort'",
    )
    broken = judged(opened.dsn(), "0003")
    assert objects(broken) == {"neonhub_auth", "neonhub_backup"}
    # Without a look at the verifiers, by trying what comes first.
    assert objects(judged(opened.dsn("neonhub_migrate"), "0003")) == {"neonhub_auth"}

    from neonhub.ops.passwords import rotate

    made = rotate(opened.dsn(), ["auth", "backup"])
    assert [each.role for each in made] == ["neonhub_auth", "neonhub_backup"]
    for dsn in (opened.dsn(), opened.dsn("neonhub_migrate")):
        assert judged(dsn, "0003").state == "holds"


def test_0003_the_passwords_of_our_own_addresses(opened: OpenServer) -> None:
    opened.rules("host all all all trust")
    for password, what in (("secret", "tried first"), ("kZ4-9xQ", "fewer than 12")):
        url = f"postgresql://neonhub_app:{password}@127.0.0.1:{opened.info.port}/postgres"
        broken = judged(opened.dsn(), "0003", database_url=url)
        assert objects(broken) == {"DATABASE_URL"}
        assert what in broken.found[0].what
        assert password not in str(broken)


def test_0004_login_without_password(opened: OpenServer) -> None:
    assert judged(opened.dsn(), "0004").state == "holds"
    assert judged(opened.dsn("neonhub_migrate"), "0004").state == "holds"
    opened.rules("host all all 127.0.0.1/32 trust", SCRAM)
    assert objects(judged(opened.dsn(), "0004")) == {"pg_hba.conf:2"}
    tried = judged(opened.dsn("neonhub_migrate"), "0004")
    assert objects(tried) == LOGINS | {"postgres"}
    opened.rules(SCRAM)
    assert judged(opened.dsn(), "0004").state == "holds"


def test_0007_application_login(opened: OpenServer) -> None:
    opened.rules("host all all all trust")
    where = f"127.0.0.1:{opened.info.port}/postgres"
    broken = judged(opened.dsn(), "0007", database_url=f"postgresql://postgres@{where}")
    assert "its login postgres is a superuser" in broken.found[0].what
    cured = judged(opened.dsn(), "0007", database_url=f"postgresql://neonhub_app@{where}")
    assert cured.state == "holds"


@pytest.mark.parametrize(
    ("rule", "fault", "found"),
    [
        ("0024_durable_writes", ["fsync = off", "synchronous_commit = off"], None),
        ("0026_autovacuum", ["autovacuum = off"], None),
        ("0031_password_hashing", ["password_encryption = 'md5'"], None),
        ("0010_session_settings", ["row_security = off"], None),
        ("0030_timezone", ["timezone = 'Asia/Tokyo'"], "ALTER SYSTEM RESET timezone"),
    ],
)
def test_settings_of_the_server(
    opened: OpenServer, rule: str, fault: list[str], found: str | None
) -> None:
    assert judged(opened.dsn(), rule).state == "holds"
    try:
        opened.run(*(f"ALTER SYSTEM SET {each}" for each in fault))
        opened.run("SELECT pg_reload_conf()", "SELECT pg_sleep(0.1)")
        broken = judged(opened.dsn(), rule)
        assert objects(broken) == {each.split()[0] for each in fault}

        for each in broken.found:
            for statement in (found or each.mend or "").split("; "):
                run(opened.dsn(), statement)
        opened.run("SELECT pg_reload_conf()", "SELECT pg_sleep(0.1)")
        assert judged(opened.dsn(), rule).state == "holds"
    finally:
        opened.run("ALTER SYSTEM RESET ALL", "SELECT pg_reload_conf()")


def test_0025_checksums(running: OpenServer) -> None:
    from neonhub.db.embedded import EmbeddedServer

    server = EmbeddedServer(running.home, notify=lambda _line: None)
    programs = _pg_programs.find()
    account = _embedded_home.account_for(running.home)
    programs = _pg_programs.reachable(programs, account)

    def turned(way: str) -> str:
        server.stop()
        command = [programs["pg_checksums"], way, "--no-sync", "-D", str(server.data_dir)]
        subprocess.run(command, check=True, capture_output=True, cwd="/", **account.popen())
        return server.acquire().dsn(role="postgres", dbname="postgres")

    try:
        dsn = turned("--disable")
        broken = judged(dsn, "0025")
        assert objects(broken) == {"data_checksums"}
        assert broken.severity == "should"
        assert "pg_checksums --enable" in (broken.found[0].mend or "")
        assert judged(turned("--enable"), "0025").state == "holds"
    finally:
        server.release()
