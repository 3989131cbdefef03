"""Rewards taken back in parts by refunds, in each state, on moto."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

import pytest

from sluice.rewards.refusals import BalanceTooLow, RewardNotReversible
from sluice.rewards.rules import Grant, Standing, State
from sluice.rewards.rules.checks import Verdict
from sluice.rewards.rules.programmes import Cap, Programme
from sluice.rewards.rules.reversals import Reversal
from sluice.rewards.store import grants, items, moves, programmes, reversals
from sluice.rewards.store.reversals import Why
from sluice.rewards.tables import Reward
from sluice.shared.claims import ClaimItem
from sluice.shared.errors import Invalid, NotFound
from sluice.shared.guard import Transaction
from sluice.shared.outbox import OutboxItem
from tests.support.aws import items_of, local_aws
from tests.support.requests import recorded
from tests.support.rewards import assert_books_balance, columns, stored
from tests.support.staff import NOW

FOREVER = float("inf")
GIVEN = Grant("order:1", "lin", 500, "CNY", "commission", "shop")
HOLD = Programme("shop", hold_seconds=3600)
LATER = NOW + timedelta(hours=1)
REFUND = Why("refund")


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with local_aws():
        yield
        assert_books_balance()


def grant(
    given: Grant = GIVEN, programme: Programme | None = None, reasons: Sequence[str] = ()
) -> str:
    verdicts = [Verdict(tuple(reasons))]
    return grants.grant("acme", given, NOW, programme=programme, judge=lambda _: verdicts)[
        0
    ].reward_id


def refund(reward_id: str, refunded: int, base: int = 3) -> Standing:
    return reversals.reverse_together("acme", [Reversal(reward_id, refunded, base)], REFUND, NOW)[0]


def move(reward_id: str, *steps: str) -> None:
    for step in steps:
        transaction, reward = Transaction(), found(reward_id)
        if step == "claim":
            moves.add_claim(transaction, "acme", reward, "p1")
        elif step == "release":
            moves.add_release(transaction, "acme", reward)
        else:
            moves.add_payments(transaction, "acme", [reward], NOW)
        transaction.commit()


def found(reward_id: str) -> Reward:
    reward = items.find_reward("acme", reward_id)
    assert reward is not None
    return reward


def account(owner: str = "lin") -> tuple[int, int, int]:
    """Return what an owner holds, has pending and owes."""
    return columns().get((f"acme#{owner}", "CNY"), (0, 0, 0))


def told() -> list[str]:
    return sorted(str(each.type) for each in items_of(OutboxItem) if isinstance(each, OutboxItem))


def test_a_pending_reward_shrinks_and_the_rest_of_it_clears() -> None:
    reward_id = grant(programme=HOLD)
    assert refund(reward_id, 1).left_minor == 334
    assert (account(), found(reward_id).state) == ((0, 334, 0), "pending")
    moves.sweep(LATER, FOREVER)
    assert account() == (334, 0, 0)
    assert refund(reward_id, 2).left_minor == 167
    assert refund(reward_id, 3).state is State.REVERSED
    assert account() == (0, 0, 0)
    assert told() == [
        "reward.cleared.v1",
        "reward.granted.v1",
        *["reward.reduced.v1"] * 2,
        "reward.reversed.v1",
    ]


def test_a_held_reward_stays_held_and_what_is_left_of_it_is_decided() -> None:
    reward_id = grant(reasons=["velocity"])
    assert refund(reward_id, 2).state is State.HELD
    assert found(reward_id).queue is not None
    moves.approve("acme", reward_id, "looked-at", "boss", NOW)
    assert account() == (167, 0, 0)
    other = grant(
        replace(GIVEN, natural_key="order:2"), Programme("shop", review_seconds=60), ["velocity"]
    )
    refund(other, 1)
    moves.sweep(LATER, FOREVER)
    assert (found(other).state, account()) == ("reversed", (167, 0, 0))


def test_a_claimed_reward_waits_for_its_batch_and_a_paid_one_is_owed_by_parts() -> None:
    reward_id = grant()
    refund(reward_id, 1)
    move(reward_id, "claim")
    before = stored()
    assert refund(reward_id, 1).left_minor == 334, "so much was taken back already"
    with pytest.raises(RewardNotReversible):
        refund(reward_id, 2)
    assert stored() == before
    move(reward_id, "release", "claim", "pay")
    assert (account(), int(found(reward_id).paid_minor)) == ((0, 0, 0), 334)
    refund(reward_id, 2)
    assert account() == (0, 0, -167)
    assert refund(reward_id, 3).state is State.REVERSED
    assert account() == (0, 0, -334)
    grant(replace(GIVEN, natural_key="order:2"))
    assert account() == (166, 0, 0)


def test_what_had_paid_a_debt_goes_back_after_what_the_owner_holds() -> None:
    paid = grant(replace(GIVEN, amount_minor=200))
    move(paid, "claim", "pay")
    refund(paid, 3)
    reward_id = grant(replace(GIVEN, natural_key="order:2"))
    assert account() == (300, 0, 0)
    assert refund(reward_id, 1).collected_minor == 200
    assert account() == (134, 0, 0)
    assert refund(reward_id, 2).collected_minor == 167
    assert account() == (0, 0, -33)
    move(reward_id, "claim", "pay")
    refund(reward_id, 3)
    assert account() == (0, 0, -200)


def test_a_budget_and_the_caps_of_amounts_get_back_the_part_and_counts_the_whole() -> None:
    caps = (Cap(max_count=1), Cap(period_days=30, currency="CNY", max_amount_minor=600))
    wanted = Programme("shop", {"CNY": 600}, caps=caps)
    programme = programmes.put_programme("acme", wanted, NOW)
    reward_id = grant(programme=programme)
    with recorded() as asked:
        refund(reward_id, 1)
    assert (asked.names, asked.written) == (["GetItem", "TransactWriteItems"], [8])
    assert programmes.budgets_of("acme", "shop")["CNY"].left_minor == 266
    with recorded() as asked:
        refund(reward_id, 3)
    assert asked.written == [9]
    assert programmes.budgets_of("acme", "shop")["CNY"].left_minor == 600
    grant(replace(GIVEN, natural_key="order:2", amount_minor=600), programme)


def test_both_shares_of_a_payment_go_back_in_the_transaction_of_the_refund() -> None:
    wanted = Programme("shop", {"CNY": None}, caps=(Cap(currency="CNY", max_amount_minor=9999),))
    programme = programmes.put_programme("acme", wanted, NOW)
    shares = [replace(GIVEN, natural_key=f"order:1:{n}", amount_minor=n) for n in (333, 667)]
    ids = [grant(given, programme) for given in shares]

    def compose(transaction: Transaction, standings: Sequence[Standing]) -> None:
        assert [standing.reversed_minor for standing in standings] == [33, 67]
        claim = ClaimItem("acme#refund#1", input_hash="h", expires=NOW)
        transaction.put(claim, ClaimItem.key.does_not_exist(), BalanceTooLow())

    back = [Reversal(ids[0], 100, 1000), Reversal(ids[1], 100, 1000, rounds_up=True)]
    with recorded() as asked:
        reversals.reverse_together("acme", back, REFUND, NOW, compose)
    assert asked.names == ["GetItem", "GetItem", "TransactWriteItems"]
    assert asked.written == [13]  # 2 rewards, 4 entries, 2 events; 2 balances, budget, cap; 1
    assert account() == (900, 0, 0)
    before = stored()
    with pytest.raises(BalanceTooLow):
        reversals.reverse_together("acme", back, REFUND, NOW, compose)
    assert stored() == before


def test_a_reward_that_moved_since_it_was_read_is_decided_by_what_it_is_now() -> None:
    reward_id = grant(programme=HOLD)
    stale = found(reward_id)
    moves.sweep(LATER, FOREVER)
    with patch.object(items, "find_reward", lambda *_: stale), recorded() as asked:
        refund(reward_id, 1)
    assert asked.names == ["TransactWriteItems"] * 2
    assert account() == (334, 0, 0)


def test_reversals_are_of_known_rewards_each_once_and_of_no_more_than_the_base() -> None:
    reward_id = grant()
    with pytest.raises(NotFound):
        refund("unknown", 1)
    for wanted in (
        [],
        [Reversal(reward_id)] * 2,
        [Reversal(reward_id, 4, 3)],
        [Reversal(str(n)) for n in range(11)],
    ):
        with pytest.raises(Invalid):
            reversals.reverse_together("acme", wanted, REFUND, NOW)
    assert account() == (500, 0, 0)
