"""Lists as text: one block an item of the outermost list, what is nested in it indented."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neonhub.parsing.builder import Builder

__all__ = ["ListLines"]


class ListLines:
    """Gathers the lines of an item and hands it to the builder when it ends."""

    __slots__ = ("_builder", "_defined", "_lines", "_marker", "_numbers", "_tight")

    def __init__(self, builder: Builder) -> None:
        self._builder = builder
        self._numbers: list[int | None] = []  # open lists: the next number, None for bullets
        self._lines: list[str] = []
        self._marker: str | None = None
        self._defined = False  # the item has its definition: another term begins another item
        self._tight = False

    def open(self, number: int | None = None) -> None:
        """A list begins, with bullets or counting from ``number``."""
        self._numbers.append(number)

    def close(self) -> None:
        """The innermost list ends."""
        if self._numbers:
            self._numbers.pop()
        if not self._numbers:
            self.interrupt()

    def close_all(self) -> None:
        """The document ends."""
        self._numbers.clear()
        self.interrupt()

    def item(self) -> None:
        """An item begins: its first line gets the bullet or number."""
        if len(self._numbers) <= 1:
            self._end_item()
        number = self._numbers[-1] if self._numbers else None
        self._marker = "- " if number is None else f"{number}. "
        if number is not None:
            self._numbers[-1] = number + 1

    def term(self) -> None:
        """A term of a definition list begins; several in a row share a definition."""
        if len(self._numbers) <= 1 and self._defined:
            self._end_item()
        self._marker = ""

    def definition(self) -> None:
        """The definition of the term or terms before begins."""
        self._marker = None
        self._defined = self._defined or len(self._numbers) <= 1

    def add(self, text: str) -> bool:
        """Add a line, or several; False where no list is open."""
        if not self._numbers:
            return False
        indent = "  " * (len(self._numbers) - 1)
        marker, self._marker = self._marker, None
        text = text.replace("\n", f"\n{indent}  ")
        self._lines.append(f"{indent}{'  ' if marker is None else marker}{text}")
        return True

    def interrupt(self) -> None:
        """Something that is no line of a list comes next: it goes after what was gathered."""
        self._end_item()
        self._tight = False

    def _end_item(self) -> None:
        if self._lines:
            lines, self._lines = self._lines, []
            single = len(lines) == 1
            self._builder.add("list", "\n".join(lines), tight=self._tight and single)
            self._tight = single
        self._defined = False
