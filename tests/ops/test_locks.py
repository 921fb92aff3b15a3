"""Being alone in a database: had by one at a time, and free as soon as the work has ended."""

from __future__ import annotations

import pytest

from neonhub.ops.locks import holder, only
from tests.databases import Database
from tests.factories.base import Conn


class Taken(Exception):
    """Somebody else holds it."""


def busy(conn: Conn, key: tuple[int, ...]) -> bool:
    try:
        with only(conn, *key, busy=Taken):
            return False
    except Taken:
        return True


@pytest.mark.parametrize("key", [(4711,), (4711, -1)])
def test_one_at_a_time_and_free_when_it_ends(database: Database, key: tuple[int, ...]) -> None:
    with database.admin() as one, database.admin() as other:
        with only(one, *key, busy=Taken):
            assert busy(other, key)
            if len(key) == 1:
                assert getattr(holder(other, key[0]), "pid", None) == one.info.backend_pid
        assert holder(other, key[0]) is None
        with pytest.raises(ZeroDivisionError), only(one, *key, busy=Taken):
            one.execute("SET ROLE neonhub_app")
            raise ZeroDivisionError
        assert not busy(other, key)


def test_of_a_connection_that_broke_the_first_error_is_told(database: Database) -> None:
    with (
        database.admin() as one,
        database.admin() as other,
        pytest.raises(ZeroDivisionError),
        only(one, 4711, busy=Taken),
    ):
        other.execute("SELECT pg_terminate_backend(%s)", [one.info.backend_pid])
        raise ZeroDivisionError
