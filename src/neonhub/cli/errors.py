"""What the command line says when something fails, and with which exit code.

Standard error gets the message for a reader, always. With ``--json``, standard output gets one
object besides, ``{"error": {"code", "message", "hint"?, "details"?}}``: a script finds one JSON
document there either way, and tells the two apart by the exit code.

``NEONHUB_DEBUG=1`` adds the traceback. Passwords of connection strings are masked in all of it.
"""

from __future__ import annotations

import contextlib
import os
import sys
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from neonhub.cli.text import masked, printable
from neonhub.db.errors import ConnectionFailed, NeonHubError, PermissionDenied

if TYPE_CHECKING:
    from collections.abc import Iterator

REFUSED = 1
USAGE = 2
COULD_NOT_TELL = 2
FAULT = 70  # EX_SOFTWARE of sysexits.h
INTERRUPTED = 130  # what a shell reports for a program that SIGINT ended


_CHECK_URL = "Check DATABASE_URL: is the server running, are host, port and password right?"


_ANOTHER_LOGIN = (
    "Connect as a role that may: an administrator's URL goes into DIRECT_DATABASE_URL, and on the "
    "embedded server (DATABASE_URL unset) commands choose their role themselves."
)


class OutputFailed(NeonHubError):
    """Standard output cannot be written: {reason}."""

    exit_code = 74  # EX_IOERR of sysexits.h


@dataclass(frozen=True)
class Failure:
    """One failure as it is shown. ``body`` is the object that ``--json`` gives as ``error``."""

    exit_code: int
    body: dict[str, Any]


def report(error: BaseException, *, as_json: bool) -> int:
    """Say what failed and return the exit code.

    Raises:
        OSError: neither stream can be written to.
    """
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED
    if debugging():
        print(masked("".join(traceback.format_exception(error))), file=sys.stderr)
    failure = describe(_first_of(error))
    if as_json:
        from neonhub.cli.console import to_json

        print(to_json({"error": failure.body}))
        sys.stdout.flush()
    _print_message(failure.body)
    return failure.exit_code


@contextlib.contextmanager
def asked_by_ci(*no: type[NeonHubError]) -> Iterator[None]:
    """For commands that answer yes or no: 0 and 1. What keeps them from an answer ends with 2.

    The errors ``no`` are answers themselves.
    """
    try:
        yield
    except NeonHubError as error:
        error.exit_code = REFUSED if isinstance(error, no) else COULD_NOT_TELL
        raise


def describe(error: BaseException) -> Failure:
    """The failure behind an exception, with every password masked."""
    from typer import Abort, TyperException

    if isinstance(error, NeonHubError):
        if isinstance(error, ConnectionFailed) and not error.hint and _has_database_url():
            error.hint = _CHECK_URL
        if isinstance(error, PermissionDenied) and not error.hint and _of_the_database(error):
            error.hint = _ANOTHER_LOGIN
        return Failure(error.exit_code, masked(error.to_dict()))
    if isinstance(error, TyperException):
        return Failure(error.exit_code, masked(_usage(error)))
    if isinstance(error, Abort | EOFError):
        return Failure(REFUSED, {"code": "aborted", "message": "Aborted: nothing was confirmed."})
    return Failure(FAULT, masked(_fault(error)))


def _of_the_database(error: PermissionDenied) -> bool:
    """Whether the login has no right, and not a user of the platform."""
    return error.details.get("permission") == "database grant"


def _has_database_url() -> bool:
    from neonhub.settings_quick import read_settings

    try:
        return not read_settings().uses_embedded_server
    except NeonHubError:  # the settings are not what failed here
        return False


def _usage(error: Any) -> dict[str, Any]:
    body = {"code": "usage", "message": error.format_message()}
    context = getattr(error, "ctx", None)
    if context is not None:
        body["hint"] = f"Try '{context.command_path} --help'."
    return body


def _fault(error: BaseException) -> dict[str, Any]:
    first_line = str(error).strip().partition("\n")[0]
    kind = type(error).__name__
    return {
        "code": "unexpected",
        "message": f"{kind}: {first_line}" if first_line else kind,
        "hint": "This was not foreseen: NEONHUB_DEBUG=1 shows where it happened.",
    }


def _first_of(error: BaseException) -> BaseException:
    """The failure to show of those that tasks raised together: a typed one before any other."""
    while isinstance(error, BaseExceptionGroup):
        typed = error.subgroup(NeonHubError)
        error = (typed or error).exceptions[0]
    return error


def _print_message(body: dict[str, Any]) -> None:
    label = "\x1b[1;31merror:\x1b[0m" if _in_colour() else "error:"
    lines = [f"{label} {printable(body['message'])}"]
    if body.get("hint"):
        lines.append(f"hint: {printable(body['hint'])}")
    print("\n".join(lines), file=sys.stderr)


def _in_colour() -> bool:
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return not plain and sys.stderr is not None and sys.stderr.isatty()


def debugging() -> bool:
    """Whether ``NEONHUB_DEBUG`` asks for more than messages."""
    return os.environ.get("NEONHUB_DEBUG", "").lower() in {"1", "true", "yes", "on"}
