"""A hundred thousand real passages for the search benchmark, and their vectors by a local model.

``python -m benchmarks.corpus`` cuts the passages from the documentation packages that are
installed; ``--embedder local`` also embeds them, half an hour or more on one core, and goes on
where it was interrupted. Both are kept in the user's cache directory.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray
from platformdirs import user_cache_path

from benchmarks.harness import NotMeasured, say

PASSAGES = 100_000
QUESTIONS = 50
MANUAL = Path("/usr/share/doc/postgresql-doc-15/html")
PACKAGES = {
    "postgresql-doc-15": MANUAL,
    "python3.11-doc": Path("/usr/share/doc/python3.11/html"),
    "linux-doc-6.1": Path("/usr/share/doc/linux-doc-6.1/html"),
    "git-doc": Path("/usr/share/doc/git-doc"),
    "debian-policy": Path("/usr/share/doc/debian-policy"),
}
_INDEXES = ("genindex", "bookindex", "py-modindex", "search", "contents")
_BLOCK = 512
Matrix = NDArray[np.float32]


@dataclass(frozen=True)
class Corpus:
    """Distinct passages, whole documents one after the other, and questions that are none of them.

    Half of the questions are passages held out from the first thousand, so that a tenant of any
    size holds their neighbours; the others are headings from anywhere.
    """

    passages: list[str]
    questions: list[str]


def cache() -> Path:
    """Where the passages and their vectors are kept."""
    return user_cache_path("neonhub-benchmarks", appauthor=False)


def load(passages: int) -> Corpus:
    """The first ``passages`` of the corpus; up to two thousand are cut on the spot if need be."""
    kept = cache() / "corpus.json.gz"
    if kept.exists():
        data = orjson.loads(gzip.decompress(kept.read_bytes()))
        made = Corpus(data["passages"], data["questions"])
    elif passages <= 2000:
        made = build(passages, packages={"postgresql-doc-15": MANUAL})
    else:
        raise NotMeasured("there is no corpus yet: run `python -m benchmarks.corpus`")
    if len(made.passages) < passages:
        raise NotMeasured(f"the corpus has {len(made.passages)} passages, not {passages}")
    return Corpus(made.passages[:passages], made.questions)


def vectors(passages: int) -> tuple[Matrix, Matrix]:
    """The local model's vectors of the first ``passages`` and of the questions, from the cache."""
    data, progress = _vector_files("local")
    if not data.exists() or _done(progress) < passages + QUESTIONS:
        raise NotMeasured(
            f"the local model's vectors of {passages:,} passages are missing: run "
            "`python -m benchmarks.corpus --embedder local` where the extra `local` is installed"
        )
    stored = np.load(data, mmap_mode="r")
    return np.array(stored[QUESTIONS : QUESTIONS + passages]), np.array(stored[:QUESTIONS])


# -- cutting -------------------------------------------------------------------------------


def build(passages: int = PASSAGES, *, packages: dict[str, Path] | None = None) -> Corpus:
    """Cut ``passages`` distinct passages of some twenty words from the packages' HTML.

    Short ones: the local model embeds about fifty of them a second on one core, and what search
    does with the vectors does not depend on how long the texts were.
    """
    chosen = PACKAGES if packages is None else packages
    missing = [name for name, folder in chosen.items() if not folder.is_dir()]
    if missing:
        raise NotMeasured(f"install these Debian packages first: {' '.join(missing)}")
    files = [path for folder in chosen.values() for path in sorted(folder.rglob("*.html"))]
    files = [path for path in files if not path.stem.startswith(_INDEXES)]
    dice = random.Random(15)
    dice.shuffle(files)
    seen: set[str] = set()
    texts: list[str] = []
    headings: list[str] = []
    for heading, text in _passages(files):
        if text not in seen:
            seen.add(text)
            texts.append(text)
            headings.append(heading)
        if len(texts) == passages + QUESTIONS // 2:
            break
    return _with_questions(texts, headings, dice)


def _passages(files: list[Path]) -> Iterator[tuple[str, str]]:
    """Heading and text of every passage."""
    from neonhub.parsing import ParseError, chunk, parse_file

    for path in files:
        try:
            document = parse_file(path)
        except ParseError:
            continue
        for each in chunk(document, target_tokens=24, overlap_tokens=0, max_tokens=32):
            if len(each.text.split()) >= 10:
                yield (each.heading_path or ("",))[-1], each.text


def _with_questions(texts: list[str], headings: list[str], dice: random.Random) -> Corpus:
    held_out = set(dice.sample(range(min(1000, len(texts))), QUESTIONS // 2))
    titles = sorted({heading for heading in headings if 3 <= len(heading.split()) <= 10})
    questions = [texts[at] for at in sorted(held_out)]
    questions += dice.sample(titles, QUESTIONS // 2)
    return Corpus([text for at, text in enumerate(texts) if at not in held_out], questions)


# -- embedding -----------------------------------------------------------------------------


def _vector_files(name: str) -> tuple[Path, Path]:
    return cache() / f"{name}.npy", cache() / f"{name}.done"


def _done(progress: Path) -> int:
    return int(progress.read_text()) if progress.exists() else 0


async def embed(corpus: Corpus, threads: int) -> None:
    """Embed questions, then passages, with the local model; the work done is kept block by block.

    The file holds 1536 float32 a row, 615 MB in all.
    """
    from neonhub.embedding.local import LocalEmbedder

    texts = corpus.questions + corpus.passages
    data, progress = _vector_files("local")
    done = _done(progress) if data.exists() else 0
    stored: Any = np.lib.format.open_memmap(
        data, "r+" if done else "w+", dtype=np.float32, shape=(len(texts), 1536)
    )
    embedder = LocalEmbedder(threads=threads)
    began, first = time.monotonic(), done
    try:
        while done < len(texts):
            block = texts[done : done + _BLOCK]
            stored[done : done + len(block)] = await embedder.embed_documents(block)
            stored.flush()
            done += len(block)
            progress.write_text(str(done))
            rate = (done - first) / (time.monotonic() - began)
            left = (len(texts) - done) / rate / 60
            say(f"{done:,} of {len(texts):,}, {rate:.0f} a second, {left:.0f} minutes left")
    finally:
        await embedder.aclose()


def main() -> None:
    """Make the corpus, and its vectors if they are asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.corpus", description=__doc__)
    parser.add_argument("--embedder", choices=["local"], help="embed the passages too")
    parser.add_argument("--threads", type=int, default=1, help="for the model (default: 1)")
    options = parser.parse_args()
    cache().mkdir(parents=True, exist_ok=True)
    kept = cache() / "corpus.json.gz"
    if not kept.exists():
        made = build()
        words = sum(len(text.split()) for text in made.passages) / len(made.passages)
        say(f"{len(made.passages):,} passages of {words:.0f} words on average")
        kept.write_bytes(gzip.compress(orjson.dumps(vars(made)), 6))
        for path in _vector_files("local"):
            path.unlink(missing_ok=True)  # they were of other passages
    if options.embedder:
        asyncio.run(embed(load(PASSAGES), options.threads))


if __name__ == "__main__":
    main()
