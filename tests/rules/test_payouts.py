"""Payouts: what a batch may become, who gets too little, what is shown: no AWS."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.rewards.rules.payouts import Order, Status, is_enough, shown, way_to

CLAIMING, READY, CANCELLING, CANCELLED = Status


@pytest.mark.parametrize(
    ("wanted", "status", "paid_rows", "way"),
    [
        (READY, CLAIMING, 0, CLAIMING),
        (READY, CANCELLING, 0, None),
        (READY, CANCELLED, 0, None),
        (CANCELLED, CLAIMING, 0, CANCELLING),
        (CANCELLED, READY, 0, CANCELLING),
        (CANCELLED, READY, 1, None),
        (CANCELLED, CANCELLING, 0, CANCELLING),
    ],
)
def test_a_batch_is_brought_where_it_may_go(
    wanted: Status, status: Status, paid_rows: int, way: Status | None
) -> None:
    assert way_to(wanted, status, paid_rows) is way


@given(st.integers(1, 10**12), st.lists(st.integers(0, 10**12), max_size=30))
def test_the_minimum_is_of_all_that_an_owner_would_get(minimum: int, dues: list[int]) -> None:
    order = Order("CNY", minimum)
    assert is_enough(order, dues) == (sum(dues) >= minimum)
    assert not is_enough(order, [0] * len(dues)), "nothing is never enough"


@pytest.mark.parametrize(
    ("status", "open_rows", "seen"),
    [
        (CLAIMING, 0, "claiming"),
        (READY, 1, "ready"),
        (READY, 0, "settled"),
        (CANCELLING, 0, "cancelling"),
        (CANCELLED, 0, "cancelled"),
    ],
)
def test_a_batch_is_settled_when_nothing_is_open(status: Status, open_rows: int, seen: str) -> None:
    assert shown(status, open_rows) == seen
