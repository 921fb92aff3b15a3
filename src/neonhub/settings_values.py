"""The values of settings that are addresses, read without Pydantic: every command needs these.

Each parser raises ``Unusable``, whose words and hint never hold the value itself: an address
may contain a password.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar
from urllib.parse import SplitResult, urlsplit, urlunsplit

__all__ = [
    "Unusable",
    "numbered",
    "parse_database_url",
    "parse_database_urls",
    "parse_http_url",
    "split_prisma_parameters",
]

T = TypeVar("T")

# What libpq takes in an address (PostgreSQL 18, "Parameter Key Words"). psycopg could list them,
# at a fifth of a second for its import.
_LIBPQ = frozenset(
    """host hostaddr port dbname user password passfile require_auth channel_binding
    connect_timeout client_encoding options application_name fallback_application_name keepalives
    keepalives_idle keepalives_interval keepalives_count tcp_user_timeout replication gssencmode
    sslmode sslnegotiation requiressl sslcompression sslcert sslkey sslkeylogfile sslpassword
    sslcertmode sslrootcert sslcrl sslcrldir sslsni requirepeer ssl_min_protocol_version
    ssl_max_protocol_version min_protocol_version max_protocol_version krbsrvname gsslib
    gssdelegation scram_client_key scram_server_key service servicefile target_session_attrs
    load_balance_hosts oauth_issuer oauth_client_id oauth_client_secret oauth_scope""".split()
)
# What Prisma and its hosts add. Pools are set by DATABASE_POOL_SIZE here.
_PRISMA = frozenset(
    """schema pgbouncer connection_limit pool_timeout socket_timeout statement_cache_size
    max_idle_connection_lifetime max_connection_lifetime sslaccept workaround""".split()
)
_SCHEMES = ("postgresql", "postgres", "postgresql+psycopg")
_URL_FORM = "The form is postgresql://user:password@host:port/database."
_ESCAPE = f"{_URL_FORM} In the password, write @ : / # ? and % as %40 %3A %2F %23 %3F and %25."


class Unusable(ValueError):
    """A value cannot be used; ``hint`` says what to do."""

    def __init__(self, reason: str, *, hint: str | None = None):
        super().__init__(reason)
        self.hint = hint


def parse_database_url(value: str) -> str:
    """The address as ``postgresql://``, without Prisma's own parameters but ``pgbouncer``.

    That one says that the pooler may not keep prepared statements apart, so it goes on to the
    pool, which takes it off by ``split_prisma_parameters``.

    Raises:
        Unusable: it is no PostgreSQL address, or asks for what cannot be given.
    """
    parts = _split(value.strip())
    if parts.scheme not in _SCHEMES:
        raise Unusable("it is not a postgresql:// address", hint=_URL_FORM)
    if parts.fragment or "@" in parts.path:
        raise Unusable("its password has characters that end it early", hint=_ESCAPE)
    return _with_query(parts, [pair for pair in _pairs(parts) if _keeps(pair)])


def split_prisma_parameters(dsn: str) -> tuple[str, dict[str, str]]:
    """The address as libpq takes it, and what Prisma's parameters in it say, by name.

    A connection string of the form ``host=… dbname=…`` comes back as it is.
    """
    if "://" not in dsn:
        return dsn, {}
    parts = _split(dsn)
    pairs = _pairs(parts)
    extra = [pair.partition("=") for pair in pairs if _name(pair) in _PRISMA]
    clean = _with_query(parts, [pair for pair in pairs if _name(pair) not in _PRISMA])
    return clean, {name: value for name, _, value in extra}


def parse_database_urls(value: str) -> tuple[str, ...]:
    """Comma-separated addresses; a comma between the hosts of one address separates nothing."""
    urls = [url for url in re.split(r",\s*(?=[a-z0-9+.-]+://)|,\s*$", value.strip()) if url]
    return tuple(numbered(parse_database_url, urls))


def parse_http_url(value: str) -> str:
    """An ``http(s)://`` address, without the slash at its end.

    Raises:
        Unusable: it is none.
    """
    parts = _split(value.strip())
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise Unusable(
            "it is not an http:// or https:// address",
            hint="The form is https://host/v1, up to where /embeddings would follow.",
        )
    return value.strip().rstrip("/")


def _split(value: str) -> SplitResult:
    try:
        parts = urlsplit(value)
        if "," not in parts.netloc:  # several hosts, each with a port: libpq's business
            _ = parts.port
    except ValueError:
        # Its own words would quote the value, password included.
        raise Unusable("its host or port cannot be read", hint=_ESCAPE) from None
    return parts


def _pairs(parts: SplitResult) -> list[str]:
    # Not parsed and quoted again: libpq reads a plus sign as itself, urllib as a space.
    return [pair for pair in parts.query.split("&") if pair]


def _name(pair: str) -> str:
    return pair.partition("=")[0]


def _with_query(parts: SplitResult, pairs: Sequence[str]) -> str:
    url = urlunsplit(("postgresql", parts.netloc, parts.path, "&".join(pairs), ""))
    # urlunsplit leaves the slashes out where there is no host: libpq needs them.
    return url if parts.netloc else url.replace("postgresql:", "postgresql://", 1)


def _keeps(pair: str) -> bool:
    """Whether this ``name=value`` stays; refuses what neither libpq nor Prisma knows."""
    name, _, value = pair.partition("=")
    if name in _LIBPQ or name == "pgbouncer":
        return True
    if name not in _PRISMA:
        # Dropping it in silence would turn a misspelt sslmode into an unencrypted connection.
        raise Unusable(f"PostgreSQL knows no parameter {name!r}", hint="Correct it or remove it.")
    if name == "schema" and value not in {"", "public"}:
        raise Unusable(
            "it asks for another schema than public", hint="Use a database of its own instead."
        )
    if name == "sslaccept" and value == "strict":
        raise Unusable(
            "sslaccept=strict is Prisma's alone",
            hint="Write sslmode=verify-full&sslrootcert=system, which asks the same of PostgreSQL.",
        )
    return False


def numbered(parse: Callable[[str], T], entries: Sequence[str]) -> Iterator[T]:
    """Each entry parsed; a refusal says which one it is about."""
    for number, entry in enumerate(entries, start=1):
        try:
            yield parse(entry)
        except Unusable as error:
            which = f"entry {number} of {len(entries)}: " if len(entries) > 1 else ""
            raise Unusable(f"{which}{error}", hint=error.hint) from None
