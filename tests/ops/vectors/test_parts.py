"""What a tenant writes into its own routes keeps nobody else's from being looked after."""

from __future__ import annotations

import pytest
from psycopg.types.json import Jsonb

from neonhub.ops.vectors.maintain import maintain
from neonhub.ops.vectors.parts import Chosen
from neonhub.ops.vectors.recall import recall
from neonhub.ops.vectors.status import status
from tests.databases import Database
from tests.ops.vectors.rows import Place

Vectored = tuple[Database, Place, Place]


@pytest.mark.parametrize(
    "routes",
    [7, {"chunks": 7}, {"chunks": "index"}, {"chunks": {"width": "abc"}},
     {"chunks": {"width": 999999999999}}, {"chunks": {"width": -1, "ef": True}},
     {"chunks": {"index": 1, "rows": "many", "groups": 3, "probes": "x'"}}],
    ids=str,
)  # fmt: skip
def test_what_is_no_route_is_none(indexed: Vectored, routes: object) -> None:
    database, _, small = indexed
    with database.connect() as app:
        app.execute("SELECT set_config('neonhub.workspace_id', %s, false)", [small.workspace])
        app.execute(
            "UPDATE embedding_spaces SET metadata = %s WHERE id = %s",
            [Jsonb({"routes": routes}), small.space],
        )
    with database.admin() as conn:
        assert {each.workspace: each.route for each in status(conn, Chosen()).parts} == {
            "large": "bits",
            "small": "scan",
        }
        found = {each.workspace: each for each in recall(conn, Chosen(), questions=3)}
        assert found["small"].recall == 1.0 and found["small"].width == 200
        assert found["large"].recall >= 0.9
    assert maintain(database.admin_dsn, Chosen(), build_at=1000) == []
    assert [step.workspace for step in maintain(database.admin_dsn, Chosen(), build_at=10)] == [
        "small"
    ]
