"""What a search gives: the right passage, how it was found, and nothing that is deleted."""

from __future__ import annotations

from pathlib import Path

import pytest

from neonhub.db.errors import InvalidInput, NotFound
from neonhub.db.tenancy import Tenant
from neonhub.hub import NeonHub
from tests.databases import Database

NOTES = {
    "quiet.md": "# Quiet hours\n\nNo SMS leaves between nine in the evening and eight.",
    "budget.md": "# Budget\n\nEvery campaign spends from the ledger of its workspace.",
    "consent.md": "# Consent\n\nA person who opted out of email gets no newsletter.",
}


@pytest.fixture
async def notes(hub: NeonHub, here: Tenant, tmp_path: Path) -> Path:
    for name, text in NOTES.items():
        (tmp_path / name).write_text(text)
    async with hub.workspace(here) as ws:
        report = await ws.knowledge.ingest(tmp_path, dataset="notes", metadata={"team": "crm"})
    assert (report.added, report.failures) == (3, [])
    return tmp_path


async def test_the_right_passage_comes_first_and_says_how_it_was_found(
    hub: NeonHub, here: Tenant, notes: Path
) -> None:
    async with hub.workspace(here) as ws:
        hits = await ws.knowledge.search("when may an SMS leave?", dataset="notes")
    best = hits[0]
    assert best.source == (notes / "quiet.md").as_posix()
    assert best.heading_path == ("Quiet hours",)
    assert (best.vector_rank, best.text_rank) == (1, 1)
    assert "SMS" in [best.passage[start:end] for start, end in best.marks]
    async with hub.workspace(here) as ws:
        document = await ws.knowledge.get_document(best.document_id)
    assert best.passage in document.content[best.start : best.end]


async def test_what_is_deleted_is_found_no_more_by_either_list(
    hub: NeonHub, here: Tenant, notes: Path
) -> None:
    async with hub.workspace(here) as ws:
        (hit, *_) = await ws.knowledge.search("newsletter opted out", dataset="notes")
        await ws.knowledge.delete_document(hit.document_id)
    async with hub.workspace(here) as ws:
        left = await ws.knowledge.search("newsletter opted out", dataset="notes", limit=50)
        assert hit.document_id not in {each.document_id for each in left}
        with pytest.raises(NotFound):
            await ws.knowledge.get_document(hit.document_id)


async def test_thousands_of_deleted_documents_make_no_result_short(
    hub: NeonHub, here: Tenant, notes: Path, shared_database: Database
) -> None:
    async with hub.workspace(here) as ws:
        (hit, *_) = await ws.knowledge.search("quiet SMS evening", dataset="notes")
    with shared_database.admin() as conn:
        conn.execute(
            "INSERT INTO documents (workspace_id, dataset_id, title, content, deleted_at) "
            "SELECT workspace_id, dataset_id, 'gone', 'gone', now() "
            "FROM documents, generate_series(1, 5000) WHERE id = %s",
            [hit.document_id],
        )
        conn.execute(
            "INSERT INTO chunks (workspace_id, dataset_id, document_id, embedding_space_id, idx, "
            "text, embedding, content_hash) SELECT d.workspace_id, d.dataset_id, d.id, "
            "c.embedding_space_id, 0, c.text, c.embedding, 'h' FROM documents d, chunks c "
            "WHERE c.document_id = %s AND d.dataset_id = c.dataset_id AND d.title = 'gone' "
            "ORDER BY d.id LIMIT 1000",
            [hit.document_id],
        )
    async with hub.workspace(here) as ws:
        after = await ws.knowledge.search("quiet SMS evening", dataset="notes")
    # A thousand chunks with the very same vector and words lie before it, all of them deleted.
    assert after[0].document_id == hit.document_id
    assert (after[0].vector_rank, after[0].text_rank) == (1, 1)


async def test_filters_go_by_what_a_documents_metadata_holds(
    hub: NeonHub, here: Tenant, notes: Path
) -> None:
    async with hub.workspace(here) as ws:
        find = ws.knowledge.search
        assert await find("SMS", dataset="notes", filter={"team": "crm"})
        assert await find("SMS", dataset="notes", filter={"team": "sales"}) == []
        with pytest.raises(InvalidInput, match="filter"):
            await find("SMS", dataset="notes", filter={"team": object()})


@pytest.mark.parametrize(
    "question",
    ["zzzqqqxxx", "!!! ... ???", "🎉", "% _ \\", "'; DROP TABLE chunks; --", "- " * 2000],
)
async def test_a_question_that_nothing_answers_gets_nothing(
    hub: NeonHub, here: Tenant, notes: Path, question: str
) -> None:
    async with hub.workspace(here) as ws:
        hits = await ws.knowledge.search(question, dataset="notes")
    assert [hit for hit in hits if hit.text_rank is None and (hit.similarity or 0) < 0.05] == []


async def test_quotation_marks_and_minus_are_orders(
    hub: NeonHub, here: Tenant, notes: Path
) -> None:
    async with hub.workspace(here) as ws:
        hits = await ws.knowledge.search("campaign -ledger", dataset="notes", limit=10)
        ranked = [hit for hit in hits if hit.text_rank is not None]
        assert all("ledger" not in hit.passage for hit in ranked)
        phrase = await ws.knowledge.search('"nine in the evening"', dataset="notes")
    assert phrase[0].text_rank == 1
    assert "nine in the evening" in phrase[0].passage


async def test_another_workspace_finds_nothing(hub: NeonHub, there: Tenant, notes: Path) -> None:
    async with hub.workspace(there) as ws:
        assert await ws.knowledge.search("SMS") == []
        with pytest.raises(NotFound):
            await ws.knowledge.search("SMS", dataset="notes")
