"""Characters of a text that a search uses for its own marks."""

from __future__ import annotations

import pytest

from neonhub.db.tenancy import SYSTEM, Tenant
from neonhub.domains.knowledge.preparation import Prepared, prepare
from neonhub.domains.knowledge.uploads import Upload, upload
from neonhub.hub import NeonHub
from neonhub.parsing.errors import EmptyFile

TEXT = (
    "# \ue000 Quiet\ue001 hours\n\n\ue001No letter\ue000 is sent at night.\n\n"
    "- \ue000first\n- \ue001second letter\n\n```\n  indented\ue000 code\n```\n"
)


def prepared(text: str) -> Prepared:
    return prepare(text.encode(), name="quiet.md", source_uri="text:quiet")


def test_a_text_is_prepared_as_if_they_were_not_there() -> None:
    plain = TEXT.replace("\ue000", "").replace("\ue001", "").replace("#  ", "# ")
    marked, clean = prepared(TEXT), prepared(plain)

    assert [each.text for each in marked.chunks] == [each.text for each in clean.chunks]
    assert marked.title == clean.title == "Quiet hours"
    for each in marked.chunks:
        start, end = each.metadata["start"], each.metadata["end"]
        covered = marked.content[start:end]
        assert covered.strip() == covered
        assert covered.endswith(each.text[-10:])


def test_a_text_of_nothing_else_is_empty() -> None:
    with pytest.raises(EmptyFile):
        prepared("\ue000\ue001 \ue000\n")


async def test_marks_of_a_hit_are_those_of_the_words_asked_for(hub: NeonHub, here: Tenant) -> None:
    async with hub.workspace(here) as ws:
        await ws.knowledge.ensure_dataset("handbook")
        file = Upload("quiet.md", "text:quiet", TEXT.encode)
        await upload(ws.session, SYSTEM, hub.embedders, dataset="handbook", files=[file])

    async with hub.workspace(here) as ws:
        (hit,) = await ws.knowledge.search("letter")

    assert [hit.passage[start:end] for start, end in hit.marks] == ["letter", "letter"]
