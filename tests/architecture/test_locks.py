"""Advisory locks are told apart by their number alone: two uses of one wait for each other."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

SOURCES = Path(__file__).parents[2] / "src" / "neonhub"
# One lock, taken by the function of the database and by the step that does the same from outside.
TOGETHER = {"7236002": {"db/partitions.py", "ops/maintain/partitions.py"}}


def test_each_number_is_one_locks() -> None:
    found = defaultdict(set)
    for path in SOURCES.rglob("*.py"):
        if "migrations" not in path.parts:
            for number in re.findall(r"\b7_?236_?\d{3}\b", path.read_text("utf-8")):
                found[number.replace("_", "")].add(str(path.relative_to(SOURCES)))
    assert len(found) >= 6
    shared = {number: files for number, files in found.items() if len(files) > 1}
    assert shared == TOGETHER
