"""`neonhub vectors …`, as an operator types them."""

from __future__ import annotations

from pathlib import Path

from tests.cli.homes import Home


def test_searched_by_an_index_of_its_own(empty_home: Home, tmp_path: Path) -> None:
    home = empty_home
    (tmp_path / "one.md").write_text("# Bees\n\nThe queen lays two thousand eggs a day.\n")
    home.run("ingest", str(tmp_path), "--dataset", "bees")

    (part,) = home.json("vectors", "status", "--table", "chunks")["parts"]
    assert (part["rows"], part["route"], part["index"]) == (1, "scan", None)
    assert home.json("vectors", "maintain", "--build-at", "1")[0]["action"] == "built"
    (part,) = home.json("vectors", "status", "--table", "chunks")["parts"]
    assert part["route"] == "bits"
    (found,) = home.json("vectors", "recall", "--at-least", "0.99", "--questions", "1")
    assert (found["recall"], found["short"]) == (1.0, 0)
    assert home.json("vectors", "tune")[0]["width"] == 100


def test_what_is_wrong_is_said(home: Home) -> None:
    wrong = home.run("vectors", "status", "--table", "people")
    assert wrong.returncode != 0 and "agent_memories, brand_voice_embeddings" in wrong.stderr
    nobody = home.run("vectors", "recall", "--workspace", "nobody")
    assert nobody.returncode == 2 and "none called 'nobody'" in nobody.stderr
    moved = home.run("vectors", "reembed", "--workspace", "primary", "--to", "no/such/1")
    assert "has no space 'no/such/1'" in moved.stderr and "NEONHUB_EMBEDDER" in moved.stderr
