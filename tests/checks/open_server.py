"""A server that listens to other machines, and a proxy before it that speaks TLS.

The embedded server listens to this machine only and is built without TLS; what is in front of a
managed one (a pooler, a provider's proxy) ends TLS just as the proxy here does.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import shutil
import socket
import ssl
import struct
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from neonhub.db import _postmaster
from neonhub.db.embedded import EmbeddedServer, ServerInfo
from tests import places

_TLS_REQUEST, _GSS_REQUEST = 80877103, 80877104
_REFUSAL = b"SFATAL\0C28000\0Mno encryption\0\0"


def own_address() -> str:
    """An address of this machine that is not the loopback interface's."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing
        except OSError:
            pytest.skip("this machine has no address but the loopback interface's")
        return str(probe.getsockname()[0])


class OpenServer:
    """A server of a test's own whose ``pg_hba.conf`` and configuration it may change."""

    def __init__(self, home: Path, info: ServerInfo):
        self.home, self.info = home, info

    def dsn(self, role: str = "postgres", dbname: str = "postgres", *, host: str = "") -> str:
        if not host:
            return self.info.dsn(role=role, dbname=dbname)
        return f"postgresql://{role}@{host}:{self.info.port}/{dbname}"

    def run(self, *statements: str) -> None:
        with psycopg.connect(self.dsn(), autocommit=True) as conn:
            for statement in statements:
                conn.execute(statement.encode())

    def rules(self, *lines: str) -> None:
        """Make these the rules of who may come in, beside those of the socket."""
        path = self.info.data_dir / "pg_hba.conf"
        path.write_text("\n".join(["local all all trust", *lines, ""]), "utf-8")
        # The answer of a new connection is by the new rules: the postmaster has read them then.
        self.run("SELECT pg_reload_conf()", "SELECT pg_sleep(0.1)")


@contextlib.contextmanager
def listening() -> Iterator[OpenServer]:
    """An embedded server that listens on every address."""
    home = places.new()
    detached = _postmaster._detached

    def on_every_address(command: list[str], *rest: object) -> int:
        words = [w.replace("listen_addresses=127.0.0.1", "listen_addresses=*") for w in command]
        return detached(words, *rest)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_postmaster, "_detached", on_every_address)
        with EmbeddedServer(home, notify=lambda _line: None) as info:
            yield OpenServer(home, info)
            places.stop_at_once(home)
    shutil.rmtree(home)


class Proxy:
    """Ends TLS before the server at ``target``; ``plain`` lets in without it too."""

    def __init__(self, target: tuple[str, int], *, plain: bool):
        self.target, self.plain = target, plain
        self.context = _certificate()
        self.port = 0

    async def serve(self, host: str) -> asyncio.Server:
        server = await asyncio.start_server(self._client, host, 0)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        forth = None
        try:
            first = await self._first(reader, writer)
            if first is None:
                writer.write(b"E" + struct.pack("!I", len(_REFUSAL) + 4) + _REFUSAL)
                await writer.drain()
                return
            back, forth = await asyncio.open_connection(*self.target)
            forth.write(first)
            await asyncio.gather(_pump(reader, forth), _pump(back, writer))
        except (OSError, asyncio.IncompleteReadError):
            pass  # the client has gone, as after an attempt that was refused
        finally:
            for each in (writer, forth):
                if each is not None:
                    each.transport.abort()

    async def _first(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bytes | None:
        """The client's first message, past TLS; ``None`` where it comes without and may not."""
        encrypted = False
        while True:
            head = await reader.readexactly(8)
            length, code = struct.unpack("!II", head)
            if code == _TLS_REQUEST:
                writer.write(b"S")
                await writer.drain()
                await writer.start_tls(self.context)
                encrypted = True
            elif code == _GSS_REQUEST:
                writer.write(b"N")
            elif encrypted or self.plain:
                return head + await reader.readexactly(length - 8)
            else:
                return None


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


@contextlib.contextmanager
def proxied(target: tuple[str, int], *, plain: bool) -> Iterator[str]:
    """``host:port`` of a proxy at this machine's own address."""
    host, proxy, loop = own_address(), Proxy(target, plain=plain), asyncio.new_event_loop()
    server = loop.run_until_complete(proxy.serve(host))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield f"{host}:{proxy.port}"
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()


def _certificate() -> ssl.SSLContext:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "db.example.com")])
    now = dt.datetime.now(dt.UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now).not_valid_after(now + dt.timedelta(days=1))
    form = serialization.Encoding.PEM
    text = made.sign(key, hashes.SHA256()).public_bytes(form)
    text += key.private_bytes(form, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile() as file:
        file.write(text)
        file.flush()
        context.load_cert_chain(file.name)
    return context
