"""A server of the S3 protocol, as a process that tests may kill."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

KEY, SECRET = "operator", "not-a-secret-at-all"


@dataclass
class Storage:
    """``root`` holds a folder for each bucket, and a file for each object."""

    root: Path
    port: int
    process: subprocess.Popen[bytes]

    @property
    def environment(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": "us-east-1",
        }

    def files(self, *parts: str) -> list[str]:
        """The objects below a bucket or a prefix."""
        top = self.root.joinpath(*parts)
        while True:
            try:
                return sorted(str(p.relative_to(top)) for p in top.rglob("*") if p.is_file())
            except FileNotFoundError:
                continue  # a folder went while it was walked


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def storage(root: Path, *options: str) -> Iterator[Storage]:
    """The server, with the bucket ``backups``, until the block ends or it is killed."""
    (root / "backups").mkdir(parents=True)
    port = _free_port()
    program = Path(sys.executable).with_name("rclone")
    words = [
        str(program),
        "serve",
        "s3",
        str(root),
        f"--addr=127.0.0.1:{port}",
        "--config=/dev/null",
    ]
    words += [f"--auth-key={KEY},{SECRET}", "--vfs-cache-mode=off"]
    words += options
    child = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(port)
        yield Storage(root, port, child)
    finally:
        child.kill()
        child.wait()


def _wait(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise TimeoutError("the storage does not answer")


def here() -> dict[str, str]:
    """The environment without any storage's variables."""
    return {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
