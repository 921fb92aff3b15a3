from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from neonhub.cli.console import emit
from neonhub.cli.options import AsJson
from neonhub.cli.text import size

if TYPE_CHECKING:
    from neonhub.ops.status import Database, Server, Status


def command(as_json: AsJson = False) -> None:
    """Show the server, the schema and the extensions.

    Nothing is started: an embedded server that does not run is said to be stopped. Ends with 0
    where every migration is applied as it is here, 1 where one is pending, has changed since or
    is not known, or a role is missing, 2 where it could not be told.
    """
    from neonhub.cli.errors import COULD_NOT_TELL, asked_by_ci
    from neonhub.ops.status import status
    from neonhub.settings_quick import read_settings

    with asked_by_ci():
        found = status(read_settings())
    emit(found, as_json=as_json, render=_text)
    if found.database is None:
        raise typer.Exit(COULD_NOT_TELL)
    if found.database.faults:
        raise typer.Exit(1)


def _text(found: Status) -> str:
    facts = _server(found.server)
    tables: list[str] = []
    if found.database is not None:
        facts |= _database(found.database)
        tables = [*_faults(found.database), *_tables(found.database)]
    width = max(map(len, facts)) + 2
    return "\n".join([f"{name:<{width}}{value}" for name, value in facts.items()] + tables)


def _server(server: Server) -> dict[str, str]:
    if server.kind == "own":
        return {"server": f"your own, at {server.where}, port {server.port}"}
    running = f"running: process {server.pid}, port {server.port}" if server.running else "stopped"
    home = server.where if server.made else f"{server.where} (nothing is there)"
    facts = {"server": f"embedded, {running}", "home": home}
    if server.users:
        held = [f"{pid} (keeps it for other clients)" for pid in [server.held_by] if pid]
        others = [str(pid) for pid in server.users if pid != server.held_by]
        facts["used by"] = "process " + ", ".join(others + held)
    return facts


def _database(database: Database) -> dict[str, str]:
    behind = f"{len(database.pending)} to run: `neonhub db migrate`" if database.pending else ""
    ahead = "" if database.pending or database.revision == database.head else "not known here"
    missing = ", ".join(database.missing_roles)
    facts = {
        "version": f"PostgreSQL {database.version}",
        "database": f"{database.name}, {size(database.size)}, {database.clients} other clients",
        "extensions": ", ".join(f"{name} {v}" for name, v in database.extensions.items()),
        "schema": f"{database.revision or 'none'} ({behind or ahead or 'the latest'})",
        "roles": f"missing: {missing}" if missing else "all there",
    }
    if kept := database.kept:
        taken, since = size(sum(each.size for each in kept)), f"{kept[0].since:%Y-%m-%d}"
        told = f"{len(kept)} databases of restores, {taken}, since {since}"
        facts["kept"] = f"{told}: `neonhub db kept`"
    if (held := database.lock) is not None:
        who = f"{held.application or held.user} from {held.client}, process {held.pid}"
        facts["migrating"] = f"{who}, since {held.since:%Y-%m-%d %H:%M:%S %Z}"
    return facts


def _faults(database: Database) -> list[str]:
    return ["", *(f"! {fault}" for fault in database.faults)] if database.faults else []


def _tables(database: Database) -> list[str]:
    if not database.tables:
        return []
    width = max(len(table.name) for table in database.tables)
    lines = [
        f"  {table.name:<{width}}  {size(table.size):>10}  {table.rows:>12,} rows"
        for table in database.tables
    ]
    return ["", "largest tables (rows as PostgreSQL's statistics have them)", *lines]
