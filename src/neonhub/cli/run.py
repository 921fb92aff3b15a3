"""Asynchronous work behind a synchronous command."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

Result = TypeVar("Result")

TERMINATED = 143  # what a shell reports for a program that SIGTERM ended


def run(work: Callable[[], Awaitable[Result]]) -> Result:
    """Run ``work()`` to its end and return what it returns.

    SIGINT and SIGTERM cancel it once: its ``finally`` blocks run, connections close, and the
    program exits with 130 or 143. A second one ends the program at once.

    Raises:
        KeyboardInterrupt: SIGINT ended the work.
        SystemExit: with code 143, SIGTERM ended the work.
    """
    _keep_libraries_quiet()
    termination = _Termination()
    with asyncio.Runner() as runner:
        try:
            return runner.run(termination.guard(work))
        except asyncio.CancelledError as error:
            if termination.received:
                raise SystemExit(TERMINATED) from None
            raise RuntimeError("The work was cancelled from within.") from error


def _keep_libraries_quiet() -> None:
    """Keep what libraries log from standard error, where only NeonHub speaks to the user.

    Without any handler Python prints warnings as they come: of a lost connection psycopg tells
    on its own, beside the error that says so. Our own warnings are still shown.
    """
    from neonhub.cli.errors import debugging

    if debugging() or os.environ.get("NEONHUB_LOG_LEVEL", "").strip().upper() == "DEBUG":
        return
    root, own = logging.getLogger(), logging.getLogger("neonhub")
    if not root.handlers:
        root.addHandler(logging.NullHandler())
        if logging.lastResort is not None and not own.handlers:
            own.addHandler(logging.lastResort)


class _Termination:
    """Makes SIGTERM what SIGINT is in asyncio: a cancellation of the main task."""

    def __init__(self) -> None:
        self.received = False

    async def guard(self, work: Callable[[], Awaitable[Result]]) -> Result:
        loop = asyncio.get_running_loop()
        main = asyncio.current_task()

        def cancel() -> None:
            self.received = True
            loop.remove_signal_handler(signal.SIGTERM)  # the next one ends the process
            if main is not None:
                main.cancel()

        loop.add_signal_handler(signal.SIGTERM, cancel)
        try:
            return await work()
        finally:
            loop.remove_signal_handler(signal.SIGTERM)
