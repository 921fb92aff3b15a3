"""Bytes into text: by byte order mark, as UTF-8, as declared, and only then by detection."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from neonhub.parsing.errors import BinaryFile, UndecodableText

if TYPE_CHECKING:
    from neonhub.parsing.builder import Source

__all__ = ["decode"]

# Longest first: the mark of UTF-16-LE begins that of UTF-32-LE.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SIGNATURES = (
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive (or an office document)"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"\x7fELF", "a program"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\xd0\xcf\x11\xe0", "an old office document"),
)
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_SAMPLE = 1 << 16
# One control character in fifty: text with terminal colours has fewer, compressed data more.
_MAX_CONTROLS = 0.02
_C1 = re.compile(rb"[\x80-\x9f]")
_WESTERN = frozenset({"cp1252", "latin_1"})


def decode(source: Source, declared: str | None = None) -> tuple[str, str]:
    """The text and the encoding it was read with.

    Args:
        source: the file; its ``charset``, from a Content-Type, comes before ``declared``.
        declared: what the content says about itself.

    Raises:
        BinaryFile: NUL bytes, too many control characters, or the signature of another format.
        UndecodableText: no encoding fits; the message says which were tried.
    """
    data = source.data
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _strictly(source, encoding), encoding.removesuffix("-sig")
    _refuse_signatures(source)
    if b"\x00" in data:
        return _without_mark(source)
    _refuse_controls(source)
    tried: list[str] = []
    for claimed in ("utf-8", source.charset, declared):
        name = _codec(claimed)
        if name is None or name in tried:
            continue
        tried.append(name)
        try:
            return data.decode(name), name
        except (UnicodeError, LookupError):
            continue
    return _detected(source, tried)


def _codec(encoding: str | None) -> str | None:
    """The codec's own name, if there is one for text. A page that declares Latin-1 means
    Windows-1252: that is what browsers take it for."""
    if not encoding:
        return None
    try:
        info = codecs.lookup(encoding)
    except (LookupError, ValueError):
        return None
    if not getattr(info, "_is_text_encoding", True) or info.name in ("idna", "punycode"):
        return None
    return "cp1252" if info.name in ("iso8859-1", "ascii") else info.name


def _strictly(source: Source, encoding: str) -> str:
    try:
        return source.data.decode(encoding)
    except UnicodeError as error:
        line = source.data[: getattr(error, "start", 0)].count(b"\n") + 1
        tried = f"{encoding.removesuffix('-sig')} (which its byte order mark claims)"
        raise UndecodableText(name=source.name, tried=tried, where=f" (line {line})") from error


def _refuse_signatures(source: Source) -> None:
    for signature, what in _SIGNATURES:
        if source.data.startswith(signature):
            raise BinaryFile(name=source.name, reason=f"it begins like {what}")


def _without_mark(source: Source) -> tuple[str, str]:
    """UTF-16 without its mark: in any Latin text every other byte is NUL."""
    sample = source.data[:_SAMPLE]
    for offset, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        zeros, others = sample[offset::2].count(0), sample[1 - offset :: 2].count(0)
        if zeros > 0.7 * len(sample) / 2 and not others:
            try:
                return source.data.decode(encoding), encoding
            except UnicodeError:
                continue
    at = source.data.index(0)
    line = source.data.count(b"\n", 0, at) + 1
    raise BinaryFile(name=source.name, reason=f"it has a NUL byte (line {line}, byte {at + 1})")


def _refuse_controls(source: Source) -> None:
    sample = source.data[:_SAMPLE]
    share = len(_CONTROLS.findall(sample)) / len(sample)
    if share > _MAX_CONTROLS:
        raise BinaryFile(name=source.name, reason=f"{share:.0%} of it are control characters")


def _detected(source: Source, tried: list[str]) -> tuple[str, str]:
    for name in _candidates(source.data):
        tried.append(name)
        try:
            return source.data.decode(name), codecs.lookup(name).name
        except UnicodeError:
            continue
    attempts = ", ".join([*dict.fromkeys(tried), "and to recognise another"])
    raise UndecodableText(name=source.name, tried=attempts, where="")


def _candidates(data: bytes) -> list[str]:
    """Encodings in order of likelihood.

    Among encodings that read a short text equally well the detector names any one: a few accents
    come out as Windows-1250 or an old DOS code page. Western European is far the likeliest of
    them, and so is chosen wherever it does as well as the detector's best.
    """
    from charset_normalizer import from_bytes

    matches = list(from_bytes(_sample(data)))
    if not matches:
        return []
    best = matches[0]
    western = any(
        not _WESTERN.isdisjoint({match.encoding, *match.could_be_from_charset})
        and match.chaos <= best.chaos + 0.1
        and match.coherence >= best.coherence - 0.05
        for match in matches
    )
    # Bytes 0x80 to 0x9F are quotes and dashes in Windows-1252, control characters in Latin-1.
    names = ["cp1252" if _C1.search(data) else "latin_1"] if western else []
    return [*names, best.encoding]


def _sample(data: bytes) -> bytes:
    """Enough for detection, which takes seconds on megabytes: the part around the first byte
    that is not ASCII."""
    at = next((m.start() for m in re.finditer(rb"[\x80-\xff]", data)), 0)
    start = max(0, at - _SAMPLE // 4)
    return data[start : start + _SAMPLE]
