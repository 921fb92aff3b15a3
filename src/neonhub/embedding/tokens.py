"""Text to tokens, and a token to the units that it counts as."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from neonhub.embedding.english import stem

__all__ = ["LONGEST_UNIT", "tokenize", "units_of"]

LONGEST_UNIT: Final = 64
"""Characters of a unit that its n-grams are taken from: beyond lie encoded data, not words."""

# Scripts written without spaces: each character is a word, successive ones meet as pairs.
_UNSPACED: Final = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD: Final = re.compile(
    rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+(?:[_.\-]+[^\W_{_UNSPACED}]+)*|[^\x00-\x7f\w\s]"
)
_PARTS: Final = re.compile(r"[^\W_]+")
_HUMP: Final = re.compile(r"[a-z0-9][A-Z][a-z]")
_CAMEL: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_KEPT: Final = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_.-"
_SPACED: Final = bytes(each if each in _KEPT or each > 127 else 32 for each in range(256))


def tokenize(text: str) -> list[str]:
    """Cut a text at white space and ASCII punctuation; empty exactly where the text is blank.

    Coarse and fast on purpose, since it sees every word of every text: ``units_of`` does the
    rest, and does it once for each distinct token. A text of punctuation alone is one token.
    """
    raw = text.encode("utf-8", "surrogatepass").translate(_SPACED).replace(b". ", b" ")
    tokens = raw.decode("utf-8", "surrogatepass").split()
    if not tokens and (bare := text.strip()):
        return [bare]
    return tokens


def units_of(token: str) -> tuple[str, ...]:
    """What a token counts as, at least one unit: the stem of each word in it; for an
    identifier the whole, then the stems of its parts. Symbols outside ASCII, emoji among them,
    are words."""
    bare = token.strip("_.-")
    if bare.isascii() and bare.isalnum() and not _HUMP.search(bare):
        return (stem(bare.lower()),)
    words = _WORD.findall(unicodedata.normalize("NFKC", token))
    return tuple(unit for word in words for unit in _units_of_word(word)) or (token,)


def _units_of_word(word: str) -> tuple[str, ...]:
    parts = _PARTS.findall(word)
    if _HUMP.search(word):
        parts = [piece for part in parts for piece in _CAMEL.findall(part) or [part]]
    if len(parts) < 2:
        return (stem(word.casefold()),)
    return (word.casefold(), *(stem(part.casefold()) for part in parts))
