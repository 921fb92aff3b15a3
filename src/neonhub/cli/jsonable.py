"""Values that JSON has no form for, given one."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from decimal import Decimal
from pathlib import PurePath
from typing import Any


def default(value: Any) -> Any:
    """What orjson is to write instead of ``value``.

    Raises:
        TypeError: there is no faithful form.
    """
    if isinstance(value, Decimal):
        return str(value)  # a float would round money
    if isinstance(value, timedelta):
        return value / timedelta(milliseconds=1)
    if isinstance(value, set | frozenset):
        return sorted(value, key=str)
    if isinstance(value, PurePath):
        return str(value)
    if hasattr(value, "_asdict"):  # a named tuple
        return value._asdict()
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    raise TypeError(f"A value of type {type(value).__name__} has no form in JSON.")


def without_surrogates(value: Any) -> Any:
    """The data with bytes that are not UTF-8 written out as escapes, so that it is valid text."""
    if isinstance(value, PurePath):
        value = str(value)
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    if hasattr(value, "model_dump"):
        value = value.model_dump()
    if hasattr(value, "_asdict"):
        value = value._asdict()
    if isinstance(value, dict):
        return {without_surrogates(k): without_surrogates(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [without_surrogates(item) for item in value]
    return value
