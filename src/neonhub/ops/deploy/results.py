"""What a deploy reports: its steps, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Outcome", "Report", "Step"]

Outcome = Literal["done", "skipped", "refused", "failed"]


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what came of it, in how many seconds. ``said`` are sentences about it, and on
    ``attempts`` how often a migration was tried."""

    name: str
    outcome: Outcome
    seconds: float
    said: list[str] = field(default_factory=list)
    attempts: int = 1


@dataclass(slots=True)
class Report:
    """A deploy from ``start`` to ``target``. ``before`` says where an earlier one stood that did
    not come to its end; ``backup`` is the folder of the verified backup."""

    start: str | None
    target: str
    steps: list[Step] = field(default_factory=list)
    before: str | None = None
    backup: str | None = None
    revision: str | None = None
    applied: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def good(self) -> bool:
        """Whether every step was done, or had nothing to do."""
        return all(each.outcome in {"done", "skipped"} for each in self.steps)
