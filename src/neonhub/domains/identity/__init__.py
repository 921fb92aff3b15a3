"""Users, their accounts, sessions, settings and credentials."""
