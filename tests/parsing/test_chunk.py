"""Chunks as a reader of search results sees them."""

from __future__ import annotations

from itertools import pairwise

import pytest

from neonhub.parsing import chunk, parse_bytes

SENTENCES = [f"Sentence number {n} speaks of campaigns and of quiet hours." for n in range(60)]


def markdown(text: str, **sizes: int) -> list[tuple[tuple[str, ...], str]]:
    document = parse_bytes(text.encode(), name="guide.md")
    return [(piece.heading_path, piece.text) for piece in chunk(document, **sizes)]


def section(level: int, name: str, sentences: int) -> str:
    return f"{'#' * level} {name}\n\n{' '.join(SENTENCES[:sentences])}\n\n"


def test_sections_are_kept_apart_with_their_path_in_place_of_the_heading() -> None:
    text = "# Guide\n\n" + section(2, "Email", 8) + section(2, "SMS", 8) + section(3, "Costs", 8)
    assert markdown(text) == [
        (("Guide", "Email"), " ".join(SENTENCES[:8])),
        (("Guide", "SMS"), " ".join(SENTENCES[:8])),
        (("Guide", "SMS", "Costs"), " ".join(SENTENCES[:8])),
    ]


def test_tiny_sections_of_one_parent_are_joined_and_keep_their_headings() -> None:
    text = "# Guide\n\n" + section(2, "Email", 1) + section(2, "SMS", 1) + section(2, "Push", 15)
    first, second = markdown(text)
    assert first == (("Guide",), f"Email\n\n{SENTENCES[0]}\n\nSMS\n\n{SENTENCES[0]}")
    assert second == (("Guide", "Push"), " ".join(SENTENCES[:15]))


def test_tiny_sections_of_different_parents_are_not_joined() -> None:
    text = "# Guide\n\n" + section(2, "Email", 8) + section(3, "Costs", 1) + section(2, "SMS", 6)
    paths = [path for path, _ in markdown(text, target_tokens=112)]
    assert paths == [("Guide", "Email"), ("Guide", "Email", "Costs"), ("Guide", "SMS")]


def test_a_chunk_begins_with_whole_sentences_of_the_one_before() -> None:
    chunks = [text for _, text in markdown("# Guide\n\n" + " ".join(SENTENCES[:40]))]
    assert len(chunks) > 2
    for before, after in pairwise(chunks):
        shared = [s for s in SENTENCES if s in before and s in after]
        assert shared
        assert after.startswith(shared[0])
        assert before.endswith(shared[-1])
    assert all(text.startswith("Sentence") and text.endswith(".") for text in chunks)


def test_there_is_no_overlap_between_sections() -> None:
    text = "# Guide\n\n" + section(2, "Email", 40) + "## SMS\n\n" + "Other words. " * 60
    paths = {path[-1]: body for path, body in reversed(markdown(text))}
    assert paths["SMS"].startswith("Other words.")


def test_code_is_cut_at_line_ends_only() -> None:
    lines = [f"    value_{n} = compute({n})" for n in range(200)]
    chunks = markdown("# Guide\n\n```python\n" + "\n".join(lines) + "\n```\n")
    assert len(chunks) > 3
    assert [line for _, text in chunks for line in text.splitlines()] == lines


def test_a_table_that_goes_on_repeats_its_header_row() -> None:
    rows = [f"| channel {n} | {n} messages a day |" for n in range(150)]
    chunks = markdown("# Guide\n\n| Channel | Limit |\n|---|---|\n" + "\n".join(rows))
    assert len(chunks) > 3
    assert all(text.startswith("Channel | Limit\nchannel ") for _, text in chunks)


def test_a_line_that_announces_goes_with_what_it_announces() -> None:
    code = "\n".join(f"step_{n}()" for n in range(40))
    text = f"# Guide\n\n{' '.join(SENTENCES[:14])}\n\nFor example:\n\n```\n{code}\n```\n"
    first, second = [body for _, body in markdown(text)]
    assert not first.endswith(":")
    assert second.endswith(f"For example:\n\n{code}")


def test_a_long_list_item_is_cut_between_sentences() -> None:
    chunks = markdown("# Guide\n\n- " + " ".join(SENTENCES), overlap_tokens=0)
    assert len(chunks) > 2
    assert all(text.endswith("quiet hours.") for _, text in chunks)


def test_no_crumb_is_left_at_the_end_of_a_section() -> None:
    chunks = markdown("# Guide\n\n" + " ".join(SENTENCES[:16]) + "\n\n" + SENTENCES[16])
    assert [text.endswith(SENTENCES[16]) for _, text in chunks] == [True]


def test_a_heading_of_a_paragraphs_length_is_text() -> None:
    long = "This heading never ends " * 20
    (path, text), *_ = markdown(f"# Guide\n\n## {long}\n\nBody.")
    assert path == ("Guide",)
    assert long.strip() in text


def test_a_word_without_end_is_cut_at_the_maximum() -> None:
    document = parse_bytes(b"x" * 100_000, name="blob.txt")
    chunks = chunk(document)
    assert max(piece.token_count for piece in chunks) <= 220
    assert "".join(piece.text for piece in chunks) == document.text


def test_an_unchanged_section_keeps_its_hash_when_another_changes() -> None:
    before = "# Guide\n\n" + section(2, "Email", 8) + section(2, "SMS", 8)
    after = before.replace("## SMS\n\n", "## SMS\n\nA new sentence. ")
    old, new = (
        {p.content_hash for p in chunk(parse_bytes(text.encode(), name="guide.md"))}
        for text in (before, after)
    )
    assert len(old & new) == 1
    assert len(new - old) == 1


@pytest.mark.parametrize(
    ("target", "overlap", "maximum"), [(0, 0, 10), (10, 10, 20), (20, 5, 10), (10, -1, 20)]
)
def test_impossible_sizes_are_refused(target: int, overlap: int, maximum: int) -> None:
    document = parse_bytes(b"text", name="a.txt")
    with pytest.raises(ValueError, match="chunk sizes"):
        chunk(document, target_tokens=target, overlap_tokens=overlap, max_tokens=maximum)
