"""The database floor: it knows PostgreSQL, tenants and vectors, and no domain."""
