"""Why a file could not be read. Each names the file, the reason, and what to do about it."""

from __future__ import annotations

from neonhub.db.errors import NeonHubError

__all__ = [
    "BinaryFile",
    "BrokenFile",
    "EmptyFile",
    "NoTextLayer",
    "ParseError",
    "ProtectedFile",
    "TooLarge",
    "UndecodableText",
    "UnreadableFile",
    "UnsupportedType",
]


class ParseError(NeonHubError):
    """{name} could not be read: {reason}."""

    http_status = 422
    exit_code = 65


class EmptyFile(ParseError):
    """{name} is empty: it holds no text."""

    hint = "Leave the file out, or put the text in it that it should have."


class TooLarge(ParseError):
    """{name} is too large: {size:,} bytes of {what}, and at most {limit:,} are read."""

    http_status = 413
    hint = "Split the file, or raise the limit."


class BinaryFile(ParseError):
    """{name} is not text: {reason}."""

    http_status = 415
    hint = "Give the file the suffix of what it is, or export it as text."


class UndecodableText(ParseError):
    """{name} is text of an unknown encoding: tried {tried}{where}."""

    hint = "Save the file as UTF-8."


class BrokenFile(ParseError):
    """{name} is damaged or not what its type says{where}: {reason}."""

    hint = "Open it in the program that made it, save it again, and retry."


class ProtectedFile(ParseError):
    """{name} is encrypted and needs a password."""

    hint = "Save a copy without a password."


class NoTextLayer(ParseError):
    """{name} holds only images: none of its {pages} pages has text."""

    hint = "Run text recognition (OCR) over it first, for example with ocrmypdf."


class UnreadableFile(ParseError):
    """{name} cannot be opened: {reason}."""

    hint = "Check the path and its permissions."


class UnsupportedType(ParseError):
    """{name} is of a type that is not read: {type}. Known are {known}."""

    http_status = 415
    hint = "Convert the file to one of the known types."
