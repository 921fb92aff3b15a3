"""Recall says what an exact scan says, and tuning reaches what it is asked to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neonhub.db.errors import InvalidInput
from neonhub.ops.vectors.maintain import maintain
from neonhub.ops.vectors.parts import Chosen, parts, record_route
from neonhub.ops.vectors.recall import interval, recall, tune
from tests.databases import Database
from tests.ops.vectors.rows import Place, vectors
from tests.ops.vectors.test_routes import exactly, search

Vectored = tuple[Database, Place, Place]


def test_recall_is_what_an_exact_scan_says(indexed: Vectored) -> None:
    database, large, _ = indexed
    with database.admin() as conn:
        good = recall(conn, Chosen(), questions=15)
        assert {(each.workspace, each.route) for each in good} == {
            ("large", "bits"),
            ("small", "scan"),
        }
        assert all(each.recall >= 0.99 and each.short == 0 for each in good)
        assert all(each.low <= each.recall <= each.high for each in good)
        # A graph that looks at next to nothing misses what is far, and it is seen.
        part = parts(conn, Chosen(workspace="large"))[0]
        record_route(conn, part, {**part.route, "width": 10, "ef": 1, "near": -1})
        (poor,) = recall(conn, Chosen(workspace="large"), questions=30, apart=True)
        assert (poor.width, poor.asked) == (10, "apart") and poor.recall < 0.99
        right = sum(
            len({one for one, _ in search(conn, large, each)} & set(exactly(conn, large, each)))
            for each in vectors(20, seed=9) - vectors(20, seed=10)
        )
        assert abs(right / 200 - poor.recall) < 0.25


def test_tuning_reaches_its_target_and_no_further(indexed: Vectored) -> None:
    database, _, _ = indexed
    with database.admin() as conn:
        (planned,) = tune(conn, Chosen(workspace="large"), questions=15, dry_run=True)
        assert "tuned" not in parts(conn, Chosen(workspace="large"))[0].route
        (done,) = tune(conn, Chosen(workspace="large"), questions=15)
        assert done.width == planned.width and done.tried[-1].recall >= 0.99
        assert all(each.recall < 0.99 for each in done.tried[:-1])
        assert parts(conn, Chosen(workspace="large"))[0].route["width"] == done.width
    # It outlives the index.
    assert maintain(database.admin_dsn, Chosen(), build_at=1000) == []


def test_nonsense_is_refused(vectored: Vectored) -> None:
    with vectored[0].admin() as conn:
        with pytest.raises(InvalidInput):
            recall(conn, Chosen(), questions=0)
        with pytest.raises(InvalidInput):
            tune(conn, Chosen(), target=1.5)


@given(st.floats(0, 1), st.integers(1, 1000))
def test_the_interval_holds_the_share(share: float, n: int) -> None:
    low, high = interval(share, n)
    assert 0 <= low <= share + 1e-9 and share - 1e-9 <= high <= 1
    wider = interval(share, max(1, n // 2))
    assert wider[1] - wider[0] >= high - low - 1e-9
