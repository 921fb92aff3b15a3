"""Judging one rule in a test, and mending what it found."""

from __future__ import annotations

from typing import Any

import psycopg

from neonhub.ops.preflight import Verdict, preflight
from neonhub.settings import Settings, load_settings


def settings(**values: Any) -> Settings:
    """Settings that know of no server but what a test says."""
    return load_settings(**({"database_url": None, "direct_database_url": None} | values))


def judged(dsn: str, rule: str, **values: Any) -> Verdict:
    """The verdict of one rule."""
    (verdict,) = preflight(dsn, settings(**values), only=[rule]).verdicts
    return verdict


def objects(verdict: Verdict) -> set[str]:
    """What was found wrong."""
    return {each.object for each in verdict.found}


def run(dsn: str, *statements: str | None) -> None:
    """Run statements one by one, each in a transaction of its own."""
    with psycopg.connect(dsn, autocommit=True) as conn:
        for statement in statements:
            if statement:
                conn.execute(statement.encode())
