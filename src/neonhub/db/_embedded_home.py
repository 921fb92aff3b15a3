"""Where the embedded server lives, and the account that it runs as.

``<home>`` belongs to whoever uses NeonHub; ``data`` and ``run`` in it belong to the server's
account, which is the user's own, or for root (as whom PostgreSQL refuses to run) another one.
"""

from __future__ import annotations

import contextlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neonhub.db import _lease, _reach
from neonhub.db._embedded_errors import AccountUnavailable, HomeUnusable

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "SHARED",
    "Account",
    "account_for",
    "default_home",
    "keep_secret",
    "make_private",
    "prepare",
    "secret",
]

SHARED = Path("/var/lib/neonhub")
_LONGEST_SOCKET = 100
_STRANGER = 65534  # nobody


@dataclass(frozen=True)
class Account:
    """A system account: ``uid``, primary ``gid`` and ``name``."""

    uid: int
    gid: int
    name: str

    @property
    def other(self) -> bool:
        """Whether it is not the account of this process."""
        return self.uid != os.geteuid()

    def popen(self) -> dict[str, Any]:
        """The arguments that make ``subprocess`` run a program as this account, and no more."""
        if not self.other:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def default_home() -> Path:
    """``NEONHUB_HOME``, else ``neonhub`` in the user's data directory.

    For root, where the server's account cannot reach that, ``/var/lib/neonhub``.
    """
    if chosen := os.environ.get("NEONHUB_HOME"):
        return Path(chosen).expanduser()
    from platformdirs import user_data_path

    path = user_data_path("neonhub", appauthor=False)
    if os.geteuid() != 0:
        return path
    # Where data is, it stays: what is asked below changes once a home is made.
    for there in (path, SHARED):
        if (there / "data").exists():
            return there
    # The server's account may not exist yet, and a question makes none: it is a stranger's view.
    return SHARED if _reach.barriers(path, _STRANGER, _STRANGER) else path


def account_for(home: Path) -> Account:
    """The account that runs the server of ``home``. Raises ``AccountUnavailable``."""
    import pwd

    def named(uid: int, gid: int) -> Account:
        try:
            return Account(uid, gid, pwd.getpwuid(uid).pw_name)
        except KeyError:
            return Account(uid, gid, str(uid))

    if os.geteuid() != 0:
        return named(os.geteuid(), os.getegid())
    for path in (home / "data", home):
        # Whoever owns the data goes on owning it; and `sudo` in one's own home stays one's own.
        with contextlib.suppress(OSError):
            status = path.stat()
            if status.st_uid != 0:
                return named(status.st_uid, status.st_gid)
    with contextlib.suppress(KeyError):
        return _from_passwd("neonhub")
    import subprocess

    command = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir"]
    command += [str(SHARED), "--shell", "/usr/sbin/nologin", "neonhub"]
    with contextlib.suppress(OSError):
        subprocess.run(command, capture_output=True, check=False)
    for name in ("neonhub", "postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return _from_passwd(name)
    raise AccountUnavailable(reason="there is no neonhub, postgres or nobody, and no useradd")


def _from_passwd(name: str) -> Account:
    import pwd

    entry = pwd.getpwnam(name)
    return Account(entry.pw_uid, entry.pw_gid, name)


def prepare(home: Path) -> None:
    """Make ``home`` if need be, private to its owner. Raises ``HomeUnusable``."""
    try:
        home.mkdir(parents=True, mode=0o700, exist_ok=True)
    except OSError as error:
        reason = "it is not a directory" if home.exists() else error.strerror
        raise HomeUnusable(path=str(home), reason=reason) from error
    if not os.access(home, os.W_OK | os.X_OK):
        raise HomeUnusable(path=str(home), reason="you may not write in it")
    with contextlib.suppress(FileNotFoundError):
        owner = (home / "data").stat().st_uid
        if os.geteuid() not in (0, owner):
            raise HomeUnusable(path=str(home / "data"), reason=f"it belongs to user {owner}")


def open_the_way(home: Path, account: Account, notify: Callable[[str], None]) -> None:
    """Let the server's account get at ``home``. Raises ``HomeUnreachable``."""
    if not account.other:
        return
    for directory in _reach.barriers(home, account.uid, account.gid):
        _reach.let_pass(directory, account.uid, account.name, ours=directory == home)
        if directory != home:
            notify(f"Let the account {account.name} pass through {directory}.")


def make_private(path: Path, account: Account) -> Path:
    """Make the directory ``path`` of the server's account, or put its owner and mode right."""
    path.mkdir(mode=0o700, exist_ok=True)
    status = path.lstat()
    if not stat.S_ISDIR(status.st_mode):
        raise HomeUnusable(path=str(path), reason="it is not a directory")
    if account.other and status.st_uid != account.uid:
        os.chown(path, account.uid, account.gid)
    if stat.S_IMODE(status.st_mode) != 0o700:
        path.chmod(0o700)
    return path


def socket_dir(home: Path, account: Account) -> Path:
    """The private directory of the server's socket: ``<home>/run`` unless that path is too long.

    A socket's path holds at most some 107 bytes. The way out is the user's runtime directory,
    or else one under the temporary directory, where a stranger may have put a trap: what is
    there already must be a directory of our own that nobody else can write in.
    """
    if len(os.fsencode(home / "run" / ".s.PGSQL.65535")) <= _LONGEST_SOCKET:
        return make_private(home / "run", account)
    import hashlib
    import tempfile

    name = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    parent = Path(tempfile.gettempdir()) / f"neonhub-{os.geteuid()}"
    if runtime and not account.other and os.access(runtime, os.W_OK):
        parent = Path(runtime) / "neonhub"
    parent.mkdir(mode=0o711, exist_ok=True)
    status = parent.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o22:
        raise HomeUnusable(path=str(parent), reason="it is not a directory of yours alone")
    if account.other:
        parent.chmod(0o711)
    return make_private(parent / name, account)


def secret(home: Path, role: str | None = None) -> str:
    """The random password kept in ``<home>/credentials`` (mode 0600), made where there is none.

    That of ``role`` is in a file of its own beside it once it was changed.
    """
    if role is not None:
        with contextlib.suppress(FileNotFoundError):
            if kept := _of_role(home, role).read_text("utf-8").strip():
                return kept
    path = home / "credentials"
    with contextlib.suppress(FileNotFoundError):
        if kept := path.read_text("utf-8").strip():
            return kept
    import base64

    draft = _drafted(path, base64.urlsafe_b64encode(os.urandom(30)).decode("utf-8"))
    with contextlib.suppress(FileExistsError):
        # A link, not a rename: of two who make one at the same time, both must return the first.
        if path.exists():
            path.unlink()  # it was empty: an earlier write was cut short
        os.link(draft, path)
    draft.unlink()
    return path.read_text("utf-8").strip()


def keep_secret(home: Path, role: str, password: str) -> None:
    """Keep another password for ``role`` from now on."""
    path = _of_role(home, role)
    _drafted(path, password).replace(path)


def _of_role(home: Path, role: str) -> Path:
    return home / f"credentials-{role}"


def _drafted(path: Path, text: str) -> Path:
    """A private file beside ``path`` that holds ``text``, safe on the disk."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    fd = _lease.open_private(str(draft))
    try:
        os.write(fd, text.encode("utf-8") + b"\n")
        os.fsync(fd)
    finally:
        os.close(fd)
    return draft


def last_port(home: Path) -> int | None:
    """The port that the server listened on last, if it is known."""
    try:
        return int((home / "port").read_text())
    except (OSError, ValueError):
        return None


def remember_port(home: Path, port: int) -> None:
    """Keep the port for the next start: programs that run still have it in their addresses."""
    with contextlib.suppress(OSError):
        (home / "port").write_text(f"{port}\n")
