"""Search: terms and their clusters, links between pieces, and thirty days of figures."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

from neonhub.ops.seeding.demo.world import DAYS, vector_text

if TYPE_CHECKING:
    from neonhub.ops.seeding.demo.world import Dice, Place, Row

__all__ = ["fill"]

_DEVICES = ("desktop", "mobile")


def fill(place: Place) -> None:
    """Clusters with their terms, links, figures."""
    for name, intent, terms in place.profile.clusters:
        _cluster(place, name, intent, terms)
    _links(place)
    _figures(place)


def _cluster(place: Place, name: str, intent: str, terms: tuple[str, ...]) -> None:
    """The centroid is the mean of the terms' vectors, whose length no cosine depends on."""
    import numpy as np

    dice = place.dice("cluster", name)
    vectors = place.world.embedder.embed(terms).astype(np.float64)
    centroid = (vectors.sum(axis=0) / len(terms)).astype(np.float32)
    cluster = place.add(
        "keyword_clusters",
        name,
        name=name,
        pillar_keyword=terms[0],
        intent=intent,
        centroid=vector_text(centroid.tolist()),
        embedding_space_id=place.space_id,
        metadata={"terms": list(terms)},
    )
    for number, term in enumerate(terms):
        place.add(
            "keyword_research",
            term,
            keyword=term,
            search_volume=dice.between(3, 90) * 100,
            competition=dice.between(10, 95) / 100,
            cpc=Decimal(dice.between(40, 480)) / 100,
            intent=intent,
            difficulty=float(dice.between(12, 78)),
            cluster_id=cluster["id"],
            source="planner",
        )
        place.add(
            "keywords",
            term,
            term=term,
            intent=intent,
            priority=90 - 10 * number,
            persona_id=place.id_of("personas", dice.pick(place.profile.personas)[0]),
        )


def _links(place: Place) -> None:
    """Each piece that is out links to the one nearest in meaning; drafts have suggestions."""
    import numpy as np

    pieces = place.rows["content"]
    vectors = place.world.embedder.embed([piece["body"] for piece in pieces])
    near = np.round(vectors.astype(np.float64) @ vectors.astype(np.float64).T, 4).tolist()
    for number, piece in enumerate(pieces):
        others = [place_of for place_of in range(len(pieces)) if place_of != number]
        best = max(others, key=lambda other: (near[number][other], -other))
        target, similarity = pieces[best], near[number][best]
        active = bool(piece["published_at"] and target["published_at"])
        anchor = target["metadata"]["keyword"]
        place.add(
            "internal_links",
            piece["slug"],
            target["slug"],
            from_url=piece["url"],
            to_url=target["url"],
            anchor_text=anchor,
            context=f"See also: {target['title']}.",
            similarity=similarity,
            status="active" if active else "suggested",
        )
        if active:
            place.add(
                "link_graph",
                piece["slug"],
                target["slug"],
                source_content_id=piece["id"],
                target_content_id=target["id"],
                anchor_text=anchor,
                similarity=similarity,
            )


def _figures(place: Place) -> None:
    """A row a day, device and piece that is out, for the term that it is written for."""
    for piece in place.rows["content"]:
        if not piece["published_at"]:
            continue
        dice = place.dice("seo", piece["slug"])
        strength = dice.between(20, 60)
        for days in range(DAYS, 0, -1):
            for device in _DEVICES:
                _figure(place, dice, piece, (days, device, strength))


def _figure(place: Place, dice: Dice, piece: Row, about: tuple[int, str, int]) -> None:
    """It rises by the day, and fewer search at a desk at the weekend."""
    days, device, strength = about
    day = place.world.anchor.date() - dt.timedelta(days=days)
    resting = day.weekday() >= 5 and device == "desktop"
    shown = (strength + DAYS - days + dice.between(0, 15)) * (6 if device == "mobile" else 4)
    shown = shown * 3 // 5 if resting else shown
    place.add(
        "seo_metrics",
        piece["slug"],
        str(days),
        device,
        content_id=piece["id"],
        url=piece["url"],
        keyword=piece["metadata"]["keyword"],
        impressions=shown,
        clicks=shown * dice.between(15, 60) // 1000,
        position=round(14 - (DAYS - days) / 5 - dice.between(0, 20) / 10, 1),
        date=day,
        title=piece["title"],
        description=None,
        country=place.profile.country,
        device=device,
        created_at=place.world.before(days=days - 1),
    )
