"""Settings: what a user writes in the environment, and what they are told when it is wrong."""

import base64
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from neonhub.db.errors import ConfigurationError
from neonhub.settings import Settings, get_settings, load_settings, split_prisma_parameters

SECRET = "hunter2"
URL = f"postgresql://ann:{SECRET}@db.example:5432/neonhub"
KEY = base64.b64encode(bytes(range(32))).decode()


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """No variable and no .env of the developer's decides a test."""
    for name in list(os.environ):
        if name.upper().startswith(
            ("NEONHUB_", "DATABASE_", "DIRECT_", "READ_REPLICA", "ENCRYPTION_", "OPENAI_")
        ):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


def refused() -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        load_settings()
    assert SECRET not in f"{caught.value} {caught.value.hint} {caught.value.to_dict()}"
    return caught.value


def url_of(settings: Settings) -> str:
    assert settings.database_url is not None
    return settings.database_url.get_secret_value()


def test_with_nothing_set_all_runs_on_this_machine() -> None:
    settings = load_settings()
    assert settings.uses_embedded_server
    assert settings.resolved_embedder == "lexical"
    assert settings.host == "127.0.0.1"
    assert settings.home.name == "neonhub"
    assert settings.home.is_absolute()


def test_home_and_host_of_the_shell_are_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOST", "0.0.0.0")
    monkeypatch.setenv("HOME", "/somewhere")
    monkeypatch.setenv("PORT", "1")
    settings = load_settings()
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.home != Path("/somewhere")


def test_the_environment_wins_over_the_env_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("NEONHUB_PORT=8001\nneonhub_host=::1\nSTRANGER=1\n", encoding="utf-8")
    assert load_settings().port == 8001
    assert load_settings().host == "::1"
    monkeypatch.setenv("NEONHUB_PORT", "8002")
    assert load_settings().port == 8002
    assert load_settings(port=8003).port == 8003


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setenv("NEONHUB_PORT", "")
    assert load_settings().uses_embedded_server
    assert load_settings().port == 8000


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        (URL, URL),
        (URL.replace("postgresql", "postgres", 1), URL),
        (f"{URL}?schema=public", URL),
        (f"{URL}?connection_limit=1&sslmode=require", f"{URL}?sslmode=require"),
        (f"{URL}?options=-c%20a%3Db+c", f"{URL}?options=-c%20a%3Db+c"),
        (f"postgresql://a:{SECRET}@h1:1,h2:2/n", f"postgresql://a:{SECRET}@h1:1,h2:2/n"),
        ("postgresql:///neonhub?host=/run/pg", "postgresql:///neonhub?host=/run/pg"),
        ("postgresql://[::1]:5433/n", "postgresql://[::1]:5433/n"),
    ],
)
def test_database_urls_come_out_as_libpq_reads_them(
    monkeypatch: pytest.MonkeyPatch, given: str, taken: str
) -> None:
    from psycopg.conninfo import conninfo_to_dict

    monkeypatch.setenv("DATABASE_URL", given)
    assert url_of(load_settings()) == taken
    assert conninfo_to_dict(taken)["dbname"] in {"neonhub", "n"}


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("DATABASE_URL", f"mysql://a:{SECRET}@h/db", "not a postgresql:// address"),
        ("DATABASE_URL", SECRET, "not a postgresql:// address"),
        ("DATABASE_URL", f"postgresql://a:x#{SECRET}@h/db", "host or port"),
        ("DATABASE_URL", f"postgresql://a:1/{SECRET}@h/db", "characters that end it early"),
        ("DATABASE_URL", f"{URL[:-8]}:99999/db", "host or port"),
        ("DATABASE_URL", f"{URL}?sslmod=require", "'sslmod'"),
        ("DATABASE_URL", f"{URL}?schema=other", "another schema"),
        ("DATABASE_URL", f"{URL}?sslaccept=strict", "sslaccept=strict"),
        ("DIRECT_DATABASE_URL", URL, "DATABASE_URL is not set"),
        ("READ_REPLICA_URLS", URL, "DATABASE_URL is not set"),
        ("READ_REPLICA_URLS", f"{URL},http://a:{SECRET}@b", "entry 2 of 2"),
        ("DATABASE_POOL_SIZE", "0", "greater than or equal to 1"),
        ("ENCRYPTION_KEYS", SECRET, "key_id:base64"),
        ("ENCRYPTION_KEYS", f"k1:{SECRET}!", "'k1' is not base64"),
        ("ENCRYPTION_KEYS", "k1:AAAA", "'k1' has 3 bytes, not 32"),
        ("ENCRYPTION_KEYS", f"k1:{KEY},k1:{KEY}", "two keys have the id 'k1'"),
        ("OPENAI_BASE_URL", "localhost:1234", "http:// or https://"),
        ("OPENAI_TIMEOUT_S", "0", "greater than 0"),
        ("OPENAI_TIMEOUT_S", "nan", "finite number"),
        ("NEONHUB_EMBEDDER", "magic", "'lexical'"),
        ("NEONHUB_EMBEDDER", "openai", "no server to go to"),
        ("NEONHUB_PORT", "eighty", "valid integer"),
        ("NEONHUB_PG_PORT", "70000", "65535"),
        ("NEONHUB_LOG_LEVEL", "loud", "'WARNING'"),
    ],
)
def test_a_bad_value_is_refused_by_its_variable_and_never_shown(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    monkeypatch.setenv(name, value)
    error = refused()
    assert error.details["name"] == name
    assert name in str(error)
    assert words in str(error)
    assert error.hint


def test_all_faults_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEONHUB_PORT", "x")
    monkeypatch.setenv("DATABASE_URL", SECRET)
    assert {"NEONHUB_PORT:", "DATABASE_URL:"} < set(str(refused()).split())


def test_home_must_not_be_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    monkeypatch.setenv("NEONHUB_HOME", "taken")
    assert "it is a file" in str(refused())
    monkeypatch.setenv("NEONHUB_HOME", "new/folder")
    assert load_settings().home == tmp_path / "new" / "folder"


def test_an_env_file_that_is_not_text_is_named() -> None:
    Path(".env").write_bytes(b"NEONHUB_PORT=\xff\xfe")
    assert ".env" in str(refused())


def test_a_misspelt_argument_is_refused() -> None:
    with pytest.raises(TypeError, match="prot"):
        load_settings(prot=1)


def test_migrations_go_past_the_pooler_where_there_is_a_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"{URL}?pgbouncer=true")
    pooled = load_settings().direct_url
    monkeypatch.setenv("DIRECT_URL", "postgres://direct/neonhub")
    direct = load_settings().direct_url
    assert pooled is not None
    assert direct is not None
    assert pooled.get_secret_value() == URL
    assert direct.get_secret_value() == "postgresql://direct/neonhub"


def test_the_pool_is_told_of_pgbouncer_and_libpq_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"{URL}?pgbouncer=true&pool_timeout=5&sslmode=require")
    plain, extra = split_prisma_parameters(url_of(load_settings()))
    assert plain == f"{URL}?sslmode=require"
    assert extra == {"pgbouncer": "true"}
    assert split_prisma_parameters("host=/run/pg dbname=n") == ("host=/run/pg dbname=n", {})


def test_replicas_are_separated_by_commas_but_not_their_hosts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", URL)
    monkeypatch.setenv("READ_REPLICA_URLS", "postgres://a,b/n, postgresql://c/n,")
    replicas = [url.get_secret_value() for url in load_settings().read_replica_urls]
    assert replicas == ["postgresql://a,b/n", "postgresql://c/n"]


def test_the_first_encryption_key_is_the_current_one(monkeypatch: pytest.MonkeyPatch) -> None:
    old = base64.urlsafe_b64encode(b"\xff" * 32).decode()
    monkeypatch.setenv("ENCRYPTION_KEYS", f"k2:{KEY}, k1:{old}")
    current, previous = load_settings().encryption_keys
    assert (current.key_id, current.secret.get_secret_value()) == ("k2", bytes(range(32)))
    assert previous.secret.get_secret_value() == b"\xff" * 32


def test_printing_or_dumping_settings_shows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", URL)
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    monkeypatch.setenv(
        "ENCRYPTION_KEYS", f"k1:{base64.b64encode(SECRET.ljust(32).encode()).decode()}"
    )
    settings = load_settings()
    assert SECRET not in f"{settings!r} {settings} {settings.model_dump_json()}"


@pytest.mark.parametrize(
    ("variables", "embedder"),
    [
        ({"OPENAI_API_KEY": "k"}, "openai"),
        ({"OPENAI_BASE_URL": "http://localhost:1234/v1/"}, "openai"),
        ({"OPENAI_API_KEY": "k", "NEONHUB_EMBEDDER": "Lexical"}, "lexical"),
        ({"NEONHUB_EMBEDDER": "local"}, "local"),
    ],
)
def test_which_embedder_is_used(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], embedder: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert load_settings().resolved_embedder == embedder


def test_settings_are_read_once_and_do_not_change(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = get_settings()
    monkeypatch.setenv("NEONHUB_PORT", "9000")
    assert get_settings() is settings
    with pytest.raises(ValidationError):
        settings.port = 9000  # type: ignore[misc]


def test_importing_the_package_brings_in_no_library() -> None:
    code = (
        "import sys, neonhub; neonhub.__version__\n"
        "print(*{'pydantic', 'sqlalchemy', 'psycopg', 'numpy'} & set(sys.modules))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30
    )
    assert run.stdout.strip() == ""


def test_the_readme_lists_every_setting() -> None:
    readme = (Path(__file__).parent.parent / "README.md").read_text("utf-8")
    table = readme.partition("## Configuration")[2].partition("\n## ")[0]
    listed = {
        name
        for line in table.splitlines()
        if line.startswith("| `")
        for name in re.findall(r"`([A-Z_]+)`", line.split("|")[1])
    }
    known = set()
    for name, field in Settings.model_fields.items():
        alias = field.validation_alias
        known |= set(getattr(alias, "choices", ())) or {alias or f"NEONHUB_{name.upper()}"}
    assert {name for name in listed if not name.startswith("OTEL_")} == known | {"NEONHUB_DEBUG"}
