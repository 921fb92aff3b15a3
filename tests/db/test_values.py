"""Ids, pages, sealed values, errors: what they promise, for any input."""

from __future__ import annotations

import contextlib
import os
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neonhub.db.crypto import Place, SealBroken, Sealer, is_sealed
from neonhub.db.errors import ConfigurationError, DuplicateKey, InvalidInput, NotFound
from neonhub.db.ids import CUID_LENGTH, cuid, deterministic_cuid, is_cuid
from neonhub.db.paging import after_key, bounded, page_of


def test_ids_sort_in_the_order_of_their_making() -> None:
    made = [cuid() for _ in range(5000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)
    assert all(is_cuid(each) and len(each) == CUID_LENGTH for each in made)


def test_the_databases_ids_have_the_same_form(shared_database: object) -> None:
    with shared_database.connect() as conn:  # type: ignore[attr-defined]
        made = [conn.execute("SELECT neonhub.cuid()").fetchone()[0] for _ in range(20)]
    assert all(is_cuid(each) for each in made)
    assert len(set(made)) == 20
    # The first eight digits are the time: an id of the client's made now begins alike.
    assert cuid()[:5] == made[-1][:5]


@given(st.lists(st.text(), min_size=1))
def test_deterministic_ids_are_ids_and_sort_before_real_ones(parts: list[str]) -> None:
    made = deterministic_cuid(*parts)
    assert is_cuid(made)
    assert made == deterministic_cuid(*parts)
    assert made < cuid()


@given(st.lists(st.text(min_size=1), unique=True).map(sorted), st.integers(1, 7))
def test_pages_give_every_item_once(items: list[str], limit: int) -> None:
    seen: list[str] = []
    cursor = None
    while True:
        after = after_key(cursor)
        page = page_of([i for i in items if i > after][: limit + 1], limit, lambda i: i)
        seen += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == items


@given(st.text(max_size=40))
def test_a_strange_cursor_is_refused_clearly(cursor: str) -> None:
    with contextlib.suppress(InvalidInput):
        assert isinstance(after_key(cursor), str)


@pytest.mark.parametrize("limit", [0, -1, 201])
def test_a_page_has_bounds(limit: int) -> None:
    with pytest.raises(InvalidInput, match="limit"):
        bounded(limit)


PLACE = Place("credentials", "access_token", "c1")


@given(st.text())
def test_a_sealed_value_opens_in_its_place(plain: str) -> None:
    sealer = Sealer({"k1": bytes(32)})
    sealed = sealer.seal(plain, PLACE)
    assert is_sealed(sealed)
    assert sealer.open(sealed, PLACE) == plain
    assert sealer.seal(plain, PLACE) != sealed


@pytest.mark.parametrize(
    "place",
    [
        Place("credentials", "access_token", "c2"),
        Place("credentials", "refresh_token", "c1"),
        Place("accounts", "access_token", "c1"),
    ],
)
def test_a_sealed_value_opens_nowhere_else(place: Place) -> None:
    sealer = Sealer({"k1": os.urandom(32)})
    with pytest.raises(SealBroken, match=place.column):
        sealer.open(sealer.seal("secret", PLACE), place)


@given(st.integers(min_value=0), st.integers(1, 63))
def test_any_change_to_a_sealed_value_is_noticed(place: int, by: int) -> None:
    sealer = Sealer({"k1": bytes(32)})
    sealed = sealer.seal("secret", PLACE)
    start = len("nh1.k1.")
    at = start + place % (len(sealed) - 1 - start)
    digits = string.ascii_letters + string.digits + "-_"
    other = digits[(digits.index(sealed[at]) + by) % 64]
    with pytest.raises(SealBroken):
        sealer.open(sealed[:at] + other + sealed[at + 1 :], PLACE)


def test_keys_rotate() -> None:
    old, new = os.urandom(32), os.urandom(32)
    sealed = Sealer({"old": old}).seal("secret", PLACE)
    both = Sealer({"new": new, "old": old})
    assert both.open(sealed, PLACE) == "secret"
    assert not both.is_current(sealed)
    with pytest.raises(SealBroken, match="'old' is not among"):
        Sealer({"new": new}).open(sealed, PLACE)


def test_keys_are_needed_and_never_shown() -> None:
    with pytest.raises(ConfigurationError, match="ENCRYPTION_KEYS"):
        Sealer({})
    with pytest.raises(ConfigurationError, match="32 bytes"):
        Sealer({"k": b"short"})
    assert "secret-key-material" not in repr(Sealer({"k": b"secret-key-material-secret-key-m"}))


def test_an_errors_docstring_is_its_message() -> None:
    error = NotFound(what="dataset", key="x")
    assert str(error) == "There is no dataset 'x'."
    assert error.to_dict() == {
        "code": "not_found",
        "message": "There is no dataset 'x'.",
        "details": {"what": "dataset", "key": "x"},
    }
    assert DuplicateKey(table="datasets", columns=("a", "b")).columns == ("a", "b")
