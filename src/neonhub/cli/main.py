"""The entry point of ``neonhub``.

What a script can rely on: results on standard output, everything else on standard error, and
these exit codes: 0 done; 1 refused or failed, or the error's own code; 2 the command was written
wrongly; 3 `ingest` refused some files and took the others; 70 a fault of the program; 74 standard
output cannot be written; 130 interrupted; 141 the reader of the output has gone; 143 terminated.
"""

from __future__ import annotations

import errno
import gc
import os
import select
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from neonhub.cli.commands import PROGRAM

if TYPE_CHECKING:
    from collections.abc import Sequence

OUTPUT_CLOSED = 141  # what a shell reports for a program that SIGPIPE ended
_OF_OUTPUT = {errno.EBADF, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.ENOSPC}
_COMPLETION = f"_{PROGRAM.upper()}_COMPLETE"  # set by the shell's completion script


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    # What importing makes is no garbage: looking through it all took a tenth of a command's start.
    gc.set_threshold(50_000, 20, 100)
    words = list(sys.argv[1:] if arguments is None else arguments)
    _accept_any_text()
    if sys.stdout is None:  # closed by the shell: nothing would say that results are lost
        return _report_output("it is closed")
    try:
        status = _invoke(words)
        sys.stdout.flush()  # a full disk or a closed pipe shows here, not at exit
    except SystemExit as stop:
        return _code_of(stop)
    except BaseException as error:
        if isinstance(error, BrokenPipeError) and _reader_has_gone():
            _discard_output()
            return OUTPUT_CLOSED
        if isinstance(error, OSError) and (reason := _why_output_fails(error)) is not None:
            _discard_output()
            return _report_output(reason)
        return _report(error, words)
    return status


def _invoke(words: list[str]) -> int:
    from typer import Exit

    from neonhub.cli.lazy import build

    command = build()
    if _COMPLETION in os.environ:
        command.main(words, prog_name=PROGRAM)  # answers the shell, and exits
    try:
        with command.make_context(PROGRAM, words) as context:
            command.invoke(context)
    except Exit as stop:
        return stop.exit_code
    return 0


def _report(error: BaseException, words: list[str]) -> int:
    from neonhub.cli import errors

    as_json = "--json" in words[: words.index("--")] if "--" in words else "--json" in words
    try:
        return errors.report(error, as_json=as_json)
    except OSError:  # the output itself fails: the error is still told on the other stream
        _discard_output()
        with suppress(OSError):
            return errors.report(error, as_json=False)
        return errors.FAULT
    finally:
        _flush_or_discard()


def _why_output_fails(met: OSError) -> str | None:
    """Why standard output cannot be written; None when it can.

    What could not be written is not always still in the buffer, so that one more line is tried:
    only where ``met`` may come from such a failure, and blank, which JSON allows.
    """
    try:
        if met.filename is None and met.errno in _OF_OUTPUT:
            sys.stdout.write("\n")
        sys.stdout.flush()
    except OSError as error:
        return error.strerror or type(error).__name__
    return None


def _report_output(reason: str) -> int:
    """Say so on standard error alone: not even the JSON of an error can be written."""
    from neonhub.cli import errors

    with suppress(OSError):
        return errors.report(errors.OutputFailed(reason=reason), as_json=False)
    return errors.OutputFailed.exit_code


def _code_of(stop: SystemExit) -> int:
    if stop.code is None or isinstance(stop.code, int):
        return stop.code or 0
    print(stop.code, file=sys.stderr)
    return 1


def _accept_any_text() -> None:
    """Print names of files that are not valid UTF-8 escaped, rather than fail on them."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _reader_has_gone() -> bool:
    """Whether nobody reads standard output any more.

    A database that hangs up raises the same ``BrokenPipeError``, which must not pass in silence.
    """
    with suppress(OSError, ValueError, AttributeError):
        poll = select.poll()
        poll.register(sys.stdout.fileno(), select.POLLOUT)
        return any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))
    return False


def _flush_or_discard() -> None:
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        _discard_output()


def _discard_output() -> None:
    """Point standard output at nothing, so that the interpreter's own flush at exit succeeds."""
    with suppress(OSError, ValueError, AttributeError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)


if __name__ == "__main__":
    sys.exit(main())
