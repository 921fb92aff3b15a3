"""The settings of ordinary surroundings, read without Pydantic.

Importing Pydantic and reading ``Settings`` costs a third of what a command may add. Where the
environment says no more than which database, home or offline embedder to take, there is nothing
in it that needs them: then the defaults hold. Anything else, a ``.env`` file among it, is left to
``neonhub.settings``, and a test holds the two equal.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from neonhub.settings_values import Unusable, parse_database_url, split_prisma_parameters

if TYPE_CHECKING:
    from neonhub.settings import Settings

__all__ = ["NAMES", "read_settings"]

NAMES = frozenset(
    """DATABASE_URL DIRECT_DATABASE_URL DIRECT_URL DATABASE_POOL_SIZE READ_REPLICA_URLS
    ENCRYPTION_KEYS OPENAI_API_KEY OPENAI_BASE_URL OPENAI_EMBEDDING_MODEL
    OPENAI_TIMEOUT_S PGBOUNCER_URL""".split()
)
"""The variables of ``Settings`` that do not begin with ``NEONHUB_``."""

_READ_HERE = {"DATABASE_URL", "DIRECT_DATABASE_URL", "NEONHUB_HOME", "NEONHUB_EMBEDDER"}
_OFFLINE = ("auto", "lexical")
_NOT_SETTINGS = {"NEONHUB_DEBUG"}


def read_settings() -> Settings:
    """The settings of this process: quickly where that can be, else ``get_settings()``.

    Raises ``ConfigurationError`` as that does.
    """
    quick = _quick()
    if quick is not None:
        # Not one of them by type: that is what would have to be imported.
        return cast("Settings", quick)
    from neonhub.settings import get_settings

    return get_settings()


def _quick() -> _Quick | None:
    """The settings, unless reading them takes more than this module does."""
    if Path(".env").exists():
        return None
    given: dict[str, str] = {}
    for name, value in os.environ.items():
        known = name.upper()
        if value and (known in NAMES or known.startswith("NEONHUB_")):
            if known in _NOT_SETTINGS:
                continue
            if name not in _READ_HERE:
                return None
            given[name] = value
    return _from(given)


def _from(given: dict[str, str]) -> _Quick | None:
    url, direct = given.get("DATABASE_URL"), given.get("DIRECT_DATABASE_URL")
    home = Path(given["NEONHUB_HOME"]) if "NEONHUB_HOME" in given else None
    embedder = given.get("NEONHUB_EMBEDDER")
    if direct is not None and url is None:
        return None
    if embedder not in (None, *_OFFLINE):
        return None
    if home is not None and (not home.is_absolute() or (home.exists() and not home.is_dir())):
        return None
    try:
        return _Quick(
            database_url=None if url is None else _Secret(parse_database_url(url)),
            direct_database_url=None if direct is None else _Secret(parse_database_url(direct)),
            home_given=home,
            embedder_given=embedder,
        )
    except Unusable:
        return None  # to be told as Settings tells it


@dataclass(frozen=True, slots=True)
class _Secret:
    _value: str = field(repr=False)

    def get_secret_value(self) -> str:
        return self._value


@dataclass(frozen=True)
class _Quick:
    """What ``Settings`` would say; a field that is not here is asked of ``Settings`` itself."""

    database_url: _Secret | None = None
    direct_database_url: _Secret | None = None
    home_given: Path | None = None
    embedder_given: str | None = None
    database_pool_size: int = 10
    resolved_embedder: str = "lexical"
    openai_api_key: None = None
    openai_base_url: None = None
    local_model: str = "all-MiniLM-L6-v2"
    pg_port: None = None
    metrics_dir: None = None

    @property
    def uses_embedded_server(self) -> bool:
        return self.database_url is None

    @property
    def direct_url(self) -> _Secret | None:
        url = self.direct_database_url or self.database_url
        return url and _Secret(split_prisma_parameters(url.get_secret_value())[0])

    @property
    def embedder(self) -> str:
        return self.embedder_given or "auto"

    @property
    def home(self) -> Path:
        if self.home_given is not None:
            return self.home_given
        from platformdirs import user_data_path

        return user_data_path("neonhub", appauthor=False)

    @property
    def model_fields_set(self) -> set[str]:
        fields: dict[str, object] = {"database_url": self.database_url, "home": self.home_given}
        fields["direct_database_url"] = self.direct_database_url
        fields["embedder"] = self.embedder_given
        return {name for name, value in fields.items() if value is not None}

    def __getattr__(self, name: str) -> Any:
        from neonhub.settings import get_settings

        return getattr(get_settings(), name)
