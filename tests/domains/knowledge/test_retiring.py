"""What an ingest does with documents whose files are gone."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from neonhub.db.errors import NotFound
from neonhub.db.tenancy import Tenant
from neonhub.domains.knowledge.errors import NothingToIngest
from neonhub.domains.knowledge.progress import IngestReport
from neonhub.hub import NeonHub

QUIET = "# Quiet hours\n\nNo letter is sent between nine at night and eight in the morning.\n"
REFUNDS = "# Refunds\n\nMoney goes back to the card within five days of the parcel's return.\n"


class Handbook:
    """A folder of two files, and the dataset that is read from it."""

    def __init__(self, hub: NeonHub, tenant: Tenant, folder: Path):
        self.hub, self.tenant, self.folder = hub, tenant, folder
        folder.mkdir()
        (folder / "quiet.md").write_text(QUIET)
        (folder / "refunds.md").write_text(REFUNDS)

    async def ingest(self, *paths: Path, prune: bool = True) -> IngestReport:
        async with self.hub.workspace(self.tenant) as ws:
            return await ws.knowledge.ingest(*paths, dataset="handbook", prune=prune)

    async def titles(self) -> list[str]:
        async with self.hub.workspace(self.tenant) as ws:
            page = await ws.knowledge.list_documents("handbook")
        return sorted(each.title for each in page.items)


@pytest.fixture
async def handbook(hub: NeonHub, here: Tenant, tmp_path: Path) -> Handbook:
    made = Handbook(hub, here, tmp_path / "handbook")
    report = await made.ingest(made.folder)
    assert (report.added, await made.titles()) == (2, ["Quiet hours", "Refunds"])
    return made


async def test_an_emptied_folder_retires_its_documents(handbook: Handbook) -> None:
    for file in handbook.folder.iterdir():
        file.unlink()

    report = await handbook.ingest(handbook.folder)

    assert (report.retired, report.failures, await handbook.titles()) == (2, [], [])
    with pytest.raises(NothingToIngest):  # now there is neither a file nor a document
        await handbook.ingest(handbook.folder)


async def test_an_emptied_folder_is_left_alone_without_pruning(handbook: Handbook) -> None:
    for file in handbook.folder.iterdir():
        file.unlink()

    report = await handbook.ingest(handbook.folder, prune=False)

    assert (report.retired, len(await handbook.titles())) == (0, 2)


async def test_a_file_named_itself_is_retired_when_it_is_gone(handbook: Handbook) -> None:
    gone = handbook.folder / "quiet.md"
    gone.unlink()

    kept = await handbook.ingest(gone, prune=False)
    report = await handbook.ingest(handbook.folder / ".." / "handbook" / "quiet.md")

    assert (kept.retired, [each.code for each in kept.failures]) == (0, ["missing"])
    assert (report.retired, report.failures, await handbook.titles()) == (1, [], ["Refunds"])


async def test_a_folder_out_of_reach_keeps_its_documents(handbook: Handbook) -> None:
    shutil.rmtree(handbook.folder)

    with pytest.raises(NothingToIngest) as told:
        await handbook.ingest(handbook.folder)
    other = handbook.folder.parent / "other.md"
    other.write_text("# Other\n\nSomething else.\n")
    beside = await handbook.ingest(handbook.folder, other)

    assert told.value.hint is not None and "2 documents" in told.value.hint
    assert (beside.added, beside.retired) == (1, 0)
    ((code, message),) = [(each.code, each.message) for each in beside.failures]
    assert code == "missing" and "2 documents stay from below it" in message
    assert await handbook.titles() == ["Other", "Quiet hours", "Refunds"]

    from_above = await handbook.ingest(handbook.folder.parent)
    assert (from_above.retired, await handbook.titles()) == (2, ["Other"])


async def test_paths_of_which_nothing_is_known_make_no_dataset(
    hub: NeonHub, here: Tenant, tmp_path: Path
) -> None:
    async with hub.workspace(here) as ws:
        for path in (tmp_path, tmp_path / "nowhere"):
            with pytest.raises(NothingToIngest):
                await ws.knowledge.ingest(path, dataset="nothing")
        with pytest.raises(NotFound):
            await ws.knowledge.get_dataset("nothing")
