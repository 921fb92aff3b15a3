"""Backups in storage that speaks the protocol of S3: in parts, retried, seen when whole.

Keys, region and endpoint are those of the standard ``AWS_…`` variables.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from neonhub.db.errors import InvalidInput, NeonHubError
from neonhub.ops.backup.places import MANIFEST, scratch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Bucket", "LibraryMissing", "StorageFailed"]

_MB = 1024 * 1024
# Each part of an upload is in memory, four at a time; there are at most 10,000 of a file.
_PART, _PARTS, _AT_ONCE = 8 * _MB, 9000, 4
# A request that gets no answer for so long is sent again, and not for longer than this in all.
_CLIENT = {"connect_timeout": "10s", "read_timeout": "60s", "timeout": "10min"}
_RETRIES = 5
_GIVE_UP = dt.timedelta(seconds=90)
# What an upload that was killed has left is told from one that runs by its age.
_ABANDONED = dt.timedelta(days=1)
_CODE = re.compile(r"<Code>(\w+)</Code>")
_HINTS = {
    "NoSuchBucket": "Make the bucket first, or correct its name.",
    "InvalidAccessKeyId": "Check AWS_ACCESS_KEY_ID.",
    "SignatureDoesNotMatch": "Check AWS_SECRET_ACCESS_KEY.",
    "AccessDenied": "The keys may not do this: they need to list, read, write and delete there.",
}


class LibraryMissing(NeonHubError):
    """The library {name} is not installed."""

    hint = "pip install 'neonhub[ops]'"
    exit_code = 69


class StorageFailed(NeonHubError):
    """The storage {where} failed: {reason}."""

    http_status = 502
    exit_code = 69


class Bucket:
    """Backups below a prefix of a bucket; each a prefix of its own."""

    def __init__(self, bucket: str, prefix: str):
        self.bucket, self.prefix = bucket, prefix
        self._store = self._connected()

    @classmethod
    def at(cls, url: str) -> Bucket:
        """``s3://bucket/prefix``. Raises ``InvalidInput``, ``LibraryMissing``."""
        parts = urlsplit(url)
        if parts.scheme != "s3" or not parts.netloc or parts.query or parts.username:
            reason = "a place for backups is a folder, or s3://bucket/prefix"
            raise InvalidInput(field=url, reason=reason)
        return cls(parts.netloc, parts.path.strip("/"))

    def _connected(self) -> Any:
        try:
            from obstore.store import S3Store
        except ImportError as error:
            raise LibraryMissing(name="obstore") from error
        endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
        given: dict[str, Any] = {"region": os.environ.get("AWS_REGION", "us-east-1")}
        if "AWS_REGION" not in os.environ and "AWS_DEFAULT_REGION" in os.environ:
            given["region"] = os.environ["AWS_DEFAULT_REGION"]
        if endpoint:
            given["endpoint"] = endpoint
        client: Any = _CLIENT | {"allow_http": bool(endpoint and endpoint.startswith("http://"))}
        retries: Any = {"max_retries": _RETRIES, "retry_timeout": _GIVE_UP}
        with self._told():
            return S3Store(
                self.bucket,
                prefix=self.prefix or None,
                client_options=client,
                retry_config=retries,
                **given,
            )

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """The library's errors as ours, by the code that the storage gave."""
        from obstore.exceptions import BaseError

        try:
            yield
        except (BaseError, FileNotFoundError, PermissionError) as error:
            text = str(error)
            code = _CODE.search(text)
            if code is None and isinstance(error, FileNotFoundError):
                raise
            if code is not None and code[1] == "NoSuchKey":
                raise FileNotFoundError(text.partition(":")[0]) from error
            said = text.partition("\n\n")[0].replace("\n", " ")[-300:]
            hint = _HINTS.get(code[1]) if code else "Is AWS_ENDPOINT_URL right, and does it answer?"
            where, reason = self.url(""), code[1] if code else said
            raise StorageFailed(where=where, reason=reason, hint=hint) from error

    def url(self, name: str) -> str:
        """``s3://bucket/prefix/name``."""
        return "s3://" + "/".join(part for part in (self.bucket, self.prefix, name) if part)

    def names(self) -> list[str]:
        """Those with a manifest, which is written last."""
        objects = self._objects("")
        return sorted(
            path.removesuffix(f"/{MANIFEST}")
            for path, _, _ in objects
            if path.endswith(f"/{MANIFEST}") and path.count("/") == 1
        )

    def _objects(self, prefix: str) -> list[tuple[str, int, dt.datetime]]:
        import obstore

        found: dict[str, tuple[str, int, dt.datetime]] = {}
        with self._told():
            for chunk in obstore.list(self._store, prefix or None, chunk_size=1000):
                for each in chunk:
                    if each["path"] in found:  # a server whose pages never end
                        reason = f"it lists {each['path']} twice"
                        raise StorageFailed(where=self.url(""), reason=reason)
                    found[each["path"]] = each["path"], each["size"], each["last_modified"]
        return list(found.values())

    def read(self, name: str, file: str) -> bytes:
        """A small file of one."""
        import obstore

        with self._told():
            return bytes(obstore.get(self._store, f"{name}/{file}").bytes())

    def write(self, name: str, file: str, content: bytes) -> None:
        """Put a small file into one."""
        import obstore

        with self._told():
            obstore.put(self._store, f"{name}/{file}", content)

    @contextlib.contextmanager
    def making(self) -> Iterator[Path]:
        """A folder of this machine: the dump must be whole before its checksums are known.

        That the bucket is there and can be written to is tried first, not after the dump.
        """
        self._clear()
        probe = f".probe-{os.getpid()}"
        self.write(probe, "probe", b"")
        self._delete([f"{probe}/probe"])
        with scratch() as made:
            yield made

    def add(self, made: Path, name: str) -> None:
        """Every file, and the manifest when all others are there as they are here."""
        sizes = {}
        for path in sorted(made.rglob("*")):
            if path.is_file() and path.name != MANIFEST:
                key = f"{name}/{path.relative_to(made).as_posix()}"
                sizes[key] = self._upload(path, key)
        found = {path: size for path, size, _ in self._objects(name)}
        if found != sizes:
            wrong = min(found.items() ^ sizes.items())[0]
            raise StorageFailed(where=self.url(name), reason=f"{wrong} did not arrive as it was")
        self.write(name, MANIFEST, (made / MANIFEST).read_bytes())

    def _upload(self, path: Path, key: str) -> int:
        import obstore

        size = path.stat().st_size
        part = max(_PART, -(-size // _PARTS))
        with self._told(), path.open("rb") as file:
            obstore.put(self._store, key, file, chunk_size=part, max_concurrency=_AT_ONCE)
        return size

    @contextlib.contextmanager
    def local(self, name: str) -> Iterator[Path]:
        """Fetched into scratch, a piece at a time."""
        import obstore

        objects = self._objects(name)
        with scratch() as folder:
            for key, _, _ in objects:
                target = folder / key.removeprefix(f"{name}/")
                if not target.resolve().is_relative_to(folder.resolve()):
                    reason = f"the object {key} has no name for a file"
                    raise StorageFailed(where=self.url(name), reason=reason)
                target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                with self._told(), target.open("wb") as file:
                    for piece in obstore.get(self._store, key).stream(min_chunk_size=_PART):
                        file.write(piece)
            yield folder

    def remove(self, name: str) -> None:
        """The manifest first: what is left is no backup."""
        keys = [path for path, _, _ in self._objects(name)]
        self._delete([f"{name}/{MANIFEST}"])
        self._delete([key for key in keys if key != f"{name}/{MANIFEST}"])

    def _delete(self, keys: list[str]) -> None:
        import obstore

        with self._told():
            for first in range(0, len(keys), 1000):
                obstore.delete(self._store, keys[first : first + 1000])

    def _clear(self) -> None:
        """Take away what killed uploads have left: no manifest, and nothing new for a day."""
        objects = self._objects("")
        whole = {path.partition("/")[0] for path, _, _ in objects if path.endswith(f"/{MANIFEST}")}
        newest: dict[str, dt.datetime] = {}
        for path, _, at in objects:
            name = path.partition("/")[0]
            newest[name] = max(at, newest.get(name, at))
        too_old = dt.datetime.now(dt.UTC) - _ABANDONED
        left = {n for n, at in newest.items() if n not in whole and at < too_old and _is_name(n)}
        self._delete([path for path, _, _ in objects if path.partition("/")[0] in left])


def _is_name(name: str) -> bool:
    """Whether a backup could have this name: what else lies in the bucket is not ours."""
    return re.fullmatch(r"\d{8}T\d{12}Z_.+|\.probe-\d+", name) is not None
