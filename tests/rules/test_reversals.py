"""What is taken back of a reward by refunds, in part or whole: no AWS."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.rewards.rules import Standing, State, reversals, transfers
from sluice.rewards.rules.reversals import Reversal
from sluice.shared.fields import MAX_AMOUNT_MINOR

AMOUNTS = st.integers(1, MAX_AMOUNT_MINOR)
REVERSIBLE = (State.PENDING, State.HELD, State.CLEARED, State.PAID)


def standing(amount_minor: int, state: State = State.CLEARED, collected_minor: int = 0) -> Standing:
    return Standing(
        reward_id="r1",
        programme="referral",
        natural_key="order:1",
        owner_id="lin",
        amount_minor=amount_minor,
        currency="CNY",
        state=state,
        granted_at=datetime(2026, 3, 5, tzinfo=UTC),
        collected_minor=collected_minor,
    )


@pytest.mark.parametrize(
    ("amount", "refunded", "base", "down", "up"),
    [
        (100, 0, 3, 0, 0),
        (100, 1, 3, 33, 34),
        (100, 2, 3, 66, 67),
        (100, 3, 3, 100, 100),
        (1, 999, 1000, 0, 1),
        (10**12, 1, 10**12, 1, 1),
    ],
)
def test_a_share_is_rounded_by_one_rule(
    amount: int, refunded: int, base: int, down: int, up: int
) -> None:
    assert reversals.share_of(amount, Reversal("r1", refunded, base)) == down
    assert reversals.share_of(amount, Reversal("r1", refunded, base, rounds_up=True)) == up


@given(
    AMOUNTS,
    st.integers(0, MAX_AMOUNT_MINOR),
    st.sampled_from(REVERSIBLE),
    st.integers(0, MAX_AMOUNT_MINOR),
    st.lists(st.integers(0, 40), max_size=6),
)
def test_refunds_in_any_order_end_at_exactly_nothing(
    amount: int, collected: int, state: State, base: int, refunds: list[int]
) -> None:
    base += 1
    rounds_up = len(refunds) % 2 == 0
    before = standing(amount, state, min(collected, amount) if state not in REVERSIBLE[:2] else 0)
    totals: dict[str, tuple[int, int, int]] = {}
    for refunded in [*(min(base, base * part // 40) for part in refunds), base]:
        after = reversals.taken_back(before, Reversal("r1", refunded, base, rounds_up))
        assert after.reversed_minor >= before.reversed_minor
        assert after.collected_minor <= after.left_minor or state is State.PAID
        if after != before:
            transfer = transfers.reversing(before, after, "refund", "t")
            for leg in transfers.legs(transfer):
                held, pending, owed = totals.get(leg.account_id, (0, 0, 0))
                totals[leg.account_id] = (
                    held + leg.change_minor,
                    pending + leg.pending_minor,
                    owed + leg.owed_minor,
                )
        before = after
    assert (before.state, before.left_minor) == (State.REVERSED, 0)
    first = standing(amount, state, min(collected, amount))
    expected = {
        State.PENDING: (0, -amount, 0),
        State.HELD: (0, -amount, 0),
        State.CLEARED: (-transfers.due_of(first), 0, -first.collected_minor),
        State.PAID: (0, 0, -amount),
    }[state]
    assert totals["lin"] == expected


@given(st.integers(0, MAX_AMOUNT_MINOR), AMOUNTS, st.integers(0, 2 * MAX_AMOUNT_MINOR))
def test_two_shares_of_a_payment_go_back_as_exactly_what_is_refunded(
    one: int, other: int, refunded: int
) -> None:
    payment = one + other
    refunded %= payment + 1
    down = reversals.share_of(one, Reversal("r1", refunded, payment))
    up = reversals.share_of(other, Reversal("r2", refunded, payment, rounds_up=True))
    assert down + up == refunded


def test_what_was_taken_back_stays_so_and_a_reversal_has_bounds() -> None:
    half = reversals.taken_back(standing(500), Reversal("r1", 1, 2))
    assert (half.reversed_minor, half.state, half.left_minor) == (250, State.CLEARED, 250)
    assert reversals.taken_back(half, Reversal("r1", 1, 3)) == half
    debtor = replace(half, collected_minor=200)
    assert reversals.taken_back(debtor, Reversal("r1", 7, 10)).collected_minor == 150
    assert reversals.faults(Reversal("r1", 0, 1)) == []
    for refunded, base in ((2, 1), (-1, 1), (0, 0)):
        assert reversals.faults(Reversal("r1", refunded, base))
