"""Tenants with clustered vectors of full width, put there by COPY."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import psycopg
from numpy.typing import NDArray

from neonhub.db.ids import cuid
from neonhub.embedding.wire import to_pgvector_binary
from tests.factories.base import Conn

_COPY = (
    "COPY chunks (id, workspace_id, dataset_id, document_id, embedding_space_id, idx, text, "
    "content_hash, embedding) FROM STDIN (FORMAT binary)"
)
_TYPES = [*["text"] * 5, "int4", "text", "text", "bytea"]


@dataclass(frozen=True)
class Place:
    """A workspace with one space, and datasets in it."""

    organization: str
    workspace: str
    space: str
    datasets: tuple[str, ...]


def vectors(n: int, seed: int = 1) -> NDArray[np.float32]:
    """``n`` unit vectors about twenty centres, of some sixty-four dimensions as those of texts
    are: shape ``(n, 1536)``."""
    dice, fixed = np.random.default_rng(seed), np.random.default_rng(0)
    spread = fixed.standard_normal((64, 1536), np.float32)
    centres = fixed.standard_normal((20, 64), np.float32)
    inner = centres[dice.integers(0, 20, n)] + 0.6 * dice.standard_normal((n, 64), np.float32)
    made: NDArray[np.float32] = inner @ spread + dice.standard_normal((n, 1536), np.float32)
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), np.float32)


def place(conn: Conn, name: str, datasets: int = 1) -> Place:
    organization, workspace, space = cuid(), cuid(), cuid()
    named = [organization, name]
    conn.execute("INSERT INTO organizations (id, slug, name) VALUES (%s, %s, 'n')", named)
    conn.execute(
        "INSERT INTO workspaces (id, organization_id, slug, name) VALUES (%s, %s, %s, 'n')",
        [workspace, *named],
    )
    conn.execute(
        "INSERT INTO embedding_spaces (id, workspace_id, name, provider, model, dimension) "
        "VALUES (%s, %s, 'some/model/1536', 'some', 'model', 1536)",
        [space, workspace],
    )
    ids = tuple(cuid() for _ in range(datasets))
    for each in ids:
        conn.execute(
            "INSERT INTO datasets (id, workspace_id, slug, name, embedding_space_id, kind) "
            "VALUES (%s, %s, %s, 'n', %s, 'documents')",
            [each, workspace, each, space],
        )
    return Place(organization, workspace, space, ids)


def document(conn: Conn, at: Place, dataset: int = 0, **metadata: str) -> str:
    made = cuid()
    conn.execute(
        "INSERT INTO documents (id, workspace_id, dataset_id, embedding_space_id, title, content, "
        "status, metadata) VALUES (%s, %s, %s, %s, 't', '', 'ready', %s)",
        [made, at.workspace, at.datasets[dataset], at.space, psycopg.types.json.Jsonb(metadata)],
    )
    return made


def fill(
    conn: Conn, at: Place, rows: NDArray[np.float32], dataset: int = 0, document_id: str = ""
) -> str:
    """Put the vectors into one document of the dataset; its id."""
    into = document_id or document(conn, at, dataset)
    where = (at.workspace, at.datasets[dataset], into, at.space)
    with conn.cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.set_types(_TYPES)
        for n, wire in enumerate(to_pgvector_binary(rows)):
            copy.write_row((cuid(), *where, n, f"words {n} of {into}", f"{n:x}", wire))
    return into
