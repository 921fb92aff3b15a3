"""The table of commands: all that help and shell completion know, so neither imports a command.

A command's line of help is the first line of its function's docstring, and a test holds the two
equal. Keep it within 60 characters: help cuts longer ones on a terminal of 80 columns.
"""

from __future__ import annotations

from typing import NamedTuple

PROGRAM = "neonhub"
TOP = "top"
DESCRIPTION = "NeonHub's data platform: the database, the documents in it, and the answers."


class Entry(NamedTuple):
    """A command as help lists it, before its module is imported."""

    name: str
    help: str
    hidden: bool = False


class Group(NamedTuple):
    """Commands under one name, in the order of help."""

    help: str
    entries: tuple[Entry, ...]


GROUPS: dict[str, Group] = {
    TOP: Group(
        DESCRIPTION,
        (
            Entry("up", "Start the database and the API."),
            Entry("ingest", "Read files and folders into a dataset."),
            Entry("search", "Find passages by meaning and by words."),
            Entry("maintain", "Keep the database in shape: once a night, from cron."),
            Entry("version", "Show the versions of NeonHub and of Python."),
        ),
    ),
    "db": Group(
        "The database: where it is, its schema, its state.",
        (
            Entry("url", "Print the connection string."),
            Entry("psql", "Open psql on the database."),
            Entry("migrate", "Bring the schema up to date."),
            Entry("seed", "Write the rows that a fresh database holds."),
            Entry("status", "Show the server, the schema and the extensions."),
            Entry("tables", "List the tables with their rows and sizes."),
            Entry("partitions", "List the monthly partitions, or make those to come."),
            Entry("where", "Find a table, column or enumeration by its name."),
            Entry("validate", "Hold models, migrations and policies against each other."),
            Entry("diff", "Show the SQL between two schemas."),
            Entry("lint", "Show what migrations lock, rewrite and lose."),
            Entry("deploy", "Migrate with checks, a backup, and a report."),
            Entry("drift", "Compare the catalogue with the migrations."),
            Entry("backup", "Take a backup into a folder or a bucket."),
            Entry("backups", "List the backups of a folder or a bucket."),
            Entry("restore", "Restore a backup, or a part of one."),
            Entry("verify", "Prove a backup by restoring it."),
            Entry("kept", "List the databases that restores have kept, or drop them."),
            Entry("archive-show", "Print archived rows, one JSON object a line."),
            Entry("doctor", "Say what is slow, and why, each with its remedy."),
            Entry("roles", "Show the roles, rotate passwords, or prove them apart."),
            Entry("preflight", "Judge whether the database is ready for production."),
            Entry("basebackup", "Copy the files of the whole server."),
            Entry("archive", "Archive the server's log, or stop, or tell."),
            Entry("recover", "Recover the whole server to a time."),
            Entry("isolation", "Prove that no tenant reaches another's rows."),
            Entry("stop", "Stop the embedded server."),
        ),
    ),
    "vectors": Group(
        "How each tenant's vectors are searched.",
        (
            Entry("status", "Show how each tenant's vectors are searched."),
            Entry("maintain", "Make, rebuild or drop the index of each large tenant."),
            Entry("recall", "Measure what searches find beside an exact scan."),
            Entry("tune", "Choose how many rows are ranked again, to a recall."),
            Entry("reembed", "Move a workspace to another embedding space."),
        ),
    ),
    "keys": Group(
        "API keys of an organization.",
        (
            Entry("create", "Make an API key; it is shown once."),
            Entry("list", "List the API keys."),
            Entry("revoke", "Revoke an API key."),
        ),
    ),
    "datasets": Group(
        "Datasets of a workspace.",
        (
            Entry("list", "List the datasets."),
            Entry("delete", "Delete a dataset and its documents."),
        ),
    ),
    "documents": Group(
        "Documents of a dataset.",
        (
            Entry("list", "List the documents."),
            Entry("show", "Show a document and its passages."),
            Entry("delete", "Delete a document."),
        ),
    ),
    "prisma": Group(
        "The same database for TypeScript applications.",
        (Entry("schema", "Write a schema.prisma for TypeScript applications."),),
    ),
}


def module_of(group: str, name: str) -> str:
    """The module that defines a command: ``("db", "url")`` -> ``"neonhub.cli.db.url"``."""
    return f"neonhub.cli.{group}.{name.replace('-', '_')}"


_NO_OPERATIONS = {
    "up",
    "search",
    "version",
    "db url",
    "db psql",
    "db kept",
    "db tables",
    "db where",
    "db stop",
}
_OF_OPERATORS = ("db", "vectors", TOP)


def operation_of(path: str) -> str | None:
    """What a command is called among the figures of operations: ``neonhub db backup`` ``backup``.

    None for those that only show something, and for ``up``, which has no end.
    """
    _, *words = path.split()
    group = words[0] if len(words) > 1 else TOP
    name = " ".join(words)
    if name in _NO_OPERATIONS or group not in _OF_OPERATORS:
        return None
    return name.removeprefix("db ")
