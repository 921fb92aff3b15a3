"""Base backups: the files of the whole server, or what has changed of them since the last one."""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import os
import re
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from neonhub.db.errors import InvalidInput, NeonHubError
from neonhub.ops.backup.log import logged, silent
from neonhub.ops.backup.places import Folder, partial
from neonhub.ops.backup.programs import ended, program, run
from neonhub.ops.backup.rotation import Rule, Taken, kept

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from neonhub.ops.backup.log import Notify

__all__ = [
    "BASES",
    "OWNER",
    "WAL",
    "Base",
    "BasesBusy",
    "MayNotReplicate",
    "NoBaseBackup",
    "Physical",
    "basebackup",
    "bases",
    "claim",
    "physical",
    "rotate",
    "start_of",
]

OWNER = "system"

BASES, DATA, ABOUT = "base", "data", "physical.json"
WAL = "wal"
_PIECE = re.compile(r"[0-9A-F]{24}(\.[0-9A-F]{8}\.backup|\.partial)?")


class NoBaseBackup(NeonHubError):
    """There is no base backup in {path}{reason}."""

    hint = "Take one: neonhub db basebackup --to DIR."
    exit_code = 66


class BasesBusy(NeonHubError):
    """Another base backup is being taken into {path}, or older ones taken away there."""

    hint = "Try again when it is done."
    exit_code = 75


class NotSummarized(NeonHubError):
    """The server keeps no summary of its log, which an incremental backup is made from."""

    hint = "neonhub db archive on --to DIR turns it on (PostgreSQL 17 or later)."
    exit_code = 78


class MayNotReplicate(NeonHubError):
    """The login {user} may not copy the server's files."""

    hint = "It takes an administrator, or a role with REPLICATION: set DIRECT_DATABASE_URL."
    http_status = 403
    exit_code = 77


@dataclass(frozen=True, slots=True)
class Base:
    """A base backup. It can be recovered to any time from ``until`` on; ``parent`` is what an
    incremental one was made from."""

    name: str
    parent: str | None
    system: str
    version: str
    until: dt.datetime
    seconds: float
    size: int

    @property
    def major(self) -> int:
        """The major version of the server: another's programs do not read its files."""
        return int(self.version.partition(".")[0])


def claim(to: Path, system: str) -> None:
    """Note that the folder is this server's, by its identifier. Raises ``InvalidInput`` where it
    is another's: their logs have the same names, and one's recovery would take the other's base."""
    owner = to / OWNER
    with _may_write(to):
        to.mkdir(mode=0o700, parents=True, exist_ok=True)
        if owner.exists():
            if owner.read_text("utf-8").strip() != system:
                reason = f"{to} is another server's: every server takes a folder of its own"
                raise InvalidInput(field="--to", reason=reason)
            return
        owner.write_text(f"{system}\n", "utf-8")


@contextlib.contextmanager
def _may_write(to: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = f"{to} cannot be written to: {error.strerror}"
        raise InvalidInput(field="--to", reason=reason) from error


def basebackup(
    dsn: str,
    to: Path,
    *,
    incremental: bool = False,
    keep: Rule | None = None,
    notify: Notify = silent,
) -> Base:
    """Copy the server's files into a new folder of ``to``/base, checked when they are there.

    ``dsn`` is of a role that may replicate. ``incremental`` takes what has changed since the
    newest there; all of its line must be kept. Of those that are there, as many stay as ``keep``
    says, with what they were made from, and of the log what they need. Raises ``BasesBusy``,
    ``NoBaseBackup``, ``NotSummarized``, ``MayNotReplicate``, ``VersionMissing``, ``ProgramFailed``.
    """
    with logged(dsn, "basebackup", {"to": str(to)}, notify) as detail:
        made = _taken(dsn, to, incremental=incremental)
        detail.update(name=made.name, size=made.size, seconds=made.seconds)
    if keep is not None:
        try:
            rotate(to, keep)
        except (OSError, NeonHubError) as error:
            notify(f"It is taken, but older ones could not be taken away: {error}")
    return made


def _facts(dsn: str) -> tuple[str, str, str, int]:
    from neonhub.ops.prepare import connected

    with connected(dsn) as conn:
        row = conn.execute(
            "SELECT (SELECT system_identifier::text FROM pg_control_system()), "
            "current_setting('server_version'), "
            "coalesce(current_setting('summarize_wal', true), 'off'), rolreplication OR rolsuper "
            "FROM pg_roles WHERE rolname = session_user"
        ).fetchone()
        major = conn.info.server_version // 10000
        assert row is not None  # noqa: S101
        if not row[3]:
            raise MayNotReplicate(user=conn.info.user)
        system, version, summarized, _ = row
    return system, version, summarized, major


def _taken(dsn: str, to: Path, *, incremental: bool) -> Base:
    began = time.perf_counter()
    system, version, summarized, major = _facts(dsn)
    checker = program("pg_verifybackup", major)
    claim(to, system)
    with _alone(to), partial(to / BASES) as folder:
        parent = _parent(to, system, summarized) if incremental else None
        how: list[str | Path] = ["--pgdata", folder / DATA, "--checkpoint=fast"]
        how += ["--manifest-checksums=SHA256", "--no-password"]
        if parent is not None:
            how += ["--incremental", to / BASES / parent.name / DATA / "backup_manifest"]
        run("pg_basebackup", dsn, how, major=major)
        ended("pg_verifybackup", [checker, "--quiet", str(folder / DATA)])
        until = dt.datetime.now(dt.UTC)
        name = f"{until:%Y%m%dT%H%M%S%f}Z_{'incremental' if parent else 'full'}"
        size = sum(path.lstat().st_size for path in (folder / DATA).rglob("*"))
        seconds = round(time.perf_counter() - began, 3)
        made = Base(name, parent.name if parent else None, system, version, until, seconds, size)
        _describe(folder, made)
        line_of(to, made)  # somebody may have taken away by hand what it was made from
        Folder(to / BASES).add(folder, name)
    return made


@contextlib.contextmanager
def _alone(to: Path) -> Iterator[None]:
    """Nobody else takes one or takes one away: rotation would not know what is being made of what.
    Raises ``BasesBusy``."""
    with _may_write(to):
        (to / BASES).mkdir(mode=0o700, exist_ok=True)
        lock = os.open(to / BASES / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BasesBusy(path=to) from error
        yield
    finally:
        os.close(lock)


def _describe(folder: Path, made: Base) -> None:
    import orjson

    (folder / ABOUT).write_bytes(orjson.dumps(asdict(made), option=orjson.OPT_INDENT_2))


def _parent(to: Path, system: str, summarized: str) -> Base:
    if summarized != "on":
        raise NotSummarized
    mine = [each for each in whole(bases(to)) if each.system == system]
    if not mine:
        raise NoBaseBackup(path=to, reason=" of this server to go on from")
    return mine[-1]


def bases(of: Path) -> list[Base]:
    """The base backups in a folder, the oldest first."""
    import orjson

    found = []
    for path in sorted((of / BASES).glob("[0-9]*Z_*")):
        try:
            about: dict[str, Any] = orjson.loads((path / ABOUT).read_bytes())
        except FileNotFoundError:
            continue
        about["until"] = dt.datetime.fromisoformat(about["until"])
        found.append(Base(**about))
    return found


def whole(found: list[Base]) -> list[Base]:
    """Those of which all that they were made from is there."""
    parents = {each.name: each.parent for each in found}

    def is_whole(name: str | None) -> bool:
        while name in parents:
            name = parents[name]
        return name is None

    return [each for each in found if is_whole(each.name)]


def rotate(of: Path, rule: Rule) -> list[str]:
    """Take away the base backups that ``rule`` does not keep, and the log that only they need.

    What an incremental one was made from stays with it. The names of those that went. Raises
    ``BasesBusy``.
    """
    with _alone(of):
        return _rotate(of, rule)


def _rotate(of: Path, rule: Rule) -> list[str]:
    found = bases(of)
    good = whole(found)
    stay = kept((Taken(each.name, each.until, each in good) for each in found), rule)
    for each in reversed(found):  # children come after what they were made from
        if each.name in stay and each.parent is not None:
            stay.add(each.parent)
    gone = [each.name for each in found if each.name not in stay]
    for name in reversed(gone):  # one that was made from another goes before it
        Folder(of / BASES).remove(name)
    starts = [start_of(of / BASES / each.name / DATA) for each in found if each.name in stay]
    if starts and rule != Rule() and (of / WAL).is_dir():
        # It goes by the place in the log, whatever the timeline.
        oldest = min(starts, key=lambda name: name[8:])
        command = [program("pg_archivecleanup"), os.fspath(of / WAL), oldest]
        ended("pg_archivecleanup", command)
    return gone


def start_of(data: Path) -> str:
    """The piece of the log that recovery begins with from the files of a base backup."""
    label = (data / "backup_label").read_text("utf-8")
    return label.partition("(file ")[2].partition(")")[0]


@dataclass(frozen=True, slots=True)
class Physical:
    """What a folder of base backups and log holds. A recovery can go to any time from the first
    base's ``until`` to ``last``, when the newest piece of the log came."""

    bases: list[Base]
    pieces: int
    log_size: int
    last: dt.datetime | None


def physical(of: Path) -> Physical | None:
    """Look at a folder; ``None`` where it has neither base backups nor a log."""
    if not (of / BASES).is_dir() and not (of / WAL).is_dir():
        return None
    found = [path.stat() for path in (of / WAL).glob("[0-9A-F]*") if _PIECE.fullmatch(path.name)]
    last = max((each.st_mtime for each in found), default=None)
    return Physical(
        bases(of),
        len(found),
        sum(each.st_size for each in found),
        None if last is None else dt.datetime.fromtimestamp(last, dt.UTC),
    )


def line_of(of: Path, base: Base) -> list[Path]:
    """The data of a base backup with all that it was made from, the full one first."""
    known = {each.name: each for each in bases(of)}
    line = [base]
    while (parent := line[0].parent) is not None:
        if parent not in known:
            raise NoBaseBackup(path=of, reason=f": {line[0].name} was made from {parent}")
        line.insert(0, known[parent])
    return [of / BASES / each.name / DATA for each in line]


def combined(line: list[Path], into: Path) -> None:
    """One data directory of a line of backups."""
    import shutil

    if len(line) == 1:
        shutil.copytree(line[0], into, symlinks=True)
        return
    words = [program("pg_combinebackup"), *map(os.fspath, line), "--output", os.fspath(into)]
    ended("pg_combinebackup", words)
