"""An index is taken at its word where it was found right, and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.types.json import Jsonb

from neonhub.db.nearest import VectorSearch
from neonhub.ops.vectors.judge import NEVER, Verdict, cheapest, cost, judged, nearest_trusted
from neonhub.ops.vectors.maintain import maintain
from neonhub.ops.vectors.parts import Chosen, Part, parts, record_route
from neonhub.ops.vectors.recall import recall
from tests.databases import Database
from tests.factories.base import Conn
from tests.ops.vectors.rows import Place, fill, place, vectors
from tests.ops.vectors.test_routes import exactly, index_of, scans, search

Vectored = tuple[Database, Place, Place]
CHUNKS: VectorSearch = Chosen("chunks").searches[0]


def large_part(conn: Conn) -> Part:
    return parts(conn, Chosen(workspace="large"))[0]


def test_what_is_far_is_scanned_and_what_is_near_is_not(indexed: Vectored) -> None:
    database, _, _ = indexed
    with database.admin() as conn:
        part = large_part(conn)
        # An index that looks at next to nothing finds what is near, and misses what is apart.
        poor = {k: v for k, v in part.route.items() if k != "near"}
        poor |= {"ef": 1, "width": 10, "tuned": 10}
        record_route(conn, part, poor)
        missed = recall(conn, Chosen(workspace="large"), questions=40, apart=True)[0].recall
        assert missed < 0.99
        verdict = judged(conn, CHUNKS, part, poor)
        assert verdict.width == 10 and verdict.scan_width >= 200
        assert large_part(conn).route == poor  # which leaves nothing behind
        record_route(conn, part, verdict.onto(poor))
        (found,) = recall(conn, Chosen(workspace="large"), questions=20, apart=True)
        # Which rows are asked is drawn: of two hundred nearest a few may be missed.
        assert (
            found.recall >= max(0.95, missed - 0.02) and found.asked == "apart" and found.short == 0
        )


@pytest.mark.parametrize(("near", "by_index"), [(-1, True), (NEVER, False), ("x", True)])
def test_how_near_decides_who_answers(indexed: Vectored, near: Any, by_index: bool) -> None:
    database, large, _ = indexed
    question = vectors(1, seed=9)[0]
    with database.admin() as conn:
        part = large_part(conn)
        route = {**part.route, "near": near, "ef": 1, "width": 10, "scan_width": 800}
        record_route(conn, part, route)
        before = scans(conn, index_of(database, large))
        found = [one for one, _ in search(conn, large, question, take=3)]
        assert len(found) == 3
        assert (found == exactly(conn, large, question, take=3)) or by_index
        assert scans(conn, index_of(database, large)) == before + (near != NEVER)


def test_what_is_near_is_found_by_the_narrow_look_alone(indexed: Vectored) -> None:
    database, large, _ = indexed
    own, strange = vectors(1)[0], vectors(1, seed=9)[0] - vectors(2, seed=10)[1]
    with database.admin() as conn:
        part = large_part(conn)
        (tenth,) = [s for _, s in search(conn, large, own)][-1:]
        looks = {"near": -1, "width": 100, "first": 50, "enough": tenth - 1e-6}
        record_route(conn, part, {**part.route, **looks})
        index = index_of(database, large)
        # Ten are settled by the fifty; of twenty-five a hundred are looked at, in the one look.
        for question, take, expected in ((own, 10, 1), (strange, 10, 2), (own, 25, 1)):
            before = scans(conn, index)
            found = [one for one, _ in search(conn, large, question, take=take)]
            assert scans(conn, index) - before == expected
            right = exactly(conn, large, question, take=take)
            assert len(set(found) & set(right)) >= take - 1


@pytest.mark.parametrize("name", ["near", "scan_width", "judged", "kind", "first", "enough"])
def test_a_tenants_nonsense_ends_no_search(indexed: Vectored, name: str) -> None:
    database, large, small = indexed
    assert [each.workspace for each in maintain(database.admin_dsn, Chosen(), build_at=10)] == [
        "small"
    ]
    with database.admin() as conn:
        for junk in ("1e400", "true", '"0.9"'):
            for each in (large, small):
                conn.execute(
                    "UPDATE embedding_spaces SET metadata = jsonb_set(metadata, "
                    "ARRAY['routes', 'chunks', %s], %s::jsonb) WHERE id = %s",
                    [name, junk, each.space],
                )
            assert len(search(conn, large, vectors(1)[0])) == 10
            assert len(search(conn, small, vectors(1)[0])) == 10
            # Maintenance takes it for not known.
            small_alone = Chosen(workspace="small")
            done = [step.action for step in maintain(database.admin_dsn, small_alone, build_at=10)]
            assert done in ([], ["recorded"])
            assert maintain(database.admin_dsn, small_alone, build_at=10) == []


NONSENSE = {
    "number": '{"routes": {"chunks": {"x": 1e5000}}}',
    "depth": '{"routes": {"chunks": {"x": ' + "[" * 3000 + "]" * 3000 + "}}}",
    "route": '{"routes": {"chunks": [1]}}',
    "null": '{"routes": null}',
    "list": '{"routes": ["x"]}',
    "text": '"x"',
    "array": "[1]",
}


def test_a_tenants_nonsense_holds_up_no_maintenance(indexed: Vectored) -> None:
    database, _, _ = indexed
    with database.admin() as conn:
        for name, metadata in NONSENSE.items():
            at = place(conn, name)
            fill(conn, at, vectors(12, seed=3))
            conn.execute(
                "UPDATE embedding_spaces SET metadata = %s::jsonb WHERE id = %s",
                [metadata, at.space],
            )
    done = maintain(database.admin_dsn, Chosen(), build_at=10)
    assert {(step.action, step.workspace) for step in done} == {
        ("built", name) for name in ("small", *NONSENSE)
    }
    assert maintain(database.admin_dsn, Chosen(), build_at=10) == []


def test_a_part_that_fails_keeps_no_other_from_its_index(
    indexed: Vectored, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, _, small = indexed
    with database.admin() as conn:
        fill(conn, place(conn, "other"), vectors(20, seed=4))

    def judged_but_one(conn: Any, search: Any, part: Part, route: Any) -> Any:
        if part.workspace_id == small.workspace:
            conn.execute("SELECT 1 / 0")
        return judged(conn, search, part, route)

    monkeypatch.setattr("neonhub.ops.vectors.maintain.judged", judged_but_one)
    done = {s.workspace: s for s in maintain(database.admin_dsn, Chosen(), build_at=10)}
    assert (done["small"].action, done["other"].action) == ("failed", "built")
    assert "division by zero" in done["small"].why
    monkeypatch.undo()
    done = {s.workspace: s for s in maintain(database.admin_dsn, Chosen(), build_at=10)}
    assert done["small"].action == "recorded"


def test_it_is_measured_again_when_a_tenth_of_the_rows_is_new(indexed: Vectored) -> None:
    database, large, _ = indexed
    with database.admin() as conn:
        first = large_part(conn).route
        assert -1 <= first["near"] < 1 and first["judged"] == 2605
        fill(conn, large, vectors(10, seed=5))
    (step,) = maintain(database.admin_dsn, Chosen(), build_at=1000)
    assert step.why == "its rows have changed"
    with database.admin() as conn:
        route = large_part(conn).route
        assert (route["judged"], route["rows"]) == (2605, 2615)
        fill(conn, large, vectors(300, seed=6))
    (step,) = maintain(database.admin_dsn, Chosen(), build_at=1000)
    assert "trusted" in step.why
    with database.admin() as conn:
        assert large_part(conn).route["judged"] == 2915


def test_an_index_judged_before_there_were_narrow_looks_is_judged_again(indexed: Vectored) -> None:
    database, _, _ = indexed
    with database.admin() as conn:
        part = large_part(conn)
        old = {name: v for name, v in part.route.items() if name not in ("first", "enough")}
        record_route(conn, part, old)
    (step,) = maintain(database.admin_dsn, Chosen(), build_at=1000)
    assert (step.action, step.why.partition(";")[0]) == (
        "recorded",
        "how far it holds is not known",
    )
    with database.admin() as conn:
        assert "enough" in large_part(conn).route
    assert maintain(database.admin_dsn, Chosen(), build_at=1000) == []


def test_rows_without_a_direction_are_no_questions(vectored: Vectored) -> None:
    database, large, _ = vectored
    with database.admin() as conn:
        # As another application may write them: this one refuses.
        conn.execute(
            "UPDATE chunks SET embedding = array_fill(0::real, ARRAY[1536])::vector "
            "WHERE workspace_id = %s AND idx < 300",
            [large.workspace],
        )
        conn.execute(
            "UPDATE embedding_spaces SET metadata = %s WHERE id = %s", [Jsonb({}), large.space]
        )
    maintain(database.admin_dsn, Chosen(), build_at=1000)
    with database.admin() as conn:
        assert -1 <= large_part(conn).route["near"] <= NEVER
        assert len(search(conn, large, vectors(1)[0])) == 10


SHARES = st.sampled_from([1.0] * 30 + [0.9, 0.5])
FOUND = st.lists(st.tuples(st.integers(-100, 100).map(lambda n: n / 100), SHARES), max_size=80)


@given(FOUND)
def test_it_trusts_nothing_that_was_not_found_right(found: list[tuple[float, float]]) -> None:
    near = nearest_trusted(found)
    trusted = [share for tenth, share in found if tenth >= near]
    if near != NEVER:
        assert len(trusted) >= 24 and sum(trusted) / len(trusted) >= 0.99 - 1e-9
        farthest = sorted(found, reverse=True)[: len(trusted)][-24:]
        assert sum(share for _, share in farthest) / 24 >= 0.99 - 1e-9
    assert nearest_trusted([(tenth, 1.0) for tenth, _ in found]) <= near


@given(st.lists(FOUND, min_size=4, max_size=4), st.sampled_from([1_000, 20_000, 500_000]))
def test_no_other_pair_of_looks_costs_less(
    found: list[list[tuple[float, float]]], rows: int
) -> None:
    by_width = dict(zip((50, 100, 200, 400), found, strict=True))
    nothing = Verdict(NEVER, 0, 200, rows, 0.0)
    chosen = cheapest(nothing, list(by_width), by_width.__getitem__)
    assert chosen.first is None or (chosen.first < chosen.width and chosen.enough >= chosen.near)
    for first, firsts in by_width.items():
        for width, wides in by_width.items():
            near = nearest_trusted(wides)
            other = Verdict(near, width, 200, rows, _share(wides, near))
            assert cost(chosen) <= cost(other) + 1e-6
            if first < width and near != NEVER:
                enough = max(near, nearest_trusted(firsts))
                pair = replace(other, first=first, enough=enough, settled=_share(firsts, enough))
                assert cost(chosen) <= cost(pair) + 1e-6


def _share(found: list[tuple[float, float]], near: float) -> float:
    return sum(tenth >= near for tenth, _ in found) / max(1, len(found))
