"""The Prisma schema of this database, written from the models: no database is asked.

``document`` writes it; ``fields`` knows columns, ``relations`` references, ``keys`` unique sets
and indexes, ``names`` what all of them are called in TypeScript.
"""
