"""Typed errors, and the translation of PostgreSQL's into them.

An error's docstring is its message: a template, filled with the error's own details.
Translation goes by SQLSTATE and constraint name, never by message text.
"""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    import psycopg

__all__ = [
    "AppendOnly",
    "CheckViolation",
    "ConfigurationError",
    "ConnectionFailed",
    "DatabaseFull",
    "Deadlock",
    "DuplicateKey",
    "InvalidInput",
    "InvalidValue",
    "NeonHubError",
    "NotFound",
    "NullViolation",
    "PermissionDenied",
    "QueryTimeout",
    "ReferenceViolation",
    "TenantRequired",
    "TenantViolation",
    "TransactionFailed",
    "UnitBusy",
    "UnitEnded",
    "translate",
]


class NeonHubError(Exception):
    """The data platform failed."""

    code: ClassVar[str] = "neonhub_error"
    http_status: ClassVar[int] = 500
    exit_code: int = 1
    hint: str | None = None

    def __init__(self, message: str | None = None, *, hint: str | None = None, **details: Any):
        """Fill the docstring with ``details``; ``message`` replaces it where it says more."""
        self.details: dict[str, Any] = details
        if hint is not None:
            self.hint = hint
        super().__init__(message if message is not None else self._from_docstring())

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "code" not in cls.__dict__:
            cls.code = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower()

    def _from_docstring(self) -> str:
        paragraph = (inspect.getdoc(type(self)) or NeonHubError.code).split("\n\n")[0]
        template = " ".join(paragraph.split())
        shown = {k: ", ".join(v) if isinstance(v, tuple) else v for k, v in self.details.items()}
        return template.format_map(_Details(shown))

    def to_dict(self) -> dict[str, Any]:
        """The error as JSON-able data: ``code``, ``message``, ``hint`` and its own details."""
        known = {k: v for k, v in self.details.items() if v is not None}
        body: dict[str, Any] = {"code": self.code, "message": str(self)}
        if self.hint:
            body["hint"] = self.hint
        return body | {"details": known} if known else body


class _Details(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return f"<{key}>"


class ConfigurationError(NeonHubError):
    """The setting {name} is not usable: {reason}."""

    exit_code = 78


class InvalidInput(NeonHubError):
    """The value of {field} is not usable: {reason}."""

    http_status = 422
    exit_code = 2


class NotFound(NeonHubError):
    """There is no {what} {key!r}."""

    http_status = 404


class PermissionDenied(NeonHubError):
    """This needs the permission {permission}, which the principal does not have."""

    http_status = 403
    exit_code = 77


class TenantRequired(NeonHubError):
    """This needs a workspace, and none is set."""

    http_status = 400


class ConnectionFailed(NeonHubError):
    """The database cannot be reached: {reason}."""

    http_status = 503
    exit_code = 69


class QueryTimeout(NeonHubError):
    """The statement was cancelled: it ran or waited longer than it is allowed to."""

    http_status = 504


class Deadlock(NeonHubError):
    """The transaction met another one in its way; nothing was changed, so try again."""

    http_status = 503


class DatabaseFull(NeonHubError):
    """The database server has no room left: {reason}."""

    http_status = 507


class TransactionFailed(NeonHubError):
    """A statement of this unit of work failed before, so nothing of it was kept."""


class UnitEnded(NeonHubError):
    """The unit of work has ended: open another for what comes after."""


class UnitBusy(NeonHubError):
    """Another task is within a savepoint of this unit of work."""

    hint = "Give each task a unit of work of its own, or take turns."


class StatementRejected(NeonHubError):
    """PostgreSQL rejected a statement ({sqlstate}): {reason}."""


class RowError(NeonHubError):
    """A row of {table} was refused."""

    http_status = 422

    @property
    def table(self) -> str | None:
        """The table whose rule was broken."""
        return self.details.get("table")

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the rule, as far as PostgreSQL names them."""
        return tuple(self.details.get("columns") or ())

    @property
    def constraint(self) -> str | None:
        """The constraint's or index's name."""
        return self.details.get("constraint")


class DuplicateKey(RowError):
    """A row of {table} with this {columns} exists already."""

    http_status = 409


class ReferenceViolation(RowError):
    """A row of {table} refers by {columns} to a row that does not exist in this tenant, or is
    still referred to."""

    http_status = 409


class CheckViolation(RowError):
    """A row of {table} breaks the rule {constraint}."""


class NullViolation(RowError):
    """A row of {table} lacks a value for {columns}."""


class InvalidValue(RowError):
    """A value does not fit its column: {reason}."""


class TenantViolation(RowError):
    """A row of {table} was refused: it belongs to another tenant, or no tenant is set."""

    http_status = 403


class AppendOnly(RowError):
    """Rows of {table} are only ever added: they cannot be changed or deleted."""

    http_status = 409


_ROW_ERRORS: dict[str, type[RowError]] = {
    "23505": DuplicateKey,
    "23503": ReferenceViolation,
    "23001": ReferenceViolation,
    "23514": CheckViolation,
    "23502": NullViolation,
    "NH001": AppendOnly,
}
_OTHER: dict[str, type[NeonHubError]] = {
    "57014": QueryTimeout,
    "55P03": QueryTimeout,
    "25P03": QueryTimeout,
    "40P01": Deadlock,
    "40001": Deadlock,
    "25P02": TransactionFailed,
    "53100": DatabaseFull,
    "53200": DatabaseFull,
}
_CONNECTION_CLASSES = ("08", "57P", "28", "3D", "53300")


def _columns_of(constraint: str | None, table: str | None) -> tuple[str, ...]:
    """The columns behind a constraint, from its name: the naming convention keeps them there.

    ``ux_documents__dataset_id__source_uri`` -> ``("dataset_id", "source_uri")``. The message
    of PostgreSQL holds the values too, which may belong to a row the reader may not see.
    """
    if not constraint or not table or "__" not in constraint:
        return ()
    return tuple(constraint.split("__")[1:])


def _row_error(kind: type[RowError], error: psycopg.Error) -> RowError:
    diag = error.diag
    named: tuple[str, ...] = (diag.column_name,) if diag.column_name else ()
    columns = named or _columns_of(diag.constraint_name, diag.table_name)
    return kind(
        table=diag.table_name,
        columns=columns or (diag.constraint_name or "key",),
        constraint=diag.constraint_name,
    )


def translate(error: psycopg.Error, *, table: str | None = None) -> NeonHubError:
    """The typed error for what psycopg raised. The caller raises it ``from error``.

    ``table`` is the one written to, for where PostgreSQL does not name it.
    """
    state = error.sqlstate or ""
    if state in _ROW_ERRORS:
        return _row_error(_ROW_ERRORS[state], error)
    if state == "42501":
        return _denied(error, table)
    if state in _OTHER:
        return _OTHER[state](reason=_first_line(error))
    if state.startswith("22"):
        return InvalidValue(table=error.diag.table_name, reason=_first_line(error))
    if not state or state.startswith(_CONNECTION_CLASSES):
        return ConnectionFailed(reason=_first_line(error))
    return StatementRejected(sqlstate=state, reason=_first_line(error))


def _denied(error: psycopg.Error, table: str | None) -> NeonHubError:
    """42501 is both a row refused by a policy and a privilege that the role lacks.

    The two differ by the routine that raised them, which is not translated as messages are. For
    a policy PostgreSQL names the table in its message alone.
    """
    if error.diag.source_function == "ExecWithCheckOptions":
        return TenantViolation(table=error.diag.table_name or table)
    return PermissionDenied(
        f"The database role may not do this: {_first_line(error)}.", permission="database grant"
    )


def _first_line(error: psycopg.Error) -> str:
    return (error.diag.message_primary or str(error) or type(error).__name__).splitlines()[0]
