"""Organizations, workspaces, members, roles, invitations, API keys."""
