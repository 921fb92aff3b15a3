"""A unit of work that tells how long it took: the one that is used where somebody is told.

A subclass, so that a plain ``Session`` has not one instruction more for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from neonhub.db import telemetry
from neonhub.db.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterable

    from neonhub.db.statements import Statement

__all__ = ["WatchedSession"]

RowT = TypeVar("RowT")


class WatchedSession(Session):
    """Tells of the unit (``committed``, ``rolled back``) and of each statement by its label."""

    _watch: telemetry.Watch | None = None
    _statements = 0

    async def _run(self, statement: Statement[RowT], values: dict[str, Any]) -> list[RowT]:
        watch = self._begin(statement, 1)
        try:
            rows = await super()._run(statement, values)
        except BaseException as error:
            _end(watch, telemetry.outcome_of(error), error)
            raise
        if watch is not None:
            watch.set(rows=len(rows))
            watch.end("good")
        return rows

    async def execute_many(self, statement: Statement[Any], rows: Iterable[dict[str, Any]]) -> int:
        """As a session does; one event for all of them, for they are one round trip."""
        every = list(rows)
        watch = self._begin(statement, len(every))
        try:
            affected = await super().execute_many(statement, every)
        except BaseException as error:
            _end(watch, telemetry.outcome_of(error), error)
            raise
        if watch is not None:
            watch.set(rows=affected)
            watch.end("good")
        return affected

    def _begin(self, statement: Statement[Any], count: int) -> telemetry.Watch | None:
        self._statements += count
        name = statement.label.removeprefix("neonhub.domains.")
        return telemetry.begin("statement", name, within=self._watch, statements=count)

    async def __aenter__(self) -> WatchedSession:
        # Not made the task's current span: a unit may be left in another context than entered.
        self._watch = telemetry.begin("unit", "unit of work", scope=self._scope())
        return self

    def _scope(self) -> str:
        """What the unit is bound to; of which tenant is not told."""
        if self.tenant.workspace_id:
            return "workspace"
        return "organization" if self.tenant.organization_id else "none"

    async def __aexit__(self, kind: type[BaseException] | None, *exc: Any) -> None:
        error = exc[0] if exc else None
        try:
            await super().__aexit__(kind, *exc)
        except BaseException as failure:
            error = failure
            raise
        finally:
            if self._watch is not None:
                self._watch.set(statements=self._statements)
                _end(self._watch, "committed" if error is None else "rolled back", error)


def _end(watch: telemetry.Watch | None, outcome: str, error: BaseException | None) -> None:
    if watch is not None:
        watch.end(outcome, error)
