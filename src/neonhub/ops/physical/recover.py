"""A server as it was at a time: base backup, archived log, and a home for the embedded server."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from neonhub.db.errors import InvalidInput, NeonHubError
from neonhub.ops.backup.places import Folder, partial
from neonhub.ops.physical.base import (
    BASES,
    OWNER,
    WAL,
    Base,
    NoBaseBackup,
    bases,
    combined,
    line_of,
    start_of,
    whole,
)

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from neonhub.db._embedded_home import Account

__all__ = ["OtherVersion", "Recovered", "RecoveryFailed", "recover"]

_NEEDED = """
# Written for a recovery, and taken away at its end.
restore_command = 'cp "{log}/%f" "%p"'
{target}# The archive is another server's from here on.
archive_mode = off
"""
_TARGET = """recovery_target_time = '{time}'
recovery_target_action = 'promote'
"""
_WAIT_S = 3600.0


class RecoveryFailed(NeonHubError):
    """The server could not be recovered to {time}: {reason}."""

    hint = "Is the archive whole up to that time, and is the time within it?"
    exit_code = 65


class OtherVersion(NeonHubError):
    """The base backup {base} is of PostgreSQL {its}, and the embedded server is of {ours}."""

    hint = "Recover it with the programs of its version: docs/howto/recover-to-a-time.md."
    exit_code = 78


@dataclass(frozen=True, slots=True)
class Recovered:
    """``home`` is one for NEONHUB_HOME; ``last`` the commit of the last transaction in it."""

    home: str
    base: str
    time: dt.datetime | None
    last: dt.datetime | None
    seconds: float


def recover(of: Path, to_time: dt.datetime | None, into: Path) -> Recovered:
    """Recover from the backups and the archive in ``of`` to a time, into the new folder ``into``.

    Without a time it goes as far as the archive does. The newest base backup of this folder's
    server that was done by then is taken. ``of`` is only read, and of the log what is needed; no
    running server is touched. Raises ``NoBaseBackup``, ``OtherVersion``, ``RecoveryFailed``.
    """
    from neonhub.db._embedded_home import account_for

    began = time.perf_counter()
    of, into = of.absolute(), into.absolute()
    _check(of, into)
    found = [each for each in bases(of) if _is_its(of, each)]
    fitting = [each for each in found if to_time is None or each.until <= to_time]
    if not fitting:
        done_by = f" that was done by {to_time:%Y-%m-%d %H:%M:%S %Z}" if to_time else ""
        raise NoBaseBackup(path=of, reason=done_by)
    base = (whole(fitting) or fitting)[-1]
    _check_version(base)
    into.parent.mkdir(parents=True, exist_ok=True)
    with partial(into.parent, clear=False) as made:
        _replay(of, base, to_time, made, account_for(into.parent))
        last = _last_commit(made, to_time)
        made.rename(into)
    seconds = round(time.perf_counter() - began, 3)
    return Recovered(str(into), base.name, to_time, last, seconds)


def _check_version(base: Base) -> None:
    from neonhub.db import _pg_programs

    ours = _pg_programs.find().major
    if str(base.major) != ours:
        raise OtherVersion(base=base.name, its=base.major, ours=ours)


def _is_its(of: Path, base: Base) -> bool:
    """Whether a base backup is of the server whose folder it is."""
    owner = of / OWNER
    return not owner.exists() or owner.read_text("utf-8").strip() == base.system


def _check(of: Path, into: Path) -> None:
    if into.exists():
        raise InvalidInput(field="--into", reason=f"{into} is there already")
    if not of.is_dir():
        raise InvalidInput(field="DIR", reason=f"there is no folder {of}")
    if not (of / BASES).is_dir() and Folder(of).names():
        hint = "They are restored by `neonhub db restore`; base backups lie where `archive on` put"
        hint += " the log."
        raise InvalidInput(field="DIR", reason=f"{of} holds backups of a database", hint=hint)


def _replay(
    of: Path, base: Base, to_time: dt.datetime | None, home: Path, account: Account
) -> None:
    """Lay the files out as a home of the embedded server, with what makes it recover."""
    data = home / "data"
    combined(line_of(of, base), data)
    (data / "recovery.signal").touch(mode=0o600)
    log = of / WAL
    if not _reaches(account, log):
        log = home / WAL
        _copied(of / WAL, log, start_of(data))
    automatic = data / "postgresql.auto.conf"
    kept = automatic.read_text("utf-8")
    target = _TARGET.format(time=to_time.isoformat()) if to_time else ""
    needed = _NEEDED.format(log=log, target=target)
    automatic.write_text(f"{kept}{needed}", "utf-8")
    if account.other:
        for path in (home, *home.rglob("*")):
            os.chown(path, account.uid, account.gid, follow_symlinks=False)
    home.chmod(0o700)


# In the shell, and in what the server puts in its place.
_NOT_PLAIN = re.compile(r"""['"%\\$`\n]""")


def _reaches(account: Account, log: Path) -> bool:
    """Whether the server's account reads the log where it is."""
    if not log.is_dir() or _NOT_PLAIN.search(str(log)):
        return False
    newest = max(log.glob("[0-9A-F]*"), default=log)
    tried = ["test", "-x", str(log), "-a", "-r", str(newest)]
    return subprocess.run(tried, **account.popen(), check=False).returncode == 0


def _copied(log: Path, into: Path, first: str) -> None:
    """What recovery may need: the pieces from the base backup's on, and the histories."""
    into.mkdir(mode=0o700)
    for path in sorted(log.glob("[0-9A-F]*")):
        if path.suffix == ".history" or path.name[8:24] >= first[8:]:
            shutil.copy2(path, into / path.name)


def _last_commit(home: Path, to_time: dt.datetime | None) -> dt.datetime | None:
    """Let the server recover and end it; the settings of the recovery go."""
    import psycopg

    from neonhub.db.embedded import EmbeddedServer, ServerDidNotStart

    server = EmbeddedServer(home, notify=lambda _line: None)
    try:
        info = server.acquire()
        with psycopg.connect(info.dsn(role="postgres", dbname="postgres"), autocommit=True) as conn:
            deadline = time.monotonic() + _WAIT_S
            while conn.execute("SELECT pg_is_in_recovery()").fetchone() != (False,):
                if time.monotonic() > deadline:
                    raise RecoveryFailed(
                        time=to_time or "the end of the log",
                        reason=f"it took more than {_WAIT_S:.0f} s",
                    )
                time.sleep(0.1)
            row = conn.execute("SELECT pg_last_xact_replay_timestamp()").fetchone()
            for name in ("restore_command", "recovery_target_time", "recovery_target_action"):
                conn.execute(f"ALTER SYSTEM RESET {name}".encode())
            conn.execute("ALTER SYSTEM RESET archive_command")
            conn.execute("ALTER SYSTEM RESET archive_mode")  # once, where it stood twice
            conn.execute("ALTER SYSTEM SET archive_mode = off")
    except (ServerDidNotStart, psycopg.OperationalError) as error:
        raise RecoveryFailed(
            time=to_time or "the end of the log", reason=_said(home) or str(error)
        ) from error
    finally:
        server.stop()
        server.release()
    shutil.rmtree(home / WAL, ignore_errors=True)
    return row[0] if row else None


def _said(home: Path) -> str | None:
    """What the server said last that was fatal."""
    try:
        lines = (home / "log" / "postgres.log").read_text("utf-8", "replace").splitlines()
    except OSError:
        return None
    fatal = [line.partition("FATAL:")[2].strip() for line in lines if "FATAL:" in line]
    return fatal[-1] if fatal else None
