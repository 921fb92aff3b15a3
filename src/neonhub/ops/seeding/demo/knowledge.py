"""Knowledge: datasets of real documents, cut and embedded, and conversations about them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from neonhub.domains.knowledge.preparation import fingerprint
from neonhub.ops.seeding.demo.brands import prepared_text

if TYPE_CHECKING:
    from neonhub.domains.knowledge.preparation import Prepared
    from neonhub.ops.seeding.demo.world import Place, Row

__all__ = ["fill"]

# Slug, name, kind, what is in it, its texts.
_DATASETS = (
    (
        "handbook",
        "Handbook",
        "documents",
        "How we work.",
        ("handbook-voice.md", "handbook-sending.md", "handbook-budget.md"),
    ),
    (
        "faq",
        "Questions and answers",
        "faq",
        "What customers ask.",
        ("faq-orders.md", "faq-account.md"),
    ),
    ("reports", "Reports", "analytics", "What the figures said.", ("report-quarter.md",)),
)
# Kind, who asks (a person of the workspace or one of the team), title, turns.
_TALKS = (
    (
        "support",
        True,
        "Delivery date",
        "When will my {product} arrive?",
        "Nine working days after you approve the sketch, and two for delivery.",
        "Can I still change a letter?",
        "Until the tube is cut. Shall I hold it for you?",
    ),
    (
        "support",
        True,
        "Broken tube",
        "One letter stays dark.",
        "I am sorry. A new one leaves within four working days.",
        "Do I send this one back?",
        "No. A photograph is enough.",
    ),
    (
        "campaign",
        False,
        "Newsletter of the month",
        "Draft a newsletter about walls in {city}.",
        "Here is a draft of 140 words, with the nine-day promise in the first line.",
        "Shorter, and without the price.",
        "Done: 96 words, no price.",
    ),
    (
        "planning",
        False,
        "Budget of next week",
        "What can we still spend on search?",
        "What is allocated less what is held; I have put the figure on the card.",
        "Hold a tenth of it.",
        "Noted: it waits for an admin to approve it.",
    ),
    (
        "ad_hoc",
        False,
        "Subject lines",
        "Three subject lines for the wall campaign, please.",
        "Your wall, by Friday / A line in light / Nine days to dusk",
        "The second.",
        "It goes into the test against the present one.",
    ),
)


def fill(place: Place) -> None:
    """Datasets with their documents, then conversations."""
    for slug, name, kind, text, names in _DATASETS:
        place.add(
            "datasets",
            slug,
            embedding_space_id=place.space_id,
            name=name,
            slug=slug,
            kind=kind,
            description=text,
            source="upload",
            metadata={"language": "en"},
        )
        for text_name in names:
            _document(place, slug, prepared_text(place, text_name))
    _versions(place)
    _conversations(place)


def _document(place: Place, dataset: str, made: Prepared) -> None:
    document = place.add(
        "documents",
        made.source_uri,
        dataset_id=place.id_of("datasets", dataset),
        owner_id=place.world.users[0]["id"],
        embedding_space_id=place.space_id,
        title=made.title,
        content=made.content,
        status="ready",
        metadata=made.metadata,
        source_uri=made.source_uri,
        content_hash=made.content_hash,
        mime_type=made.mime_type,
        created_at=place.world.before(days=50),
    )
    vectors = place.vectors([each.text for each in made.chunks])
    for idx, (each, vector) in enumerate(zip(made.chunks, vectors, strict=True)):
        place.add(
            "chunks",
            made.source_uri,
            str(idx),
            dataset_id=document["dataset_id"],
            document_id=document["id"],
            embedding_space_id=place.space_id,
            idx=idx,
            text=each.text,
            embedding=vector,
            metadata=each.metadata,
            content_hash=each.content_hash,
            token_count=each.token_count,
            created_at=document["created_at"],
        )


def _versions(place: Place) -> None:
    """What two documents said before."""
    for number, document in enumerate(place.rows["documents"][:2]):
        before = document["content"].split("\n\n")
        content = "\n\n".join(before[: max(2, len(before) - 2)])
        when = place.world.before(days=20 - number)
        place.add(
            "document_versions",
            document["id"],
            "1",
            document_id=document["id"],
            version=1,
            content=content,
            content_hash=fingerprint(content.encode()),
            created_by_id=document["owner_id"],
            created_at=when,
        )
        document["updated_at"] = when


def _conversations(place: Place) -> None:
    """Each is about its title; its first message can be found by meaning."""
    talks = _TALKS[: place.amount(len(_TALKS) + 1)]
    firsts = place.vectors([place.profile.told(talk[3]) for talk in talks])
    dice = place.dice("conversations")
    for talk, first in zip(talks, firsts, strict=True):
        kind, by_person, title, *turns = talk
        began = place.moment(dice, dice.between(2, 25))
        user = place.user(dice)
        conversation = place.add(
            "conversations",
            title,
            kind=kind,
            status="closed" if by_person else "active",
            title=title,
            created_by_id=user,
            metadata={"channel": "web" if by_person else "studio"},
            agent_id=place.id_of("agents", "campaign-copilot"),
            person_id=dice.pick(place.rows["people"])["id"] if by_person else None,
            created_at=began,
        )
        _messages(place, conversation, turns, first)


def _messages(place: Place, conversation: Row, turns: list[str], first: str) -> None:
    when = conversation["created_at"]
    for number, turn in enumerate(turns):
        text, asked = place.profile.told(turn), number % 2 == 0
        place.add(
            "messages",
            conversation["id"],
            str(number),
            conversation_id=conversation["id"],
            author_id=conversation["created_by_id"] if asked else None,
            role="user" if asked else "assistant",
            content_json={"text": text},
            embedding=None if number else first,
            metadata=None,
            created_at=when,
            embedding_space_id=None if number else place.space_id,
            token_count=max(1, len(text) // 4),
        )
        conversation["updated_at"] = when
        when += dt.timedelta(seconds=35 + 20 * number)
