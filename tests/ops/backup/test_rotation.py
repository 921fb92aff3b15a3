"""Which backups stay, whatever was taken when."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from neonhub.ops.backup.rotation import Rule, Taken, kept, moment_of

DAY = dt.datetime(2026, 11, 21, 2, tzinfo=dt.UTC)
rules = st.builds(Rule, *(st.integers(0, 5) for _ in range(4)))
moments = st.lists(
    st.integers(0, 400 * 24).map(lambda hours: DAY - dt.timedelta(hours=hours)),
    unique=True,
    max_size=40,
)


@st.composite
def histories(draw: st.DrawFn) -> list[Taken]:
    return [
        Taken(f"{at:%Y%m%dT%H%M%S%f}Z_n", at, draw(st.booleans()), draw(st.booleans()))
        for at in draw(moments)
    ]


@given(histories(), rules)
def test_the_newest_good_one_and_the_newest_proven_one_stay(taken: list[Taken], rule: Rule) -> None:
    stay = kept(taken, rule)
    newest = sorted((each for each in taken if each.good), key=lambda each: each.moment)
    assert stay <= {each.name for each in taken}
    if newest:
        assert newest[-1].name in stay
    if proven := [each for each in newest if each.verified]:
        assert proven[-1].name in stay
    if not newest:
        assert stay == {each.name for each in taken}


@given(histories(), rules)
def test_no_more_stay_than_are_asked_for(taken: list[Taken], rule: Rule) -> None:
    good = {each.name for each in taken if each.good}
    asked = rule.last + rule.daily + rule.weekly + rule.monthly
    stay = kept(taken, rule) & good
    assert stay == good if rule == Rule() else len(stay) <= max(asked, 1) + 1
    assert len(stay) >= min(rule.last, len(good))


@given(histories(), rules)
def test_what_stays_stays_when_it_is_asked_again(taken: list[Taken], rule: Rule) -> None:
    stay = kept(taken, rule)
    assert kept([each for each in taken if each.name in stay], rule) == stay


@given(histories(), rules, st.integers(0, 3))
def test_to_ask_for_more_takes_nothing_away(taken: list[Taken], rule: Rule, more: int) -> None:
    wider = Rule(rule.last + more, rule.daily + more, rule.weekly + more, rule.monthly + more)
    assert rule == Rule() or kept(taken, rule) <= kept(taken, wider)


def test_a_year_of_nights() -> None:
    nights = [Taken(str(n), DAY - dt.timedelta(days=n)) for n in range(365)]

    stay = kept(nights, Rule(daily=7, weekly=4, monthly=3))

    # Saturday the 21st: seven nights, the Sundays of the weeks before, the ends of two months.
    assert sorted(map(int, stay)) == [*range(7), 13, 20, 21, 52]


def test_the_name_says_when() -> None:
    assert moment_of("20261121T073651303485Z_neonhub") == dt.datetime(
        2026, 11, 21, 7, 36, 51, 303485, tzinfo=dt.UTC
    )
    for name in ("keep-me", "20261321T073651303485Z_neonhub", "20261121T073651303485Z_"):
        assert moment_of(name) is None
