"""Content: what is published, what is being written, what was found in it, and when it comes."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neonhub.ops.seeding.demo.profiles import Article
    from neonhub.ops.seeding.demo.world import Place, Row

__all__ = ["fill", "slug_of"]

_BODY = (
    "{opening}\n\nAt {brand} we begin with the wall. Measure it twice, photograph it at the hour "
    "at which it will be seen, and write the words on the photograph.\n\nThen decide on one thing "
    "that the {product} must do: be read from across the street, be in every picture, or make a "
    "corner worth sitting in. It will not do all three.\n\nA sketch comes within a day. {slogan}"
)
_CHANGES = ("First version.", "Shorter opening; the claim about time has its source.", "Typos.")
_SNIPPETS = (
    ("email", "Nine-day promise", "Ready nine working days after you approve the sketch.", 34),
    ("sms", "Delivery day", "Your sign from {brand} arrives tomorrow. STOP ends these.", 57),
    ("instagram", "Wall at dusk", "This wall in {city} is switched on at dusk. Come and see.", 41),
)


def slug_of(article: Article) -> str:
    """The last part of its address."""
    kept = "".join(c if c.isalnum() else " " for c in article.title.lower())
    return "-".join(kept.split())


def fill(place: Place) -> None:
    """Personas, pieces, drafts with their versions, the calendar, and texts to use again."""
    for name, summary in place.profile.personas:
        place.add("personas", name, name=name, summary=summary)
    bodies = [_body(place, article) for article in place.profile.articles]
    vectors = place.vectors(bodies)
    for number, article in enumerate(place.profile.articles):
        piece = _piece(place, article, bodies[number], vectors[number], number)
        draft = _draft(place, article, bodies[number], piece, number)
        _analyses(place, draft, number)
        _plan(place, article, draft, number)
    _snippets(place)


def _body(place: Place, article: Article) -> str:
    return place.profile.told(_BODY.replace("{opening}", article.opening))


def _piece(place: Place, article: Article, body: str, vector: str, number: int) -> Row:
    """The newest piece is not out yet."""
    out = number < len(place.profile.articles) - 1
    published = place.world.before(days=52 - 4 * number, hours=-9)
    slug = slug_of(article)
    return place.add(
        "content",
        slug,
        author_id=place.world.users[0]["id"],
        kind="article",
        status="published" if out else "draft",
        title=article.title,
        body=body,
        metadata={"keyword": article.keyword, "words": len(body.split())},
        published_at=published if out else None,
        slug=slug,
        url=f"{place.profile.site}/journal/{slug}",
        embedding_space_id=place.space_id,
        embedding=vector,
        created_at=published - dt.timedelta(days=6),
    )


def _draft(place: Place, article: Article, body: str, piece: Row, number: int) -> Row:
    """A draft and its versions, the last of which says what the draft says."""
    began, writer = piece["created_at"], place.world.users[0]["id"]
    draft = place.add(
        "content_drafts",
        piece["slug"],
        title=article.title,
        topic=article.keyword,
        body=body,
        tone="warm",
        audience=place.profile.personas[number % len(place.profile.personas)][0],
        status="published" if piece["published_at"] else "draft",
        created_by_id=writer,
        kind="article",
        metadata={"outline": 4},
        content_id=piece["id"],
        created_at=began,
    )
    parts = body.split("\n\n")
    last = 2 + number % 2
    for version in range(1, last + 1):
        when = began + dt.timedelta(days=version - 1, hours=version)
        place.add(
            "content_versions",
            piece["slug"],
            str(version),
            draft_id=draft["id"],
            version=version,
            title=article.title,
            body="\n\n".join(parts[: len(parts) - (last - version)]),
            changes=_CHANGES[version - 1],
            created_by_id=writer,
            created_at=when,
        )
        draft["updated_at"] = when
    return draft


def _analyses(place: Place, draft: Row, number: int) -> None:
    """What was found in the last version."""
    version = place.rows["content_versions"][-1]["version"]
    for kind, score, finding in (
        ("readability", 71.0 + number, "Sentences have 14 words on average."),
        ("seo", 64.0 + 3 * number, f"The term '{draft['topic']}' stands in the title."),
        ("brand_voice", 83.0 + number, "No exclamation marks, as the guide asks."),
    ):
        place.add(
            "content_analyses",
            draft["id"],
            kind,
            draft_id=draft["id"],
            version=version,
            kind=kind,
            score=score,
            findings=[{"severity": "info", "message": finding}],
            model="rules-1",
            created_at=draft["updated_at"] + dt.timedelta(minutes=3),
        )


def _plan(place: Place, article: Article, draft: Row, number: int) -> None:
    piece = place.rows["content"][-1]
    soon = place.world.before(days=-3, hours=-9)
    personas = place.profile.personas
    place.add(
        "editorial_calendar",
        draft["id"],
        title=article.title,
        publish_at=piece["published_at"] or soon,
        priority=90 - 5 * number,
        status="published" if piece["published_at"] else "scheduled",
        persona_id=place.id_of("personas", personas[number % len(personas)][0]),
        content_draft_id=draft["id"],
        created_at=draft["created_at"],
    )


def _snippets(place: Place) -> None:
    for channel, name, text, times in _SNIPPETS:
        place.add(
            "snippet_library",
            channel,
            name,
            brand_id=place.id_of("brands", "brand"),
            channel=channel,
            name=name,
            content=place.profile.told(text),
            tone="warm",
            use_cases=["campaign", "service"],
            win_rate=0.58,
            usage_count=times,
            last_won_at=place.world.before(days=2),
            metadata=None,
        )
