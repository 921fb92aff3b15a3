"""``MIGRATION_RISK.md``, beside the migrations: what each of them loses, why, and the way back.

A section a migration, its name the heading; in it a list of ``What``, ``Why`` and ``Way back``.
Besides, ``Accepted RULE: reason``, or ``Accepted RULE on TABLE: reason``, for a finding that is
right and that there is a good reason to live with.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from neonhub.ops import migrate

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["NAME", "Accepted", "Entry", "entries", "template"]

NAME = "MIGRATION_RISK.md"
_NEEDED = ("What", "Why", "Way back")
_HEADING = re.compile(r"^##\s+`?(?P<name>[^`\n]+?)`?\s*$", re.MULTILINE)
_ITEM = re.compile(r"^[-*]\s+(?P<text>.+?)(?=^\s*[-*]\s|^\s*$|^#|\Z)", re.MULTILINE | re.DOTALL)
_ACCEPTED = re.compile(
    r"Accepted `?(?P<rule>[a-z][a-z-]+)`?(?: on `?(?P<table>\w+)`?)?: *(?P<reason>.+)", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Accepted:
    """A rule that is let pass, on one table or on any, and why."""

    rule: str
    table: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A section: its fields by name, what it accepts, and all of its text."""

    revision: str
    fields: dict[str, str]
    accepted: tuple[Accepted, ...]
    text: str

    @property
    def missing(self) -> list[str]:
        """Which of ``What``, ``Why`` and ``Way back`` say nothing."""
        return [name for name in _NEEDED if self.fields.get(name, "").strip(" .…") == ""]

    def speaks_of(self, name: str) -> bool:
        """Whether the word ``name`` stands in it."""
        return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", self.text) is not None

    def reason(self, rule: str, table: str | None) -> str | None:
        """Why a finding is let pass; ``None`` where it is not."""
        for each in self.accepted:
            if each.rule == rule and each.table in (None, table):
                return each.reason
        return None


def path() -> Path:
    """Where the file is: in the folder of the migrations, and so in the installed package."""
    return migrate.MIGRATIONS / NAME


def entries() -> dict[str, Entry]:
    """Every section by its migration; none where there is no file."""
    try:
        text = path().read_text("utf-8")
    except FileNotFoundError:
        return {}
    headings = list(_HEADING.finditer(text))
    ends = [each.start() for each in headings[1:]] + [len(text)]
    return {
        each["name"]: _entry(each["name"], text[each.end() : end])
        for each, end in zip(headings, ends, strict=True)
    }


def _entry(revision: str, body: str) -> Entry:
    fields: dict[str, str] = {}
    accepted: list[Accepted] = []
    for item in _ITEM.finditer(body):
        text = " ".join(item["text"].split())
        if found := _ACCEPTED.fullmatch(text.replace("**", "")):
            accepted.append(Accepted(found["rule"], found["table"], found["reason"]))
            continue
        name, _, said = text.replace("**", "").partition(":")
        fields[name.strip()] = said.strip()
    return Entry(revision, fields, tuple(accepted), body)


def template(revision: str, what: list[str]) -> str:
    """The section to write for ``revision``, which does ``what``."""
    done = "; ".join(what)
    return f"## {revision}\n\n- What: {done}.\n- Why: …\n- Way back: …\n"
