"""HTML: the text that a reader came for, in blocks, with its words apart."""

from __future__ import annotations

import pytest

from neonhub.parsing import parse_bytes
from tests.parsing.samples import check_document, shape


def blocks(body: str) -> list[tuple[str, int, str]]:
    document = parse_bytes(f"<html><body>{body}</body></html>".encode(), name="page.html")
    check_document(document)
    return shape(document)


def test_headings_paragraphs_and_code() -> None:
    page = """
      <h1>Quiet <em>hours</em> ¶</h1><p>No   SMS
      at <b>night</b>.</p>loose<div>boxed</div>tail
      <pre>\n  if night:\n      wait()\n</pre><h3>Why</h3>"""
    assert blocks(page) == [
        ("heading", 1, "Quiet hours"),
        ("text", 0, "No SMS at night."),
        ("text", 0, "loose"),
        ("text", 0, "boxed"),
        ("text", 0, "tail"),
        ("code", 0, "  if night:\n      wait()"),
        ("heading", 3, "Why"),
    ]


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("un<b>believ</b>able", "unbelievable"),
        ("one <i>two</i> three", "one two three"),
        ("one<i> two </i>three", "one two three"),
        ("one&nbsp;two", "one two"),
        ("one<br>two <br/> three", "one\ntwo\nthree"),
        ("<code>a</code>, <code>b</code>", "a, b"),
        ("say <span>“<span>yes</span>”</span>.", "say “yes”."),
        ("x<sup>2</sup> &lt; &amp; &#8212;", "x2 < & —"),
        ("shared_&#8203;buffers", "shared_buffers"),
        ("NUL &#0; surrogate &#xD800;", "NUL \ufffd surrogate \ufffd"),
    ],
)
def test_spacing_is_what_a_browser_shows(markup: str, text: str) -> None:
    assert blocks(f"<p>{markup}</p>") == [("text", 0, text)]


@pytest.mark.parametrize(
    "junk",
    [
        "<script>var x = '<p>no</p>'</script>",
        "<style>p { color: red }</style>",
        "<nav><ul><li>Home</li></ul></nav>",
        "<header>Site name</header>",
        "<footer>Imprint</footer>",
        "<aside>Advertisement</aside>",
        "<!-- a comment -->",
        "<template><p>no</p></template>",
        "<noscript>Switch it on</noscript>",
        "<form><select><option>One</option></select><button>Go</button></form>",
        '<div class="navheader"><table><tr><td>Prev</td></tr></table></div>',
        '<div class="navfooter"><table><tr><td>Next</td></tr></table></div>',
        '<div class="book toc"><dl><dt>1. Chapter</dt></dl></div>',
        '<div role="navigation">Home</div>',
    ],
)
def test_the_furniture_of_a_page_is_left_out(junk: str) -> None:
    assert blocks(f"<p>before</p>{junk}<p>after</p>") == [
        ("text", 0, "before"),
        ("text", 0, "after"),
    ]


def test_an_articles_own_header_is_kept() -> None:
    page = "<header>Site</header><article><header><h1>Title</h1></header><p>Body</p></article>"
    assert blocks(page) == [("heading", 1, "Title"), ("text", 0, "Body")]


def test_a_page_of_nothing_but_contents_keeps_them() -> None:
    assert blocks('<div class="toc"><ul><li>Part one</li></ul></div>') == [
        ("list", 0, "- Part one")
    ]


def test_lists_keep_their_nesting_and_numbers() -> None:
    page = """<ul><li>one</li><li><p>two</p><ol><li>first</li><li>second<p>more</p></li></ol></li>
      <li>three</li></ul>"""
    assert blocks(page) == [
        ("list", 0, "- one"),
        ("list", 0, "- two\n  1. first\n  2. second\n    more"),
        ("list", 0, "- three"),
    ]


def test_a_term_stays_with_its_definition() -> None:
    page = """<dl><dt>work_mem</dt><dd><p>Memory of a sort.</p><p>Default 4MB.</p></dd>
      <dt>a</dt><dt>b</dt><dd>Either.</dd></dl>"""
    assert blocks(page) == [
        ("list", 0, "work_mem\n  Memory of a sort.\n  Default 4MB."),
        ("list", 0, "a\nb\n  Either."),
    ]


def test_code_in_a_list_keeps_its_lines() -> None:
    page = "<ul><li>Run<pre>make\n  test</pre>then wait</li><li>Done</li></ul>"
    assert blocks(page) == [
        ("list", 0, "- Run"),
        ("code", 0, "make\n  test"),
        ("list", 0, "then wait"),
        ("list", 0, "- Done"),
    ]


def test_tables_are_rows_of_cells() -> None:
    page = """<table><caption>Limits</caption><thead><tr><th>Channel</th><th>A day</th></tr></thead>
      <tbody><tr><td><p>SMS</p><p>and MMS</p></td><td>3</td></tr><tr><td>Email</td><td></td></tr>
      </tbody></table>"""
    assert blocks(page) == [
        ("text", 0, "Limits"),
        ("table", 0, "Channel | A day\nSMS — and MMS | 3\nEmail |"),
    ]


def test_a_table_that_lays_out_the_page_is_no_table() -> None:
    inner = "<table><tr><td>a</td><td>b</td></tr></table>"
    page = f"<table><tr><td>Menu</td><td><h1>Title</h1><p>Body</p>{inner}</td></tr></table>"
    assert blocks(page) == [
        ("text", 0, "Menu"),
        ("heading", 1, "Title"),
        ("text", 0, "Body"),
        ("table", 0, "a | b"),
    ]


def test_a_box_is_no_section() -> None:
    page = '<div class="note"><h3>Note</h3><p>Mind the gap.</p></div><p>Next.</p>'
    assert blocks(page) == [("text", 0, "Note: Mind the gap."), ("text", 0, "Next.")]


@pytest.mark.parametrize(
    ("page", "title"),
    [
        ("<title>Of the\n head</title><h1>Of the page</h1>", "Of the head"),
        ("<title> </title><h2>Second</h2><h1>First</h1>", "First"),
        ("<p>Text</p><h3>Third</h3>", "Third"),
        ("<p>Text</p>", "page"),
    ],
)
def test_the_title_is_the_best_there_is(page: str, title: str) -> None:
    assert parse_bytes(page.encode() + b"<p>x</p>", name="docs/page.html").title == title


def test_metadata_of_the_head() -> None:
    page = b"""<html lang="en"><head><meta name="Author" content="A. Writer">
      <meta name="viewport" content="no"></head><p>Text</p></html>"""
    document = parse_bytes(page, name="a.html")
    assert document.metadata == {"encoding": "utf-8", "author": "A. Writer", "language": "en"}
