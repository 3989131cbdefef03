"""What may be granted, what a transfer moves, and cursors: no AWS."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.rewards import rules
from sluice.rewards.rules import Grant, Standing, State, reversals, transfers
from sluice.rewards.rules.reversals import Reversal
from sluice.rewards.rules.transfers import Transfer
from sluice.shared import cursors
from sluice.shared.errors import Invalid
from sluice.shared.fields import MAX_AMOUNT_MINOR

GOOD: dict[str, Any] = {
    "natural_key": "connected:c1",
    "owner_id": "lin",
    "amount_minor": 500,
    "currency": "CNY",
    "reason": "customer-connected",
}
AMOUNTS = st.integers(1, MAX_AMOUNT_MINOR)
TRANSFER_IDS = st.text("0123456789abcdefghjkmnpqrstvwxyz", min_size=26, max_size=26)


def standing(amount_minor: int = 500) -> Standing:
    return Standing(
        reward_id="r1",
        programme="referral",
        natural_key="connected:c1",
        owner_id="lin",
        amount_minor=amount_minor,
        currency="CNY",
        state=State.CLEARED,
        granted_at=datetime(2026, 3, 5, tzinfo=UTC),
    )


def whole(before: Standing) -> Standing:
    return reversals.taken_back(before, Reversal("r1"))


@pytest.mark.parametrize(
    "given_",
    [
        GOOD,
        GOOD | {"currency": "PTS"},
        GOOD | {"amount_minor": 1},
        GOOD | {"amount_minor": MAX_AMOUNT_MINOR},
        GOOD | {"owner_id": "a" * 64, "natural_key": "a" * 128},
        GOOD | {"programme": "member-get-member"},
    ],
)
def test_a_good_grant_has_no_faults(given_: dict[str, Any]) -> None:
    assert rules.faults(Grant(**given_)) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amount_minor", 0),
        ("amount_minor", -1),
        ("amount_minor", MAX_AMOUNT_MINOR + 1),
        ("amount_minor", 1.0),
        ("amount_minor", True),
        ("currency", "cny"),
        ("currency", "CN"),
        ("currency", "CNYY"),
        ("currency", "CNY\n"),
        ("natural_key", ""),
        ("natural_key", "a#b"),
        ("natural_key", "a" * 129),
        ("natural_key", "a\n"),
        ("owner_id", ""),
        ("owner_id", "a#b"),
        ("owner_id", "a" * 65),
        ("owner_id", "programme:referral"),
        ("programme", "Referral"),
        ("programme", "a:b"),
        ("reason", ""),
        ("reason", "because it was nice"),
    ],
)
def test_a_fault_is_named_by_its_field(field: str, value: Any) -> None:
    assert [name for name, _ in rules.faults(Grant(**GOOD | {field: value}))] == [field]


@given(AMOUNTS, TRANSFER_IDS)
def test_both_sides_of_a_transfer_add_up_to_zero(amount_minor: int, transfer_id: str) -> None:
    before = standing(amount_minor)
    for transfer in (
        transfers.granting(before, "why", transfer_id),
        transfers.reversing(before, whole(before), "why", transfer_id),
    ):
        debit, credit = transfers.legs(transfer)
        assert (debit.change_minor, credit.change_minor) == (-amount_minor, amount_minor)


@given(AMOUNTS, TRANSFER_IDS, TRANSFER_IDS)
def test_a_reversal_undoes_the_grant_account_by_account(
    amount_minor: int, first: str, second: str
) -> None:
    totals: dict[str, int] = {}
    before = standing(amount_minor)
    for transfer in (
        transfers.granting(before, "why", first),
        transfers.reversing(before, whole(before), "error", second),
    ):
        for leg in transfers.legs(transfer):
            totals[leg.account_id] = totals.get(leg.account_id, 0) + leg.change_minor
    assert totals == {"lin": 0, "programme:referral": 0}


def test_only_an_owner_who_is_debited_has_a_floor() -> None:
    granted = transfers.legs(transfers.granting(standing(), "why", "t"))
    taken = transfers.legs(transfers.reversing(standing(), whole(standing()), "error", "t"))
    assert [leg.has_floor for leg in granted] == [False, False]
    assert [leg.has_floor for leg in taken] == [True, False]


def test_a_transfer_to_the_same_account_is_an_error() -> None:
    loop = Transfer("t", "lin", "lin", 5, "CNY", "grant", "why", "referral", "r1")
    with pytest.raises(ValueError, match="two accounts"):
        transfers.legs(loop)


def test_system_accounts_are_spread_and_owners_are_not() -> None:
    shards = {
        transfers.legs(transfers.granting(standing(), "why", f"{number:026}"))[0].shard
        for number in range(500)
    }
    assert shards == set(range(rules.SYSTEM_SHARDS)) == set(rules.shards_of("programme:x"))
    assert transfers.legs(transfers.granting(standing(), "why", "t"))[1].shard is None
    assert rules.shards_of("lin") == [None]


@pytest.mark.parametrize(
    ("before", "after", "allowed"),
    [
        (State.PENDING, State.CLEARED, True),
        (State.PENDING, State.HELD, False),  # checks are made at the grant alone
        (State.HELD, State.REVERSED, True),
        (State.CLEARED, State.REVERSED, True),
        (State.CLEARED, State.PAID, False),
        (State.PAYABLE, State.REVERSED, False),  # its batch's total stands
        (State.PAYABLE, State.CLEARED, True),
        (State.PAID, State.REVERSED, True),
        (State.PAID, State.CLEARED, False),
    ],
)
def test_a_reward_moves_only_as_listed(before: State, after: State, *, allowed: bool) -> None:
    assert rules.may_move(before, after) is allowed


def test_nothing_leaves_reversed_and_nothing_stays() -> None:
    assert set(rules.MOVES) == set(State)
    assert rules.MOVES[State.REVERSED] == frozenset()
    assert not any(rules.may_move(state, state) for state in State)


@given(TRANSFER_IDS)
def test_a_cursor_is_read_back(transfer_id: str) -> None:
    cursor = cursors.cursor_of(transfer_id)
    assert cursors.place_in(cursor, rules.TRANSFER_ID) == transfer_id


@given(st.text(max_size=64))
def test_any_other_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(Invalid):
        cursors.place_in(cursor, rules.TRANSFER_ID)
