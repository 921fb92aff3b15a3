"""Text made safe to show: passwords masked, control characters replaced."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, overload

if TYPE_CHECKING:
    import datetime as dt

_MASK = "***"
# The password of a URL ends at the last @ of the word: one written unescaped may hold @ and /,
# and such a one is why a message quotes the URL at all. "..." stands where a library cut it short.
_URL_PASSWORD = re.compile(r"(\w://[^\s:/@]*):(?:\S*@|[^\s@]*\.\.\.)")
_KEY_PASSWORD = re.compile(
    r"((?:password|passwd|pwd)\s*=\s*)(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|[^\s&'\",;)]+)",
    re.IGNORECASE,
)
_CONTROLS: dict[int, str] = dict.fromkeys(
    (*range(32), *range(127, 160)), "\N{REPLACEMENT CHARACTER}"
)
_CONTROLS |= {ord("\n"): "\n", ord("\t"): "\t"}


@overload
def masked(value: str) -> str: ...
@overload
def masked(value: dict[str, Any]) -> dict[str, Any]: ...
@overload
def masked(value: Any) -> Any: ...
def masked(value: Any) -> Any:
    """The value with the passwords of connection strings masked, in all the text it holds."""
    if isinstance(value, str):
        value = _URL_PASSWORD.sub(_masked_url, value)
        return _KEY_PASSWORD.sub(rf"\g<1>{_MASK}", value)
    if isinstance(value, dict):
        return {key: masked(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [masked(item) for item in value]
    return value


def _masked_url(found: re.Match[str]) -> str:
    return f"{found[1]}:{_MASK}@" if found[0].endswith("@") else f"{found[1]}:{_MASK}"


def printable(text: str) -> str:
    """The text without control characters but newline and tab.

    A document may hold escape sequences, which would move a terminal's cursor or rename it.
    """
    return text.translate(_CONTROLS)


def size(count: float) -> str:
    """Bytes as people read them: ``8,192 B`` is 8 kB."""
    for unit in ("B", "kB", "MB"):
        if count < 1024:
            return f"{count:,.0f} {unit}"
        count /= 1024
    return f"{count:,.1f} GB"


def age(span: dt.timedelta) -> str:
    """``90 min``, ``47 h``, ``12 days``."""
    minutes = int(span.total_seconds() // 60)
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 72 * 60 else f"{minutes // 1440} days"
