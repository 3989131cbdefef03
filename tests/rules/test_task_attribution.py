"""Whose promotion a payment is put down to (D10), and what is taken back of it (D5)."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.promoters.rules import attribution as rules
from sluice.promoters.rules.attribution import CODE, COUPON, Candidate
from sluice.promoters.rules.offers import Attribution
from sluice.promoters.rules.payments import Refund, Refunds, shares, with_refund

PAID = datetime(2026, 3, 5, 8, tzinfo=UTC)
WEEK = 7 * 86_400


def click(member: str, hours_before: float, window: int = WEEK) -> Candidate:
    at = PAID - timedelta(hours=hours_before)
    return Candidate(member, at, 1, "pro", window_seconds=window)


def named(member: str, kind: str = CODE) -> Candidate:
    return Candidate(member, PAID, 2, "pro", kind)


LAST, FIRST = Attribution(), Attribution("first_click")
LINK_FIRST = Attribution(coupon_beats_link=False)


@pytest.mark.parametrize(
    ("contract", "candidates", "winner", "reason", "others"),
    [
        (LAST, [], None, "nobody-named", {}),
        (LAST, [click("ann", 5), click("ben", 2)], "ben", "last-click", {"ann": rules.LATER}),
        (FIRST, [click("ann", 5), click("ben", 2)], "ann", "first-click", {"ben": rules.EARLIER}),
        (FIRST, [click("ann", 169), click("ben", 2)], "ben", "first-click", {"ann": rules.OUTSIDE}),
        (LAST, [click("ann", 168)], "ann", "last-click", {}),
        (LAST, [click("ann", -1)], None, "nobody-holds", {"ann": rules.AFTER}),
        (LAST, [click("shop", 1), click("ann", 2)], "ann", "last-click", {"shop": rules.OWN}),
        (LAST, [click("ann", 1), named("ben")], "ben", "code", {"ann": rules.CODE_COUNTS}),
        (LINK_FIRST, [click("ann", 1), named("ben")], "ann", "last-click",
         {"ben": rules.LINK_COUNTS}),
        (LINK_FIRST, [click("ann", 200), named("ben")], "ben", "code", {"ann": rules.OUTSIDE}),
        (LAST, [named("ben"), named("eve", COUPON)], "eve", "coupon", {"ben": rules.CODE_COUNTS}),
        (LAST, [click("ann", 200), click("ann", 3), click("ben", 1)], "ben", "last-click",
         {"ann": rules.LATER}),
    ],
)  # fmt: skip
def test_one_counts_and_the_others_get_a_reason(
    contract: Attribution,
    candidates: Sequence[Candidate],
    winner: str | None,
    reason: str,
    others: dict[str, str],
) -> None:
    found = rules.attribute(contract, candidates, PAID, "shop")
    assert found.winner == next((c for c in reversed(candidates) if c.member_id == winner), None)
    assert (found.reason, found.others) == (reason, others)


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 400)), max_size=40))
def test_a_visitors_clicks_are_bounded_and_the_first_and_the_last_stay(
    followed: list[tuple[str, int]],
) -> None:
    clicks: tuple[Candidate, ...] = ()
    for member, hours in sorted(followed, key=lambda each: -each[1]):
        clicks = rules.with_click(clicks, click(member, hours))
    assert len(clicks) <= rules.MAX_CLICKS
    for contract in (FIRST, LAST):
        every = [click(member, hours) for member, hours in followed]
        kept = rules.attribute(contract, clicks, PAID, "shop")
        all_ = rules.attribute(contract, every, PAID, "shop")
        if contract is LAST or len(followed) <= rules.MAX_CLICKS:
            assert (kept.winner is None) == (all_.winner is None)
            assert not (kept.winner and all_.winner) or kept.winner.at == all_.winner.at


AMOUNT = st.integers(1, 10**12)


@given(AMOUNT, st.data())
def test_what_is_taken_back_adds_up_to_what_is_refunded_and_never_falls(
    amount: int, data: st.DataObject
) -> None:
    platform = data.draw(st.integers(0, amount))
    promoter = data.draw(st.integers(0, amount - platform))
    sides = {"platform": platform, "promoter": promoter, "merchant": amount - platform - promoter}
    before = dict.fromkeys(sides, 0)
    for refunded in sorted([*data.draw(st.lists(st.integers(0, amount), max_size=5)), amount]):
        taken = {}
        for side, share in shares(amount, platform, refunded).items():
            part, rest = divmod(sides[side] * share.refunded_minor, share.base_minor)
            taken[side] = part + (1 if rest and share.rounds_up else 0)
        assert sum(taken.values()) == refunded
        assert all(before[side] <= taken[side] <= sides[side] for side in sides)
        before = taken
    assert before == sides


REFUND = st.one_of(
    st.builds(Refund, amount_minor=st.integers(1, 1000)),
    st.builds(Refund, total_minor=st.integers(1, 1000)),
    st.just(Refund()),
)


@given(st.lists(REFUND, max_size=6), st.randoms(), st.integers(1, 2000))
def test_refunds_come_in_any_order_and_are_never_more_than_was_paid(
    refunds: list[Refund], random: st.DataObject, amount: int
) -> None:
    def told(order: list[Refund]) -> Refunds:
        found = Refunds()
        for each in order:
            after = with_refund(found, each)
            assert found.refunded(amount) <= after.refunded(amount) <= amount
            found = after
        return found

    shuffled = list(refunds)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert told(refunds) == told(shuffled)
