"""Failures of the tenancy domain."""

from __future__ import annotations

from neonhub.db.errors import DuplicateKey, InvalidInput, NeonHubError, PermissionDenied

__all__ = [
    "AlreadyMember",
    "AmbiguousKey",
    "ApiKeyExpired",
    "ApiKeyRejected",
    "ApiKeyRevoked",
    "InvitationExpired",
    "InvitationForAnother",
    "InvitationRevoked",
    "InvitationUnknown",
    "InvitationUsed",
    "LastOwner",
    "LastWorkspace",
    "RoleInUse",
    "SlugTaken",
    "SystemRoleFixed",
    "UnknownPermission",
    "UserRequired",
    "WorkspaceBound",
]


class SlugTaken(DuplicateKey):
    """The slug {slug!r} is taken: choose another for the {what}."""


class LastOwner(NeonHubError):
    """This is the organization's last owner: make somebody else an owner first."""

    http_status = 409


class LastWorkspace(NeonHubError):
    """This is the organization's last workspace: delete the organization instead."""

    http_status = 409


class AlreadyMember(NeonHubError):
    """{email} is a member of the organization already."""

    http_status = 409


class SystemRoleFixed(NeonHubError):
    """The role {role!r} is one that every organization has: it cannot be changed or deleted."""

    http_status = 409


class RoleInUse(NeonHubError):
    """The role {role!r} is held by {holders} members and open invitations: give them another."""

    http_status = 409


class UnknownPermission(InvalidInput):
    """There is no permission {keys}: see the organization's list of permissions."""


class WorkspaceBound(PermissionDenied):
    """This concerns the whole organization, and the principal is bound to one workspace of it."""


class UserRequired(NeonHubError):
    """This is done in the name of a user, and the principal is none."""

    http_status = 403


class InvitationUnknown(NeonHubError):
    """There is no such invitation: ask for a new one."""

    http_status = 404


class InvitationExpired(NeonHubError):
    """The invitation has expired: ask for a new one."""

    http_status = 410


class InvitationRevoked(NeonHubError):
    """The invitation was withdrawn."""

    http_status = 410


class InvitationUsed(NeonHubError):
    """The invitation was accepted before: it works once."""

    http_status = 409


class InvitationForAnother(NeonHubError):
    """The invitation went to another e-mail address: sign in with that one."""

    http_status = 403


class AmbiguousKey(InvalidInput):
    """More than one API key begins with {ref!r}: name it by its id."""


class ApiKeyRejected(NeonHubError):
    """The API key is not valid.

    Message and code are the same for the kinds below: whoever holds no valid key learns nothing
    of why. The type tells the program itself.
    """

    code = "api_key_rejected"
    http_status = 401
    exit_code = 77


class ApiKeyExpired(ApiKeyRejected):
    """The API key is not valid."""

    code = "api_key_rejected"


class ApiKeyRevoked(ApiKeyRejected):
    """The API key is not valid."""

    code = "api_key_rejected"
