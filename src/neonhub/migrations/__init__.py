"""The history of the schema: Alembic's environment, its template, and one file a step."""
