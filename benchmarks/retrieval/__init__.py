"""Twenty questions to the PostgreSQL manual: is the right page among the first five passages?

The questions and their pages are in ``questions.yaml``, written before any search. A page counts
once, at its best passage, so that "among the first five" is of five passages or fewer pages.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.harness import Figure, Mark, platform, say
from benchmarks.ingest import manual

LIMIT = 5
MARK = Mark(16, of="value", at_least=True)


@dataclass(frozen=True)
class Answer:
    """A question, its right pages, and the pages found, the best first."""

    question: str
    right: frozenset[str]
    found: list[str]

    @property
    def rank(self) -> int | None:
        """The place of the first right page, from 1; None where there is none."""
        return next((n for n, page in enumerate(self.found, 1) if page in self.right), None)


def questions(file: str = "questions.yaml") -> list[dict[str, Any]]:
    """The questions as they stand in the file."""
    import yaml

    text = Path(__file__).with_name(file).read_text(encoding="utf-8")
    loaded: list[dict[str, Any]] = yaml.safe_load(text)
    return loaded


async def ask(embedder: str, *, files: int | None) -> tuple[list[Answer], list[Answer]]:
    """Ingest the manual with ``embedder``; ask the twenty, and the development questions."""
    from neonhub.hub import NeonHub

    asked = (questions(), questions("development.yaml"))
    answers: tuple[list[Answer], list[Answer]] = ([], [])
    with platform(embedder=embedder) as under_test, manual(files) as folder:
        async with (
            NeonHub(under_test.settings, ready=under_test.ready) as hub,
            hub.workspace("primary") as ws,
        ):
            report = await ws.knowledge.ingest(folder, dataset="manual")
            say(f"  {embedder}: {report.added} pages, {report.chunks} chunks")
            for each, into in (
                (q, into) for qs, into in zip(asked, answers, strict=True) for q in qs
            ):
                hits = await ws.knowledge.search(each["question"], dataset="manual", limit=LIMIT)
                pages = [Path(hit.source or "").name for hit in hits]
                found = list(dict.fromkeys(pages))
                into.append(Answer(each["question"], frozenset(each["pages"]), found))
    return answers


def figures(embedder: str, both: tuple[list[Answer], list[Answer]]) -> list[Figure]:
    """Hits among the first five, and the mean reciprocal rank; each miss is named."""
    answers, development = both
    ranks = [answer.rank for answer in answers]
    missed = [answer for answer in answers if answer.rank is None]
    for answer in missed:
        say(f"  missed with {embedder}: {answer.question}")
        say(f"    came: {', '.join(answer.found)}")
        say(f"    right: {', '.join(sorted(answer.right))}")
    hits = sum(rank is not None for rank in ranks)
    of = f"of {len(answers)}"
    return [
        Figure(f"retrieval, {embedder}: right page in the first {LIMIT}", hits, unit=of, mark=MARK),
        Figure(
            f"retrieval, {embedder}: right page first",
            sum(rank == 1 for rank in ranks),
            unit=of,
        ),
        Figure(
            f"retrieval, {embedder}: mean reciprocal rank",
            sum(1 / rank for rank in ranks if rank) / len(ranks),
            unit="",
        ),
        Figure(
            f"retrieval, {embedder}: development questions, in the first {LIMIT}",
            sum(answer.rank is not None for answer in development),
            unit=f"of {len(development)}",
        ),
    ]


def local_is_installed() -> bool:
    """Whether the extra ``local`` is there."""
    if importlib.util.find_spec("sentence_transformers") is None:
        return False
    from neonhub.embedding.local import local_is_installed as weights_too

    return weights_too()


async def run(*, quick: bool) -> list[Figure]:
    """The offline embedder; then the local model, where it is installed."""
    made = figures("lexical", await ask("lexical", files=None))
    if quick:
        return made
    if not local_is_installed():
        return [*made, Figure.missing("retrieval, local", "run `make local` first")]
    return made + figures("local", await ask("local", files=None))
