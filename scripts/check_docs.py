"""Checks the documentation: links between files lead somewhere, named make targets exist.

Run by ``make docs``. Looks at every Markdown file that git knows or would add; prints each fault
as ``file:line: what`` and ends with status 1 if there was one.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
LINK = re.compile(r"!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?[^)]*\)|^\s*\[[^\]]+\]:\s+<?(\S+?)>?\s*$")
# In code only: prose may well say "make sure".
MAKE = re.compile(r"\bmake ((?:[a-z][a-z-]*\s?)+)")
CODE = re.compile(r"`([^`]+)`")
ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)
FENCE = re.compile(r"\s*(```|~~~)")


def markdown_files() -> list[Path]:
    """Every Markdown file of the project, neither ignored nor deleted."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return sorted(path for name in listing.split("\0") if name and (path := ROOT / name).is_file())


def make_targets() -> set[str]:
    """The targets that the Makefile documents."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z][a-z-]*):.*## ", makefile, re.MULTILINE))


def anchors(path: Path) -> set[str]:
    """The anchors of a file's headings, as GitHub makes them."""
    found: dict[str, int] = {}
    for _, line, in_code in numbered_lines(path):
        if in_code or not (heading := re.match(r"#{1,6}\s+(.*?)\s*#*$", line)):
            continue
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading[1]).lower()
        slug = re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
        found[slug] = found.get(slug, -1) + 1
        if found[slug]:
            found[f"{slug}-{found[slug]}"] = 0
    return set(found)


def numbered_lines(path: Path) -> Iterator[tuple[int, str, bool]]:
    """Each line with its number, and whether it stands in a fenced block."""
    fenced = False
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if FENCE.match(line):
            fenced = not fenced
            continue
        yield number, line, fenced


def link_fault(source: Path, target: str) -> str | None:
    """What is wrong with a link in ``source``, if anything is."""
    if ELSEWHERE.match(target):
        return None
    name, _, anchor = unquote(target).partition("#")
    path = (source.parent / name).resolve() if name else source
    if not path.is_relative_to(ROOT):
        return f"{target} leads out of the project"
    if not path.exists():
        return f"{target} does not exist"
    if anchor and path.suffix == ".md" and anchor not in anchors(path):
        return f"{target}: no heading has that anchor"
    return None


def faults(path: Path, targets: set[str]) -> Iterator[tuple[int, str]]:
    """Every fault of one file: its line and what is wrong there."""
    for number, line, fenced in numbered_lines(path):
        if not fenced:
            prose = CODE.sub("", line)
            for match in LINK.finditer(prose):
                if fault := link_fault(path, match[1] or match[2]):
                    yield number, fault
        for code in [line.partition("#")[0]] if fenced else CODE.findall(line):
            for match in MAKE.finditer(code):
                for word in match[1].split():
                    if word not in targets:
                        yield number, f"there is no make target {word!r}"


def main() -> int:
    """Print every fault; 1 if there is one."""
    targets = make_targets()
    files = markdown_files()
    found = [
        f"{path.relative_to(ROOT)}:{number}: {fault}"
        for path in files
        for number, fault in faults(path, targets)
    ]
    print(*found, f"{len(files)} Markdown files, {len(found)} faults", sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
