"""Commands as processes of their own, in an environment that says nothing of the user's."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.harness import NotMeasured

_OURS = ("NEONHUB_", "DATABASE_", "DIRECT_", "OPENAI_", "READ_REPLICA", "ENCRYPTION_", "PG")


def environment(home: Path, **values: str) -> dict[str, str]:
    """The environment without anything that sets NeonHub or PostgreSQL up, but for ``home``."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    return {**kept, "NEONHUB_HOME": str(home), "NEONHUB_EMBEDDER": "lexical", **values}


def neonhub(*words: str) -> list[str]:
    """The command line of ``neonhub``, by the script that its installation made."""
    script = Path(sys.executable).with_name("neonhub")
    if not script.exists():
        raise NotMeasured(f"there is no {script}: run `make setup`")
    return [str(script), *words]


def timed(command: list[str], env: dict[str, str], where: Path) -> float:
    """Seconds that a command took, which must succeed. It runs in ``where``: no .env is there."""
    began = time.perf_counter()
    done = subprocess.run(command, env=env, cwd=where, capture_output=True, text=True, check=False)
    took = time.perf_counter() - began
    if done.returncode != 0:
        shown = " ".join(Path(word).name if "/" in word else word for word in command)
        tail = (done.stderr or done.stdout).strip()[-500:]
        raise NotMeasured(f"`{shown}` ended with status {done.returncode}: {tail}")
    return took
