"""Organizations, and clients with keys to them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import httpx
from fastapi import FastAPI

from neonhub.domains.tenancy.permissions import PERMISSIONS
from neonhub.hub import NeonHub

Client = httpx.AsyncClient
PROBLEM = "application/problem+json"


@dataclass
class Account:
    """An organization with a workspace and an owner."""

    hub: NeonHub
    app: FastAPI
    organization: str
    workspace: str
    user: str
    clients: list[Client] = field(default_factory=list)

    async def key(self, scopes: Collection[str] = tuple(PERMISSIONS), **options: Any) -> Any:
        """A new key: its row, and its token."""
        async with self.hub.organization(self.organization) as unit:
            return await unit.tenancy.api_keys.create(
                "test", scopes, created_by=self.user, **options
            )

    async def client(self, scopes: Collection[str] = tuple(PERMISSIONS), **options: Any) -> Client:
        """A client with a new key."""
        made = await self.key(scopes, **options)
        return self.with_token(made.token)

    def with_token(self, token: str | None) -> Client:
        """A client that sends ``token``."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        transport = httpx.ASGITransport(self.app)
        made = Client(transport=transport, base_url="http://api", headers=headers)
        self.clients.append(made)
        return made

    async def expire(self, key_id: str) -> None:
        """Make a key expired a second ago."""
        import psycopg

        assert self.hub._ready is not None
        then = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)
        with psycopg.connect(self.hub._ready.admin_dsn, autocommit=True) as conn:
            conn.execute("UPDATE api_keys SET expires_at = %s WHERE id = %s", [then, key_id])


def problem_of(response: httpx.Response, status: int) -> Any:
    """The problem that a response is, which must have that status."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == PROBLEM
    body = response.json()
    assert body["status"] == status
    assert body["type"].startswith("urn:neonhub:problem:")
    assert body["title"]
    assert body["instance"] == f"urn:request:{response.headers['x-request-id']}"
    return body


async def dataset(client: Client, name: str = "Handbook") -> str:
    """A new dataset's slug."""
    response = await client.post("/api/datasets", json={"name": name})
    assert response.status_code == 201, response.text
    slug: str = response.json()["slug"]
    return slug


async def put_text(client: Client, to: str, content: str, **fields: Any) -> str:
    """A new document's id."""
    response = await client.post(
        f"/api/datasets/{to}/documents", json={"content": content, **fields}
    )
    assert response.status_code == 201, response.text
    made: str = response.json()["document_id"]
    return made
