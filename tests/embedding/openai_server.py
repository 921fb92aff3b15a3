"""A small HTTP server that speaks OpenAI's embeddings protocol, and misbehaves when told to."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Payload = dict[str, Any]


@dataclass
class Reply:
    status: int = 200
    body: object = None
    headers: dict[str, str] = field(default_factory=dict)
    wait_s: float = 0.0


def vector_of(text: str, dimension: int) -> NDArray[np.float32]:
    """The vector that the server gives a text: fixed, not of unit length."""
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
    return np.random.default_rng(seed).normal(size=dimension).astype(np.float32)


class Server:
    """Answers properly, unless ``script`` holds a reply (or a function that makes one of the
    request and the proper answer); the last element of ``always`` answers all."""

    def __init__(self, dimension: int = 1536) -> None:
        self.dimension = dimension
        self.shortens = True
        self.base64 = True
        self.script: list[Reply | Callable[[Payload, Payload], Reply]] = []
        self.always: Reply | Callable[[Payload, Payload], Reply] | None = None
        self.requests: list[Payload] = []
        self.keys: list[str] = []
        self.times: list[float] = []
        self.open = self.most_open = 0
        self.url = ""

    def proper(self, request: Payload) -> Payload:
        width = request.get("dimensions", self.dimension) if self.shortens else self.dimension
        data = []
        for index, text in enumerate(request["input"]):
            vector = vector_of(text, self.dimension)[:width]
            sent: object = vector.tolist()
            if request.get("encoding_format") == "base64" and self.base64:
                sent = base64.b64encode(vector.astype("<f4").tobytes()).decode()
            data.append({"object": "embedding", "index": index, "embedding": sent})
        usage = {"prompt_tokens": len(data), "total_tokens": len(data)}
        return {"object": "list", "model": request["model"], "data": data, "usage": usage}

    def reply_to(self, request: Payload) -> Reply:
        planned = self.script.pop(0) if self.script else self.always
        if isinstance(planned, Reply):
            return planned
        answer = self.proper(request)
        return planned(request, answer) if planned else Reply(body=answer)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                await self.answer(head.decode(), reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def answer(
        self, head: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        fields = dict(line.lower().split(": ", 1) for line in head.splitlines()[1:] if line)
        request = json.loads(await reader.readexactly(int(fields["content-length"])))
        self.requests.append(request)
        self.keys.append(fields.get("authorization", ""))
        self.times.append(asyncio.get_running_loop().time())
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        reply = self.reply_to(request)
        # At least a moment, so that requests sent at once are seen to overlap.
        await asyncio.sleep(reply.wait_s or 0.01)
        self.open -= 1
        body = json.dumps(reply.body).encode()
        headers = {"content-type": "application/json", "content-length": str(len(body))}
        lines = [f"HTTP/1.1 {reply.status} X"]
        lines += [f"{name}: {value}" for name, value in (headers | reply.headers).items()]
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        await writer.drain()


@asynccontextmanager
async def serving(server: Server) -> AsyncIterator[Server]:
    listening = await asyncio.start_server(server.handle, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/v1"
    try:
        yield server
    finally:
        listening.close()
