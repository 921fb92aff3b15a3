"""Who acts, and in which tenant: the settings that every transaction begins with."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from neonhub.db.errors import PermissionDenied

__all__ = ["SYSTEM", "Principal", "PrincipalKind", "Tenant"]


class PrincipalKind(enum.StrEnum):
    """What kind of actor a principal is (``ActorType`` in the database)."""

    USER = "user"
    AGENT = "agent"
    API_KEY = "api_key"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Tenant:
    """The tenant of a transaction. What is ``None`` is set to the empty string: no tenant."""

    workspace_id: str | None = None
    organization_id: str | None = None
    user_id: str | None = None


@dataclass(frozen=True, slots=True)
class Principal:
    """An actor and its rights in one organization.

    ``permissions`` are ``<area>:<action>`` keys; the system principal holds all. A principal with
    a ``workspace_id`` acts in that workspace alone.
    """

    kind: PrincipalKind
    id: str
    user_id: str | None = None
    organization_id: str | None = None
    workspace_id: str | None = None
    permissions: frozenset[str] = field(default_factory=frozenset)

    def may(self, permission: str) -> bool:
        """Whether the principal holds ``permission``."""
        return self.kind is PrincipalKind.SYSTEM or permission in self.permissions

    def require(self, permission: str) -> None:
        """Raise ``PermissionDenied`` unless the principal holds ``permission``."""
        if not self.may(permission):
            raise PermissionDenied(permission=permission)


SYSTEM = Principal(PrincipalKind.SYSTEM, "system")
"""The operator at the command line, and code that the application trusts as itself."""
