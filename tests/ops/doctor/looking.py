"""What the doctor finds in a database, and making its figures current."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import psycopg

from neonhub.ops.doctor import Doctor, Finding, Limits, doctor
from tests.checks.judging import settings

# On a busy machine what has just begun takes a moment to be seen.
PATIENCE_S = 10.0


def look(dsn: str, *, settings_: dict[str, Any] | None = None, **limits: Any) -> Doctor:
    """The doctor's look with other limits than an operator's."""
    return doctor(dsn, settings(**(settings_ or {})), limits=Limits(**limits))


def named(found: Doctor, name: str) -> list[Finding]:
    """The findings of one name."""
    return [each for each in found.findings if each.name == name]


def eventually(found: Callable[[], Any]) -> Any:
    """What ``found`` returns once it is true."""
    until = time.monotonic() + PATIENCE_S
    while not (result := found()):
        assert time.monotonic() < until, "it never came"
        time.sleep(0.02)
    return result


def run(dsn: str, *statements: str) -> None:
    """Run statements one by one, and have their statistics written down at once."""
    with psycopg.connect(dsn, autocommit=True) as conn:
        for statement in statements:
            # What stands behind two dashes is said to the reader.
            conn.execute(statement.partition("  --")[0].encode())
            conn.execute("SELECT pg_stat_force_next_flush()")
