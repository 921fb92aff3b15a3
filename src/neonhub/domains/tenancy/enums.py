"""Enumerations of the tenancy domain, native in the database under the same names."""

from __future__ import annotations

import enum


class InvitationStatus(enum.StrEnum):
    """Where an invitation stands."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REVOKED = "revoked"
    EXPIRED = "expired"
