"""Modules that load at their first use.

SQLAlchemy and the mapped classes cost more to import than most commands take to run, and the
reading path needs neither: its statements are compiled ahead (``neonhub.db.statements``).
"""

from __future__ import annotations

import importlib
from typing import Any


class LazyModule:
    """Stands for a module until one of its attributes is asked for."""

    def __init__(self, name: str):
        self.__dict__["_name"] = name

    def __getattr__(self, attribute: str) -> Any:
        value = getattr(importlib.import_module(self.__dict__["_name"]), attribute)
        self.__dict__[attribute] = value
        return value


def lazy_module(name: str) -> Any:
    """A stand-in for the module ``name``: use it below ``if TYPE_CHECKING: … else:``."""
    return LazyModule(name)
