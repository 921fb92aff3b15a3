"""Brands: the embedding space, the brand with its assets, its voices and its guide."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from neonhub.domains.knowledge.preparation import Prepared, prepare

if TYPE_CHECKING:
    from neonhub.ops.seeding.demo.world import Place

__all__ = ["fill", "prepared_text"]

_ASSETS = (
    ("logo", "Logo, on dark", "svg"),
    ("logo", "Logo, on light", "svg"),
    ("photo", "Wall at dusk", "jpg"),
    ("font", "Headline face", "woff2"),
)
_VOICES = (
    (
        "Everyday",
        "You write for {brand}. Be warm, exact and short. Name the place and the day. Say "
        "'{slogan}' at most once.",
        {"tone": "warm", "sentence_words": 12, "exclamation_marks": False, "emoji": False},
        {"drafts": 41, "kept": 36},
    ),
    (
        "Service",
        "You answer a customer of {brand}. Say what happened, what is done about it and by when, "
        "then stop. Never blame the carrier.",
        {"tone": "calm", "sentence_words": 14, "exclamation_marks": False, "apologise": "once"},
        {"drafts": 18, "kept": 17},
    ),
)


def prepared_text(place: Place, name: str) -> Prepared:
    """One of the demo's texts in the workspace's own words, parsed and cut like any upload."""
    source = files("neonhub.ops.seeding.demo").joinpath("texts", name).read_text("utf-8")
    told = place.profile.told(source).encode()
    return prepare(told, name=name, source_uri=f"{place.profile.site}/internal/{name}")


def fill(place: Place) -> None:
    """The brand and how it speaks."""
    profile, space = place.profile, place.world.embedder.space
    place.add(
        "embedding_spaces",
        space.name,
        name=space.name,
        provider=space.provider,
        model=space.model,
        dimension=space.dimension,
        metadata=dict(space.metadata),
        is_default=True,
    )
    place.add(
        "brands",
        "brand",
        name=profile.brand,
        slug=profile.brand_slug,
        description=f"{profile.brand} makes every {profile.product} in {profile.city}.",
        main_color=profile.color,
        slogan=profile.slogan,
        metadata={"site": profile.site},
    )
    _assets(place)
    _voices(place)
    _guide(place)


def _assets(place: Place) -> None:
    for kind, name, ending in _ASSETS:
        file_name = name.lower().replace(",", "").replace(" ", "-")
        place.add(
            "brand_assets",
            name,
            brand_id=place.id_of("brands", "brand"),
            kind=kind,
            name=name,
            url=f"{place.profile.site}/assets/{file_name}.{ending}",
            metadata={"format": ending},
        )


def _voices(place: Place) -> None:
    prompts = [place.profile.told(prompt) for _, prompt, _, _ in _VOICES]
    for voice, prompt, vector in zip(_VOICES, prompts, place.vectors(prompts), strict=True):
        name, _, rules, metrics = voice
        place.add(
            "brand_voices",
            name,
            brand_id=place.id_of("brands", "brand"),
            embedding_space_id=place.space_id,
            prompt_template=prompt,
            style_rules_json=rules,
            embedding=vector,
            metrics=metrics,
            name=name,
            is_default=name == "Everyday",
        )


def _guide(place: Place) -> None:
    """The guide, and the passages that a search of the voice finds."""
    made = prepared_text(place, "handbook-voice.md")
    guide = place.add(
        "brand_voice_guides",
        "voice",
        brand_id=place.id_of("brands", "brand"),
        name=made.title,
        content=made.content,
        active=True,
    )
    vectors = place.vectors([each.text for each in made.chunks])
    for idx, (each, vector) in enumerate(zip(made.chunks, vectors, strict=True)):
        place.add(
            "brand_voice_embeddings",
            "voice",
            str(idx),
            guide_id=guide["id"],
            embedding_space_id=place.space_id,
            idx=idx,
            chunk=each.text,
            content_hash=each.content_hash,
            embedding=vector,
        )
