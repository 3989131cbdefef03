"""The rules of hold-out groups: who is in them, who converted, and what it proves (E6)."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.push.rules.conversions import has_converted, is_held_out, kinds_of, lift
from sluice.push.rules.judging import Behaviour
from tests.support.staff import NOW

DAY = timedelta(days=1)
END = NOW + 7 * DAY
USERS = [f"u-{n}" for n in range(10_000)]


def test_a_user_stays_in_their_group() -> None:
    group = {user for user in USERS if is_held_out("acme", "spring", user, 10)}
    assert group == {user for user in USERS if is_held_out("acme", "spring", user, 10)}
    assert group <= {user for user in USERS if is_held_out("acme", "spring", user, 20)}


@pytest.mark.parametrize("percent", [0, 1, 10, 50])
def test_the_group_is_as_large_as_is_wanted(percent: int) -> None:
    group = [user for user in USERS if is_held_out("acme", "spring", user, percent)]
    assert abs(len(group) - percent * 100) < 200


def test_strategies_hold_out_different_users() -> None:
    """Else the same tenth of all users would never be sent anything."""
    groups = [
        {user for user in USERS if is_held_out(organization, strategy, user, 10)}
        for organization, strategy in (("acme", "spring"), ("acme", "autumn"), ("beta", "spring"))
    ]
    for first, second in ((0, 1), (0, 2), (1, 2)):
        assert 20 < len(groups[first] & groups[second]) < 200


@pytest.mark.parametrize(
    ("behaviour", "converted"),
    [
        (Behaviour("bought", NOW), True),
        (Behaviour("bought", END), True),
        (Behaviour("bought", NOW - DAY), False),
        (Behaviour("bought", END + DAY), False),
        (Behaviour("opened", NOW), False),
        (Behaviour("bought", NOW, "spring"), True),
        (Behaviour("bought", NOW, "autumn"), False),
    ],
)
def test_a_conversion_is_what_counts_within_the_window(
    behaviour: Behaviour, *, converted: bool
) -> None:
    kinds = kinds_of({"bought": "converted", "opened": "seen"})
    assert has_converted([behaviour], kinds, "spring", NOW, END) is converted


def test_behaviour_that_names_content_counts_for_a_push_that_names_none() -> None:
    assert has_converted([Behaviour("bought", NOW, "autumn")], ["bought"], None, NOW, END)


@pytest.mark.parametrize(
    ("shares", "low", "high"),
    [
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((6, 7, 2, 7), 0.0582, 0.8062),
        ((5, 56, 0, 29), -0.0381, 0.1926),
        ((0, 10, 0, 20), -0.1611, 0.2775),
        ((0, 10, 0, 10), -0.2775, 0.2775),
        ((10, 10, 0, 20), 0.6791, 1.0),
        ((10, 10, 0, 10), 0.6075, 1.0),
    ],
)
def test_the_interval_is_the_published_one(
    shares: tuple[int, int, int, int], low: float, high: float
) -> None:
    """Newcombe, Statistics in Medicine 17 (1998), table II, method 10."""
    found = lift(*shares)
    assert found is not None
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


def test_without_one_of_the_groups_nothing_is_known() -> None:
    assert lift(0, 0, 3, 10) is None
    assert lift(3, 10, 0, 0) is None


@given(st.integers(1, 500), st.integers(1, 500), st.data())
def test_the_interval_holds_the_difference_and_stays_a_difference_of_shares(
    users: int, without: int, data: st.DataObject
) -> None:
    hits, hits_without = data.draw(st.integers(0, users)), data.draw(st.integers(0, without))
    found = lift(hits, users, hits_without, without)
    assert found is not None
    assert -1 - 1e-9 <= found.low <= found.difference <= found.high <= 1 + 1e-9
    other = lift(hits_without, without, hits, users)
    assert other is not None
    assert (-other.high, -other.low) == pytest.approx((found.low, found.high))
