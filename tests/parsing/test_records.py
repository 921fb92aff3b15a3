"""CSV and JSON: each record a block of ``field: value`` lines."""

from __future__ import annotations

import pytest

from neonhub.parsing import ParsedRecord, chunk, parse_bytes
from neonhub.parsing.formats import json_records, tabular
from tests.parsing.samples import check_document


def records(data: str, name: str) -> list[str]:
    document = parse_bytes(data.encode(), name=name)
    check_document(document)
    return [block.text for block in document.blocks]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    rows = [["name", "note"], ["Ada", "likes a, b and c"], ["Max", "writes; often"]]
    text = "\r\n".join(delimiter.join(f'"{cell}"' for cell in row) for row in rows)
    assert records(text, "people.csv") == [
        "name: Ada\nnote: likes a, b and c",
        "name: Max\nnote: writes; often",
    ]
    document = parse_bytes(text.encode(), name="people.csv")
    assert document.title == "people"
    assert document.metadata["delimiter"] == delimiter
    assert document.metadata["columns"] == ["name", "note"]
    assert document.metadata["rows"] == 2


def test_odd_rows_and_missing_headers() -> None:
    assert records("a,b\n1\n\n,\n2,,3\n", "a.csv") == ["a: 1", "a: 2\ncolumn 3: 3"]
    assert records("1,2\n3,4\n", "a.csv") == [
        "column 1: 1\ncolumn 2: 2",
        "column 1: 3\ncolumn 2: 4",
    ]
    assert records('a,b\n"two\nlines",x\n', "a.csv") == ["a: two lines\nb: x"]
    assert records("a, b\tc\n1, 2\t3\n", "a.tsv") == ["a, b: 1, 2\nc: 3"]


def test_records_know_their_number_and_line() -> None:
    rows = list(tabular.records('a\n"x\ny"\n\nz\n', delimiter=",", name="a.csv"))
    assert rows == [ParsedRecord(1, 3, (("a", "x y"),)), ParsedRecord(2, 5, (("a", "z"),))]
    lines = list(json_records.records('{"a":1}\n\n{"a":2}', lines=True, name="a.jsonl"))
    assert [(record.number, record.line) for record in lines] == [(1, 1), (2, 3)]


def test_nested_json_is_flattened() -> None:
    line = '{"id": 7, "to": {"name": "Ada", "tags": ["a", "b"]}, "on": true, "x": null, '
    line += '"l": [{"k": 1.5}]}'
    expected = ["id: 7\nto.name: Ada\nto.tags: a, b\non: true\nl.k: 1.5"]
    assert records(line, "a.jsonl") == expected
    assert records(f"[{line}]", "a.json") == expected
    assert records('[1, "two"]', "a.json") == ["value: 1", "value: two"]


def test_one_object_names_its_document() -> None:
    assert parse_bytes(b'{"title": "Spring sale"}', name="a.json").title == "Spring sale"
    assert parse_bytes(b'[{"title": "One"}, {"title": "Two"}]', name="a.json").title == "a"


def test_deep_json_does_not_multiply() -> None:
    data = '{"a-rather-long-name":' * 400 + "1" + "}" * 400
    assert len(parse_bytes(data.encode(), name="a.json").text) < 200


def test_records_are_not_cut_while_they_fit() -> None:
    rows = "\n".join(f"{n},campaign {n} speaks of quiet hours and consent" for n in range(300))
    document = parse_bytes(f"id,note\n{rows}\n".encode(), name="a.csv")
    for piece in chunk(document, overlap_tokens=0):
        assert piece.text.startswith("id: ")
        assert piece.text.endswith("consent")
