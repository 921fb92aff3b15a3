"""The quick reader says what ``Settings`` says, or leaves it to them."""

import os
from pathlib import Path

import pytest

from neonhub.db.errors import ConfigurationError
from neonhub.settings import Settings, get_settings, load_settings
from neonhub.settings_quick import NAMES, read_settings

URL = "postgresql://me:secret@host/db?pgbouncer=true"


@pytest.fixture(autouse=True)
def empty(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An environment that says nothing of ours, in a folder without a .env file."""
    for name in [n for n in os.environ if n.startswith("NEONHUB_") or n in NAMES]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    get_settings.cache_clear()


def plain(value: object) -> object:
    return value.get_secret_value() if hasattr(value, "get_secret_value") else value


FIELDS = [*Settings.model_fields, "uses_embedded_server", "direct_url", "resolved_embedder"]


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"NEONHUB_HOME": "/srv/neonhub", "NEONHUB_DEBUG": "1"},
        {"DATABASE_URL": URL},
        {"DATABASE_URL": URL, "DIRECT_DATABASE_URL": "postgres://me@other/db"},
        {"DATABASE_URL": ""},
        {"NEONHUB_EMBEDDER": "lexical"},
    ],
)
def test_quickly_read_they_are_the_same(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str]
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    quick, full = read_settings(), load_settings()
    assert type(quick).__name__ == "_Quick"
    assert {n: plain(getattr(quick, n)) for n in FIELDS} == {
        n: plain(getattr(full, n)) for n in FIELDS
    }
    assert quick.model_fields_set == full.model_fields_set
    assert "secret" not in repr(quick)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NEONHUB_EMBEDDER", "local"),
        ("OPENAI_API_KEY", "sk"),
        ("DATABASE_POOL_SIZE", "3"),
        ("neonhub_pg_port", "5000"),
        ("NEONHUB_HOME", "~"),
    ],
)
def test_what_takes_more_is_left_to_the_settings(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    assert isinstance(read_settings(), Settings)


def test_a_file_of_settings_is_left_to_the_settings(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("NEONHUB_PG_PORT=5001\n")
    settings = read_settings()
    assert isinstance(settings, Settings)
    assert settings.pg_port == 5001


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://host/db"),
        ("DIRECT_DATABASE_URL", URL),
        ("NEONHUB_HOME", "/etc/passwd"),
    ],
)
def test_what_is_wrong_is_told_as_ever(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=name):
        read_settings()


def test_every_variable_of_the_settings_is_known() -> None:
    names = set()
    for field in Settings.model_fields.values():
        alias = field.validation_alias
        if alias is not None:
            names |= {alias} if isinstance(alias, str) else set(getattr(alias, "choices", ()))
    assert names == NAMES
