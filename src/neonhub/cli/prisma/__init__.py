"""``neonhub prisma``: the same database for TypeScript applications."""
