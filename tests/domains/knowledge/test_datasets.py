"""Datasets: made once, deleted with all that is in them, found by whoever searches."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from neonhub.db.errors import InvalidInput, NotFound
from neonhub.db.ids import cuid
from neonhub.db.tenancy import SYSTEM, Tenant
from neonhub.domains.knowledge.errors import DatasetExists, DatasetGone
from neonhub.domains.knowledge.preparation import Prepared, prepare
from neonhub.domains.knowledge.progress import Silent
from neonhub.domains.knowledge.uploads import Outcome, Upload, upload
from neonhub.domains.knowledge.writing import embed_missing, store
from neonhub.hub import NeonHub
from tests.databases import Database

TEXT = "# Quiet hours\n\nNo letter is sent between nine at night and eight in the morning.\n"


async def put(hub: NeonHub, tenant: Tenant, dataset: str, text: str = TEXT) -> Outcome:
    """A text into a dataset, made if it is not there."""
    async with hub.workspace(tenant) as ws:
        await ws.knowledge.ensure_dataset(dataset)
        file = Upload("quiet.md", "text:quiet", text.encode)
        (done,) = await upload(ws.session, SYSTEM, hub.embedders, dataset=dataset, files=[file])
    assert done.status == "stored"
    return done


async def test_two_who_make_the_same_dataset_at_once(hub: NeonHub, here: Tenant) -> None:
    async def make() -> str:
        try:
            async with hub.workspace(here) as ws:
                return (await ws.knowledge.create_dataset("My Handbook")).id
        except DatasetExists:
            return "exists"

    made = await asyncio.gather(*(make() for _ in range(8)))

    assert made.count("exists") == 7
    async with hub.workspace(here) as ws:
        page = await ws.knowledge.list_datasets()
        assert (await ws.knowledge.ensure_dataset("my handbook")).id == page.items[0].id
    assert [row.id for row in page.items] == [each for each in made if each != "exists"]


async def test_two_who_need_the_same_dataset_at_once_share_it(hub: NeonHub, here: Tenant) -> None:
    async def need() -> str:
        async with hub.workspace(here) as ws:
            return (await ws.knowledge.ensure_dataset("Handbook")).id

    assert len(set(await asyncio.gather(*(need() for _ in range(8))))) == 1


async def test_a_name_in_the_form_of_an_id_is_refused(hub: NeonHub, here: Tenant) -> None:
    async with hub.workspace(here) as ws:
        for make in (ws.knowledge.create_dataset, ws.knowledge.ensure_dataset):
            with pytest.raises(InvalidInput, match="form of an id"):
                await make(cuid())
        made = await ws.knowledge.create_dataset("Handbook")
        assert (await ws.knowledge.ensure_dataset(made.id)).id == made.id


async def test_a_deleted_dataset_takes_its_documents_along(
    hub: NeonHub, here: Tenant, there: Tenant
) -> None:
    gone = (await put(hub, here, "handbook")).document_id or ""
    kept = (await put(hub, here, "other")).document_id or ""
    foreign = (await put(hub, there, "handbook")).document_id or ""

    async with hub.workspace(here) as ws:
        await ws.knowledge.delete_dataset("handbook")

    async with hub.workspace(here) as ws:
        for read in (ws.knowledge.get_document, ws.knowledge.list_versions):
            with pytest.raises(NotFound):
                await read(gone)
        assert {hit.document_id for hit in await ws.knowledge.search("quiet hours")} == {kept}
        assert (await ws.knowledge.get_document(kept)).id == kept
        # The name is free again, for a dataset with nothing in it.
        assert (await ws.knowledge.create_dataset("handbook")).documents == 0
    async with hub.workspace(there) as ws:
        assert (await ws.knowledge.get_document(foreign)).id == foreign


class Deletes(Silent):
    """Deletes all of a workspace's datasets as soon as an ingest knows what it has to do."""

    def __init__(self, database: Database, tenant: Tenant):
        self.database, self.tenant = database, tenant

    def started(self, files: int, size: int) -> None:
        with self.database.admin() as conn:
            conn.execute(
                "UPDATE datasets SET deleted_at = now() WHERE workspace_id = %s",
                [self.tenant.workspace_id],
            )


@pytest.mark.parametrize("filled", [True, False])
async def test_an_ingest_stops_when_its_dataset_is_deleted(
    hub: NeonHub, here: Tenant, shared_database: Database, tmp_path: Path, filled: bool
) -> None:
    if filled:  # else it has no space yet, and the first batch would give it one
        await put(hub, here, "handbook")
    (tmp_path / "quiet.md").write_text(TEXT)

    async with hub.workspace(here) as ws:
        with pytest.raises(DatasetGone, match="'handbook' was deleted"):
            await ws.knowledge.ingest(
                tmp_path, dataset="handbook", progress=Deletes(shared_database, here)
            )

    with shared_database.admin() as conn:
        (found,) = conn.execute(
            "SELECT count(*) FROM documents WHERE workspace_id = %s AND source_uri <> 'text:quiet'",
            [here.workspace_id],
        ).fetchall()
    assert found == (0,)


async def test_a_deletion_waits_for_the_writer_and_takes_what_it_wrote(
    hub: NeonHub, here: Tenant
) -> None:
    first = await put(hub, here, "handbook")
    document: Prepared = prepare(b"# More\n\nAnd more.\n", name="more.md", source_uri="text:more")
    vectors: dict[str, bytes] = {}
    await embed_missing(await hub.embedders.default(), [document], vectors)

    async def delete() -> None:
        async with hub.workspace(here) as ws:
            await ws.knowledge.delete_dataset("handbook")

    async with hub.workspace(here) as ws:
        row = await ws.knowledge.find_dataset("handbook")
        stored = await store(
            ws.session,
            dataset_id=row.id,
            space_id=row.embedding_space_id or "",
            owner_id=None,
            batch=[document],
            vectors=vectors,
        )
        deletion = asyncio.create_task(delete())
        done, _ = await asyncio.wait([deletion], timeout=0.3)
        assert not done
    await deletion

    async with hub.workspace(here) as ws:
        for document_id in (first.document_id or "", *stored.documents.values()):
            with pytest.raises(NotFound):
                await ws.knowledge.get_document(document_id)


async def test_a_search_of_everything_tells_the_spaces_it_went_to(
    hub: NeonHub, here: Tenant
) -> None:
    async with hub.workspace(here) as ws:
        await ws.knowledge.create_dataset("Empty")
        nothing = await ws.knowledge.answer("quiet hours")
    documents = {(await put(hub, here, name)).document_id for name in ("one", "two")}

    async with hub.workspace(here) as ws:
        everything = await ws.knowledge.answer("quiet hours")
        one = await ws.knowledge.answer("quiet hours", dataset="One")
        empty = await ws.knowledge.answer("quiet hours", dataset="empty")
        counts = {row.slug: row.documents for row in (await ws.knowledge.list_datasets()).items}
        shown = await ws.knowledge.get_dataset("One")

    assert (nothing.hits, nothing.spaces, empty.hits, empty.spaces) == ([], [], [], [])
    assert {hit.document_id for hit in everything.hits} == documents
    assert len(one.hits) == 1
    (space,) = everything.spaces
    assert one.spaces == [space] and space.name == shown.space_name
    assert counts == {"empty": 0, "one": 1, "two": 1} and shown.documents == 1


async def test_versions_are_those_of_a_live_document_and_no_more_than_asked(
    hub: NeonHub, here: Tenant
) -> None:
    done = [await put(hub, here, "handbook", f"# Rule\n\nIt says {n}.\n") for n in range(4)]
    document_id = done[-1].document_id or ""

    async with hub.workspace(here) as ws:
        versions = await ws.knowledge.list_versions(document_id, limit=2)
        assert [row.version for row in versions] == [3, 2]
        assert "It says 2." in versions[0].content
        await ws.knowledge.delete_document(document_id)
        with pytest.raises(NotFound, match="document"):
            await ws.knowledge.list_versions(document_id)
