"""The two workspaces of the demo: what they sell, to whom, and in which words."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["PROFILES", "Article", "Profile"]


@dataclass(frozen=True)
class Article:
    """A piece of content: its title, the keyword that it is written for, and how it opens."""

    title: str
    keyword: str
    opening: str


@dataclass(frozen=True)
class Profile:
    """A workspace; ``size`` is the number of its rows to that of the larger one's."""

    slug: str
    name: str
    brand: str
    brand_slug: str
    color: str
    slogan: str
    site: str
    product: str
    city: str
    country: str
    size: float
    personas: tuple[tuple[str, str], ...]
    clusters: tuple[tuple[str, str, tuple[str, ...]], ...]
    """Name, intent, and terms of which the first is the pillar."""
    articles: tuple[Article, ...]

    def told(self, text: str) -> str:
        """``text`` with its {brand}, {product}, {city} and {site} put in."""
        for name in ("brand", "product", "city", "site", "slogan"):
            text = text.replace("{" + name + "}", getattr(self, name))
        return text


_STUDIO = Profile(
    slug="demo",
    name="Demo Studio",
    brand="Lumen Street",
    brand_slug="lumen-street",
    color="#FF3D81",
    slogan="Say it in light.",
    site="https://lumenstreet.example",
    product="custom neon sign",
    city="Portland",
    country="USA",
    size=1.0,
    personas=(
        ("Streamer", "Wants a set that viewers know before they hear a voice."),
        ("Cafe Owner", "Wants a wall that guests photograph, and a sign that pays for itself."),
        ("Gift Giver", "Buys once, late, and for somebody else: needs a date and a preview."),
    ),
    clusters=(
        (
            "Custom signs",
            "commercial",
            ("custom neon sign", "neon name sign", "led neon sign custom", "neon logo sign"),
        ),
        (
            "Studio looks",
            "informational",
            ("neon sign streaming setup", "youtube studio neon ideas", "neon room ideas"),
        ),
        (
            "Cafe walls",
            "commercial",
            ("neon sign for cafe", "restaurant neon wall", "open sign neon"),
        ),
    ),
    articles=(
        Article(
            "How to Brief a Custom Neon Sign",
            "custom neon sign",
            "A good brief is one page: the words, the width, the wall and the day it must hang.",
        ),
        Article(
            "Nine Neon Ideas for a Streaming Set",
            "neon sign streaming setup",
            "Light behind you shapes a face; light beside you gives a room depth on camera.",
        ),
        Article(
            "What a Neon Wall Does for a Cafe",
            "neon sign for cafe",
            "Guests who photograph a wall bring the next guests: we asked eleven cafes how many.",
        ),
        Article(
            "LED Neon or Glass: an Honest Comparison",
            "led neon sign custom",
            "Glass glows warmer and breaks; LED weighs less, costs less and dims.",
        ),
        Article(
            "Fonts That Bend Well",
            "neon name sign",
            "A tube has one width and no corners, so some letters survive and some do not.",
        ),
        Article(
            "Hanging a Sign in a Rented Room",
            "neon room ideas",
            "Two adhesive rails carry four kilograms, and come off without taking the paint.",
        ),
    ),
)

_EVENTS = Profile(
    slug="demo-events",
    name="Demo Events",
    brand="Afterglow Events",
    brand_slug="afterglow-events",
    color="#7A5CFF",
    slogan="The night, remembered.",
    site="https://afterglow.example",
    product="neon backdrop",
    city="Austin",
    country="USA",
    size=0.5,
    personas=(
        ("Wedding Planner", "Books months ahead and changes the words in the last week."),
        ("Launch Producer", "Needs a wall that is on brand by Thursday and gone by Friday."),
    ),
    clusters=(
        (
            "Weddings",
            "commercial",
            ("wedding neon sign rental", "neon wedding backdrop", "wedding neon sign ideas"),
        ),
        (
            "Launches",
            "transactional",
            ("event backdrop neon", "photo wall rental", "brand activation neon"),
        ),
    ),
    articles=(
        Article(
            "A Neon Backdrop for a Garden Wedding",
            "neon wedding backdrop",
            "Outdoors a sign needs a frame, a dry plug and dusk: plan the picture for that hour.",
        ),
        Article(
            "What a Photo Wall Costs, Line by Line",
            "photo wall rental",
            "Half of the price is the truck and the two people who come with it.",
        ),
        Article(
            "From Sketch to Stage in Ten Days",
            "event backdrop neon",
            "Ten days are enough when the words are settled on the first of them.",
        ),
        Article(
            "Wedding Signs That Are Not Your Surname",
            "wedding neon sign ideas",
            "A line from the vows ages better than a hashtag, and rents just as well.",
        ),
    ),
)

PROFILES = (_STUDIO, _EVENTS)
