"""Look-ups that come before the tenant is known: fixed in shape, and few.

They run as ``neonhub_search``, which reads and no more. What they tell, the caller holds the key
to: the hash of a token, the id of a user who is set for the transaction, or the name of a
workspace that the user in the setting belongs to.
"""

from __future__ import annotations

from neonhub.db.policies import Function

__all__ = ["FUNCTIONS"]

_CALLERS = ("neonhub_app", "neonhub_readonly", "neonhub_maintenance")
_PATH = ("search_path TO 'public', 'pg_temp'",)


def _lookup(name: str, arguments: str, returns: str, body: str) -> Function:
    return Function(
        name,
        arguments,
        f"TABLE({returns})",
        body,
        security_definer=True,
        owner="neonhub_search",
        execute=_CALLERS,
        settings=_PATH,
        rows=1,
    )


# A user reaches a workspace as its member, or as owner or admin of its organization.
_REACH = """
    SELECT m.workspace_id, m.role
      FROM workspace_members m
     WHERE m.user_id = neonhub.current_user_id() AND m.status = 'active'
    UNION ALL
    SELECT w.id, r.slug
      FROM organization_members om
      JOIN organization_roles r ON r.id = om.role_id AND r.slug IN ('owner', 'admin')
      JOIN workspaces w ON w.organization_id = om.organization_id
     WHERE om.user_id = neonhub.current_user_id() AND om.status = 'active'
"""

FIND_WORKSPACE = _lookup(
    "find_workspace",
    "ref text",
    "workspace_id text, organization_id text, slug text, name text",
    f"""
SELECT w.id, w.organization_id, w.slug, w.name
  FROM workspaces w
  JOIN organizations o ON o.id = w.organization_id AND o.deleted_at IS NULL
 WHERE w.deleted_at IS NULL
   AND w.id = (SELECT id FROM workspaces WHERE id = ref
               UNION ALL
               SELECT id FROM workspaces WHERE slug = ref AND deleted_at IS NULL
               LIMIT 1)
   AND (neonhub.current_user_id() IS NULL
        OR w.id IN (SELECT reach.workspace_id FROM ({_REACH}) AS reach))
""",
)

FIND_ORGANIZATION = _lookup(
    "find_organization",
    "ref text",
    "organization_id text, slug text, name text",
    """
SELECT o.id, o.slug, o.name
  FROM organizations o
 WHERE o.deleted_at IS NULL
   AND o.id = (SELECT id FROM organizations WHERE id = ref
               UNION ALL
               SELECT id FROM organizations WHERE slug = ref AND deleted_at IS NULL
               LIMIT 1)
   AND (neonhub.current_user_id() IS NULL
        OR EXISTS (SELECT FROM organization_members m
                    WHERE m.organization_id = o.id AND m.status = 'active'
                      AND m.user_id = neonhub.current_user_id()))
""",
)

WORKSPACES_OF_USER = _lookup(
    "workspaces_of_user",
    "",
    "workspace_id text, organization_id text, slug text, name text, role text",
    f"""
SELECT DISTINCT ON (w.id) w.id, w.organization_id, w.slug, w.name, reach.role
  FROM ({_REACH}) AS reach
  JOIN workspaces w ON w.id = reach.workspace_id AND w.deleted_at IS NULL
  JOIN organizations o ON o.id = w.organization_id AND o.deleted_at IS NULL
 ORDER BY w.id, array_position(ARRAY['owner', 'admin'], reach.role)
""",
)

FIND_API_KEY = _lookup(
    "find_api_key",
    "hash text",
    "id text, organization_id text, workspace_id text, created_by_id text, scopes text[], "
    "status text",
    """
SELECT k.id, k.organization_id, k.workspace_id, k.created_by_id, k.scopes,
       CASE WHEN k.revoked_at IS NOT NULL THEN 'revoked'
            WHEN k.expires_at <= now() THEN 'expired'
            WHEN o.deleted_at IS NOT NULL THEN 'revoked'
            ELSE 'active' END
  FROM api_keys k
  JOIN organizations o ON o.id = k.organization_id
 WHERE k.token_hash = hash
""",
)

FIND_INVITATION = _lookup(
    "find_invitation",
    "hash text",
    "id text, organization_id text, workspace_id text, email text, role_id text, status text",
    """
SELECT i.id, i.organization_id, i.workspace_id, i.email::text, i.role_id,
       CASE WHEN i.status = 'pending' AND i.expires_at <= now() THEN 'expired'
            ELSE i.status::text END
  FROM invitations i
  JOIN organizations o ON o.id = i.organization_id AND o.deleted_at IS NULL
 WHERE i.token_hash = hash
""",
)

FUNCTIONS = (
    FIND_WORKSPACE,
    FIND_ORGANIZATION,
    WORKSPACES_OF_USER,
    FIND_API_KEY,
    FIND_INVITATION,
)
