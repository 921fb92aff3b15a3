"""What the environment says: one frozen object, checked once.

Every setting is an environment variable, or a line of a ``.env`` file in the working directory
(the environment wins). An empty variable counts as unset. With nothing set at all, everything
runs on this machine: the embedded server, the offline embedder, the loopback interface.

This module costs what pydantic costs to import, so the command line imports it on use.
"""

import os
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AliasChoices,
    AliasPath,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from neonhub.db.errors import ConfigurationError
from neonhub.settings_keys import EncryptionKey, parse_encryption_keys
from neonhub.settings_values import (
    Unusable,
    parse_database_url,
    parse_database_urls,
    parse_http_url,
    split_prisma_parameters,
)

__all__ = [
    "DEFAULT_PG_PORT",
    "EncryptionKey",
    "Settings",
    "get_settings",
    "load_settings",
    "split_prisma_parameters",
]

DEFAULT_PG_PORT = 54329
"""Where the embedded server listens on the loopback interface, as long as the port is free."""

_ENV_FILE = ".env"
_PREFIX = "NEONHUB_"
_TOKEN_LENGTH = 16
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
T = TypeVar("T")


def _default_home() -> Path:
    from platformdirs import user_data_path

    return user_data_path("neonhub", appauthor=False)


class Settings(BaseSettings):
    """The platform's settings. Get them by ``get_settings()``, which explains what is wrong."""

    model_config = SettingsConfigDict(
        frozen=True,
        # Taking fields by name too would, without a prefix, take HOME and HOST for ours.
        env_prefix=_PREFIX,
        env_file=_ENV_FILE,
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        # A .env file is shared with other programs, whose variables are none of our business.
        extra="ignore",
        hide_input_in_errors=True,
        validate_by_name=True,
        validate_by_alias=True,
    )

    database_url: SecretStr | None = Field(
        None,
        validation_alias="DATABASE_URL",
        description="postgresql://user:password@host:port/database; unset: embedded server",
    )
    direct_database_url: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("DIRECT_DATABASE_URL", "DIRECT_URL"),
        description="the address of DATABASE_URL's database that goes through no pooler",
    )
    database_pool_size: int = Field(
        10,
        validation_alias="DATABASE_POOL_SIZE",
        ge=1,
        le=1000,
        description="a whole number, 1 to 1000",
    )
    read_replica_urls: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (),
        validation_alias="READ_REPLICA_URLS",
        description="comma-separated postgresql:// addresses of read replicas",
    )
    encryption_keys: Annotated[tuple[EncryptionKey, ...], NoDecode] = Field(
        (),
        validation_alias="ENCRYPTION_KEYS",
        description="comma-separated key_id:base64 pairs of 32-byte keys, the current one first",
    )

    pgbouncer_url: SecretStr | None = Field(
        None,
        validation_alias="PGBOUNCER_URL",
        description="the postgresql:// address of PgBouncer's own database, pgbouncer",
    )

    openai_api_key: SecretStr | None = Field(
        None, validation_alias="OPENAI_API_KEY", description="an API key"
    )
    openai_base_url: str | None = Field(
        None,
        validation_alias="OPENAI_BASE_URL",
        description="the http(s):// address of a server that speaks OpenAI's protocol",
    )
    openai_embedding_model: str = Field(
        "text-embedding-3-small",
        validation_alias="OPENAI_EMBEDDING_MODEL",
        description="a model's name",
    )
    openai_timeout_s: float = Field(
        60.0,
        validation_alias="OPENAI_TIMEOUT_S",
        gt=0,
        le=600,
        allow_inf_nan=False,
        description="seconds, above 0 up to 600",
    )

    embedder: Literal["auto", "lexical", "openai", "local"] = Field(
        "auto",
        description="auto, lexical, openai or local",
    )
    local_model: str = Field(
        "all-MiniLM-L6-v2",
        description="the name or folder of a sentence-transformers model",
    )

    home: Path = Field(
        default_factory=_default_home,
        description="a folder that holds the embedded server's data",
    )
    host: str = Field("127.0.0.1", description="an address to listen on")
    port: int = Field(8000, ge=1, le=65535, description="a port, 1 to 65535")
    pg_port: int | None = Field(
        None,
        ge=1,
        le=65535,
        description=f"a port, 1 to 65535; unset: {DEFAULT_PG_PORT}, or a free one if that is taken",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = Field(
        "INFO",
        description="DEBUG, INFO, WARNING, ERROR or CRITICAL",
    )
    metrics_dir: Path | None = Field(
        None, description="a folder that node-exporter's textfile collector reads"
    )
    metrics_token: SecretStr | None = Field(
        None, description="at least 16 characters, which who reads /metrics sends as bearer token"
    )
    metrics: bool = Field(False, description="1, for GET /metrics on the API")

    archive_to: Path | None = Field(
        None, description="a folder that `neonhub maintain` archives rows to"
    )
    retention: str = Field(
        "", description="periods by rule, comma-separated: agent_runs=180d,audit_logs=2y"
    )

    preflight_backup_hours: int = Field(
        26, ge=1, le=8760, description="hours that the last backup may be old, 1 to 8760"
    )
    preflight_drill_days: int = Field(
        7, ge=1, le=365, description="days that the last drill of restoring may be old, 1 to 365"
    )
    preflight_basebackup_days: int = Field(
        8, ge=1, le=365, description="days that the last base backup may be old, 1 to 365"
    )
    preflight_months_ahead: int = Field(
        2, ge=0, le=24, description="months that partitions must be ahead, 0 to 24"
    )

    @property
    def uses_embedded_server(self) -> bool:
        """Whether this machine's own PostgreSQL serves, rather than ``DATABASE_URL``."""
        return self.database_url is None

    @property
    def direct_url(self) -> SecretStr | None:
        """For migrations and COPY: past the pooler where there is a way, else as all else.

        libpq takes it as it stands; ``database_url`` may still say ``pgbouncer=true``.
        """
        url = self.direct_database_url or self.database_url
        return url and SecretStr(split_prisma_parameters(url.get_secret_value())[0])

    @property
    def resolved_embedder(self) -> Literal["lexical", "openai", "local"]:
        """The embedder that ``auto`` means here: OpenAI's protocol once it is set up."""
        if self.embedder != "auto":
            return self.embedder
        return "openai" if self.openai_api_key or self.openai_base_url else "lexical"

    @field_validator("database_url", "direct_database_url", "pgbouncer_url", mode="before")
    @classmethod
    def _check_database_url(cls, value: object) -> object:
        if isinstance(value, SecretStr):
            value = value.get_secret_value()
        return parse_database_url(value) if isinstance(value, str) else value

    @field_validator("read_replica_urls", mode="before")
    @classmethod
    def _split_replicas(cls, value: object) -> object:
        return parse_database_urls(value) if isinstance(value, str) else value

    @field_validator("direct_database_url", "read_replica_urls")
    @classmethod
    def _need_database_url(cls, value: T, info: ValidationInfo) -> T:
        # Else ordinary work would go to the embedded server and migrations to another database.
        if value and info.data.get("database_url", "refused") is None:
            raise Unusable(
                "DATABASE_URL is not set beside it", hint="Set DATABASE_URL too, or unset this one."
            )
        return value

    @field_validator("encryption_keys", mode="before")
    @classmethod
    def _split_keys(cls, value: object) -> object:
        return parse_encryption_keys(value) if isinstance(value, str) else value

    @field_validator("openai_base_url")
    @classmethod
    def _check_base_url(cls, value: str | None) -> str | None:
        return None if value is None else parse_http_url(value)

    @field_validator("embedder", "log_level", mode="before")
    @classmethod
    def _fold_case(cls, value: object, info: ValidationInfo) -> object:
        if not isinstance(value, str):
            return value
        return value.strip().upper() if info.field_name == "log_level" else value.strip().lower()

    @field_validator("embedder")
    @classmethod
    def _need_openai(cls, value: str, info: ValidationInfo) -> str:
        if value == "openai" and not (
            info.data.get("openai_api_key", "refused")
            or info.data.get("openai_base_url", "refused")
        ):
            raise Unusable(
                "openai has no server to go to",
                hint="Set OPENAI_API_KEY, or OPENAI_BASE_URL for a compatible server.",
            )
        return value

    @field_validator("metrics_token")
    @classmethod
    def _need_long_token(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < _TOKEN_LENGTH:
            raise Unusable("it is short enough to guess", hint="Make one: openssl rand -hex 24")
        return value

    @field_validator("metrics")
    @classmethod
    def _need_metrics_token(cls, value: bool, info: ValidationInfo) -> bool:
        # Figures of the whole platform are not for whoever reaches the API.
        exposed = info.data.get("host", "refused") not in {*_LOOPBACK, "refused"}
        if value and exposed and not info.data.get("metrics_token", "refused"):
            raise Unusable(
                "the API listens beyond this machine, and its figures are open to all",
                hint="Set NEONHUB_METRICS_TOKEN (openssl rand -hex 24), or unset NEONHUB_METRICS.",
            )
        return value

    @field_validator("home", "archive_to")
    @classmethod
    def _make_absolute(cls, value: Path | None) -> Path | None:
        if value is None:
            return None
        try:
            path = value.expanduser().absolute()
        except RuntimeError:
            raise Unusable(
                "its ~ names no known user", hint="Write the folder's path out."
            ) from None
        if path.exists() and not path.is_dir():
            raise Unusable("it is a file, not a folder", hint="Name a folder; it need not exist.")
        return path


def load_settings(**values: Any) -> Settings:
    """The settings from the environment and ``.env``; ``values``, by field name, go before both.

    Raises:
        ConfigurationError: one or more are not usable; it names each, without its value.
        TypeError: there is no setting of such a name.
    """
    if unknown := values.keys() - Settings.model_fields.keys():
        raise TypeError(f"no such settings: {', '.join(sorted(unknown))}")
    try:
        return Settings(**values)
    except ValidationError as error:
        raise _explained(error) from None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigurationError(
            f"The file {_ENV_FILE} of the working directory cannot be read: {reason}.",
            hint="Mend it, or run the command from another directory.",
            name=_ENV_FILE,
            reason=reason,
        ) from None


@cache
def get_settings() -> Settings:
    """The settings of this process, read once. ``get_settings.cache_clear()`` forgets them."""
    return load_settings()


def _explained(error: ValidationError) -> ConfigurationError:
    faults = [_fault(details) for details in error.errors(include_url=False, include_input=False)]
    if len(faults) == 1:
        name, reason, hint = faults[0]
        return ConfigurationError(name=name, reason=reason, hint=hint)
    lines = "".join(f"\n  {name}: {reason}. {hint}" for name, reason, hint in faults)
    return ConfigurationError(
        f"{len(faults)} settings are not usable:{lines}",
        name=", ".join(name for name, _, _ in faults),
        reason="; ".join(reason for _, reason, _ in faults),
    )


def _fault(details: Any) -> tuple[str, str, str]:
    """The variable's name, what is wrong with its value, and what to do."""
    where = str(details["loc"][0]) if details["loc"] else "settings"
    for field_name, field in Settings.model_fields.items():
        names = _variables(field_name, field.validation_alias)
        if where.lower() in {field_name, *(name.lower() for name in names)}:
            break
    else:
        return where, "there is no such setting", "Correct the name."
    name = next((name for name in names if name in os.environ), names[0])
    cause = details.get("ctx", {}).get("error")
    if isinstance(cause, Unusable) and cause.hint:
        return name, str(cause), cause.hint
    reason = details["msg"].removeprefix("Value error, ").replace("Input should", "it should", 1)
    return name, reason, f"Set {name} to {field.description}, or unset it."


def _variables(field_name: str, alias: str | AliasChoices | AliasPath | None) -> list[str]:
    if isinstance(alias, AliasChoices):
        return [choice for choice in alias.choices if isinstance(choice, str)]
    return [alias if isinstance(alias, str) else f"{_PREFIX}{field_name.upper()}"]
