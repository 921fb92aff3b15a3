"""Content made to exhaust time, memory or the stack, and what importing costs."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import suppress

import pytest

from neonhub.parsing import ParseError, chunk, parse_bytes

LARGE = {
    "deep div": ("<div>" * 200_000 + "x", "a.html"),
    "deep inline": ("<b><i>" * 100_000 + "x<p>" * 1000, "a.html"),
    "deep list": ("<ul><li>x" * 100_000, "a.html"),
    "nested below the limit": ("<div>" * 2_900 + "x" + "</div>" * 2_900, "a.html"),
    "nested tables": ("<table><tr><td>x" * 700, "a.html"),
    "attributes": ("<p " + " ".join(f"a{n}=1" for n in range(100_000)) + ">x", "a.html"),
    "open comment": ("<!--" * 200_000, "a.html"),
    "one line of words": ("word " * 200_000, "a.txt"),
    "one word": ("x" * 1_000_000, "a.txt"),
    "dots": ("." * 200_000, "a.txt"),
    "spaces": ("x" + " " * 2_000_000 + "y", "a.txt"),
    "full stops and spaces": (". " * 200_000, "a.txt"),
    "blank lines": ("x\n" + "\n \n" * 300_000 + "y", "a.txt"),
    "deep quotes": (">" * 50_000 + " x", "a.md"),
    "deep Markdown list": ("".join(" " * 2 * n + "- x\n" for n in range(200)), "a.md"),
    "brackets": ("[" * 10_000, "a.md"),
    "deep JSON": ("[" * 200_000, "a.json"),
    "wide CSV": (",".join(map(str, range(40_000))) + "\n" + "," * 40_000 + "x", "a.csv"),
    "quotes": ('"' * 100_001, "a.csv"),
    "deep RST": ("".join(" " * n + "x\n\n" for n in range(150)), "a.rst"),
}


@pytest.mark.parametrize(("text", "name"), LARGE.values(), ids=LARGE)
def test_hostile_content_ends_in_time(text: str, name: str) -> None:
    started = time.process_time()
    with suppress(ParseError):
        chunk(parse_bytes(text.encode(), name=name))
    # Each takes less than a second; what is quadratic takes minutes.
    assert time.process_time() - started < 10


def test_nesting_beyond_the_limit_is_named_with_its_line() -> None:
    page = "<p>x</p>\n" + "<div>" * 40_000
    with pytest.raises(ParseError, match=r"\(line 2\).*nested more than 3,000 deep"):
        parse_bytes(page.encode(), name="a.html")


def test_importing_the_package_imports_no_format_library() -> None:
    heavy = ["selectolax", "pypdfium2", "docx", "lxml", "markdown_it", "docutils", "orjson"]
    heavy += ["charset_normalizer", "numpy", "sqlalchemy", "psycopg"]
    code = f"import sys, neonhub.parsing; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
