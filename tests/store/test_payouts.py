"""Payout batches on moto: claimed by condition, paid or failed row by row, cancelled, resumed."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest

from sluice.rewards.payout_tables import Payout, PayoutRow
from sluice.rewards.refusals import PayoutCannot, PayoutMoved, RewardNotReversible
from sluice.rewards.rules import Grant
from sluice.rewards.rules.payouts import Order, RowState, Status
from sluice.rewards.rules.reversals import Reversal
from sluice.rewards.store import claiming, grants, items, payouts, reversals, settling
from sluice.rewards.store.reversals import Why
from sluice.rewards.store.settling import Result, Settled
from sluice.rewards.tables import Reward
from sluice.shared.claims import AlreadyClaimed, Claim
from sluice.shared.errors import NotFound
from sluice.shared.table import connection
from tests.support.aws import local_aws
from tests.support.payouts import FOREVER, bring_on, rows
from tests.support.requests import recorded
from tests.support.rewards import assert_books_balance, balance_of, columns, rewards, stored
from tests.support.staff import NOW

CNY = Order("CNY", 100)
NUMBERS = count()


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with local_aws():
        yield
        assert_books_balance()


def give(owner_id: str, *amounts: int, currency: str = "CNY", programme: str = "referral") -> None:
    for amount in amounts:
        key = f"{owner_id}:{next(NUMBERS)}"
        given = Grant(key, owner_id, amount, currency, "manual", programme)
        grants.grant("acme", given, NOW)


def start(order: Order = CNY, *, now: bool = True) -> str:
    payout_id = payouts.start_payout("acme", order, "boss", claim=None, now=NOW)
    if now:
        bring_on(payout_id)
    return payout_id


def load(payout_id: str) -> Payout:
    return payouts.load_payout("acme", payout_id)


def cancel(payout_id: str) -> Payout:
    return payouts.change_payout("acme", payout_id, Status.CANCELLED, NOW)


def held(payout_id: str) -> dict[tuple[str, int], int]:
    """Return what the rows of a batch hold, by owner and row."""
    of_it = [row for row in rows() if row.payout_id == payout_id]
    return {(row.owner_id, int(row.row)): int(row.amount_minor) for row in of_it}


def settle(
    payout_id: str, owner_id: str, state: str = "paid", row: int | None = None
) -> list[Settled]:
    result = Result(owner_id, row, RowState(state), "account-closed")
    told, remaining = settling.settle(
        "acme", payout_id, [result], by="boss", now=NOW, until=FOREVER
    )
    assert remaining == 0
    return told


def states(owner_id: str) -> list[str]:
    return sorted(reward.state for reward in rewards() if reward.owner_id == owner_id)


def test_a_batch_claims_owners_who_reach_the_minimum_in_its_currency() -> None:
    give("ann", 60, 40)
    give("ann-b", 99)
    give("bob", 100)
    give("bob", 500, currency="PTS")
    give("cat", 90, programme="spring")
    give("cat", 10)
    payout_id = start()
    assert held(payout_id) == {("ann", 1): 100, ("bob", 1): 100, ("cat", 1): 100}
    batch = load(payout_id)
    assert (batch.status, int(batch.amount_minor), int(batch.rewards)) == ("ready", 300, 5)
    assert int(batch.below_minimum) == 1
    assert states("ann-b") == ["cleared"]
    assert held(start()) == {}
    only = start(Order("PTS", owner_id="bob"))
    assert held(only) == {("bob", 1): 500}
    assert held(start(Order("CNY", owner_id="ann"))) == {}
    assert held(start(Order("CNY", programme="referral"))) == {("ann-b", 1): 99}


def test_a_batch_of_one_programme_leaves_the_others() -> None:
    give("ann", 60, programme="spring")
    give("ann", 70)
    payout_id = start(Order("CNY", programme="spring"))
    assert held(payout_id) == {("ann", 1): 60}
    assert states("ann") == ["cleared", "payable"]


def test_a_batch_is_ordered_once_under_its_key() -> None:
    claim = Claim("acme#request#k", "h")
    first = payouts.start_payout("acme", CNY, "boss", claim=claim, now=NOW)
    before = stored()
    with pytest.raises(AlreadyClaimed) as refused:
        payouts.start_payout("acme", CNY, "boss", claim=claim, now=NOW)
    assert refused.value.answer == {"payout_id": first}
    assert stored() == before


def test_an_owner_of_many_rewards_has_rows_that_one_transaction_pays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The queue is read on where a page holds one owner, and the rest waits for the next batch."""
    monkeypatch.setattr(claiming, "PAGE_ITEMS", 3)
    monkeypatch.setattr(claiming, "MAX_OWNER_REWARDS", 27)
    give("ann", *[10] * 28)
    give("bob", 300)
    payout_id = start()
    assert held(payout_id) == {("ann", 1): 250, ("ann", 2): 20, ("bob", 1): 300}
    with recorded() as asked:
        settle(payout_id, "ann", row=1)
    assert max(asked.written) == 80
    assert balance_of("ann", "CNY") == 30
    assert held(start(Order("CNY"))) == {("ann", 1): 10}


def test_a_worker_whose_time_is_over_goes_on_in_the_next_slice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for owner_id in ("ann", "bob", "cat", "dan"):
        give(owner_id, 50 if owner_id == "bob" else 100)
    payout_id = start(now=False)
    times = iter([0, 0, 9] * 20)
    monkeypatch.setattr(claiming, "time", SimpleNamespace(monotonic=lambda: next(times)))
    assert bring_on(payout_id, until=5) > 1
    assert sorted(held(payout_id).values()) == [100] * 3
    assert int(load(payout_id).below_minimum) == 1
    before = stored()
    claiming.work("acme", payout_id, 1, FOREVER)
    claiming.work("acme", "nobodys", 1, FOREVER)
    assert stored() == before, "an event that comes again changes nothing"
    cancel(payout_id)
    times = iter([0, 9] * 20)
    assert bring_on(payout_id, until=5) > 1
    assert load(payout_id).status == "cancelled"


SELDOM = pytest.mark.proof
DEATHS = [pytest.param(n, marks=() if n in {1, 4} else SELDOM) for n in range(11)]


@pytest.mark.parametrize("dies_after", DEATHS)
def test_a_worker_that_dies_anywhere_loses_nothing_and_counts_nothing_twice(
    monkeypatch: pytest.MonkeyPatch, dies_after: int
) -> None:
    """Before each of its writes in turn, and after it; then the event comes again."""
    monkeypatch.setattr(claiming, "MAX_ROW_REWARDS", 1)
    give("ann", 60, 50, 40)
    give("bob", 100)
    payout_id = start(now=False)
    original = connection.dispatch
    for status in ("ready", "cancelled"):
        if status == "cancelled":
            cancel(payout_id)
        monkeypatch.setattr(connection, "dispatch", _Dying(original, dies_after))
        with contextlib.suppress(_DeadError):
            claiming.work("acme", payout_id, int(load(payout_id).slice), FOREVER)
        monkeypatch.setattr(connection, "dispatch", original)
        assert_books_balance()
        bring_on(payout_id)
        batch = load(payout_id)
        assert (batch.status, int(batch.rows), int(batch.amount_minor)) == (status, 4, 250)
    assert states("ann") == ["cleared"] * 3


class _DeadError(BaseException):
    """A process that is gone."""


@dataclass
class _Dying:
    """Writes so many times, then dies: at odd numbers with the last write done."""

    original: Any
    left: int

    def __call__(self, operation: str, arguments: dict[str, Any]) -> Any:
        if operation == "TransactWriteItems":
            self.left -= 2
            if self.left < -1:
                raise _DeadError
            answer = self.original(operation, arguments)
            if self.left == -1:
                raise _DeadError
            return answer
        return self.original(operation, arguments)


def test_what_the_queue_shows_too_late_is_claimed_by_nobody_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A reward that was reversed, one that another batch took, ones that were taken and let go."""
    give("ann", 10, 20, 30, 70)
    give("bob", 100)
    shards = range(items.CLEARED_SHARDS)
    shown = {
        shard: list(Reward.by_queue.query(items.cleared_queue("acme", shard))) for shard in shards
    }
    (reversed_,) = (one for one in rewards() if one.amount_minor == 20)
    grants.reverse("acme", reversed_.reward_id, "refund", NOW)
    taken, let_go = (start(Order("CNY", owner_id=name)) for name in ("bob", "ann"))
    cancel(let_go)
    bring_on(let_go)
    monkeypatch.setattr(claiming, "_waiting", lambda payout, *_: shown.pop(int(payout.shard), []))
    assert held(start()) == {("ann", 1): 110}
    assert held(taken) == {("bob", 1): 100}


def test_one_row_is_paid_while_another_fails_and_is_tried_again() -> None:
    give("ann", 60, 40)
    give("bob", 100)
    payout_id = start()
    assert settle(payout_id, "nobody") == [Settled("nobody", None, None, problem="not-found")]
    assert settle(payout_id, "ann", row=2)[0].problem == "not-found"
    assert settle(payout_id, "ann") == [Settled("ann", 1, "paid", 100)]
    assert settle(payout_id, "bob", "failed") == [Settled("bob", 1, "failed", 100)]
    before = stored()
    assert settle(payout_id, "ann", row=1) == [Settled("ann", 1, "paid", 100)]
    assert settle(payout_id, "ann", "failed")[0].problem == "already-paid"
    assert settle(payout_id, "bob", "paid")[0].problem == "already-failed"
    assert stored() == before
    assert (states("ann"), states("bob")) == (["paid", "paid"], ["cleared"])
    assert (balance_of("ann", "CNY"), balance_of("programme:_payouts", "CNY")) == (0, 100)
    (failed,) = (row for row in rows() if row.state == "failed")
    assert (failed.reason, failed.settled_by) == ("account-closed", "boss")
    with pytest.raises(PayoutCannot):
        cancel(payout_id)
    again = start()
    assert held(again) == {("bob", 1): 100}
    settle(again, "bob")
    assert balance_of("programme:_payouts", "CNY") == 200


def test_results_told_at_the_same_moment_take_effect_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second of two calls has read the row as it was; so had a cancellation."""
    give("ann", 60, 40)
    give("bob", 100)
    payout_id = start()
    stale = list(rows())
    read = settling._rewards_of
    as_read = {row.owner_id: read("acme", row) for row in stale}
    settle(payout_id, "ann")
    before = stored()
    monkeypatch.setattr(settling, "_rows_of", lambda _, result: _named(stale, result.owner_id))
    assert settle(payout_id, "ann") == [Settled("ann", 1, "paid", 100)]
    stale = _claimed(stale)
    monkeypatch.setattr(settling, "_rewards_of", lambda _, row: as_read[row.owner_id])
    assert settle(payout_id, "ann", "failed")[0].problem == "already-paid"
    assert stored() == before


def _named(found: list[PayoutRow], owner_id: str) -> list[PayoutRow]:
    return [row for row in found if row.owner_id == owner_id]


def _claimed(found: list[PayoutRow]) -> list[PayoutRow]:
    for row in found:
        row.state = "claimed"
    return found


def test_a_claimed_reward_is_not_reversed_and_a_paid_one_is_owed() -> None:
    give("ann", 60)
    payout_id = start(Order("CNY"))
    (reward,) = rewards()
    with pytest.raises(RewardNotReversible):
        grants.reverse("acme", reward.reward_id, "refund", NOW)
    settle(payout_id, "ann")
    grants.reverse("acme", reward.reward_id, "refund", NOW)
    assert columns()["acme#ann", "CNY"] == (0, 0, -60)
    give("ann", 100)
    assert held(start(Order("CNY"))) == {("ann", 1): 40}, "the debt was collected first"


def test_what_was_taken_back_in_part_is_paid_in_part_and_owed_by_parts() -> None:
    give("ann", 90)
    (reward,) = rewards()

    def refund(thirds: int) -> None:
        wanted = [Reversal(reward.reward_id, thirds, 3)]
        reversals.reverse_together("acme", wanted, Why("refund"), NOW)

    refund(1)
    payout_id = start(Order("CNY"))
    assert held(payout_id) == {("ann", 1): 60}
    with pytest.raises(RewardNotReversible):
        refund(2)
    settle(payout_id, "ann")
    refund(2)
    assert columns()["acme#ann", "CNY"] == (0, 0, -30)
    assert balance_of("programme:_payouts", "CNY") == 60


def test_a_cancelled_batch_lets_everything_go_and_takes_no_results() -> None:
    give("ann", 60, 40)
    give("bob", 100)
    give("cat", 100)
    payout_id = start()
    settle(payout_id, "cat", "failed")
    cancel(payout_id)
    with pytest.raises(PayoutCannot):
        settle(payout_id, "ann")
    bring_on(payout_id)
    batch = load(payout_id)
    assert (batch.status, int(batch.released_rows), int(batch.failed_rows)) == ("cancelled", 2, 1)
    before = stored()
    assert cancel(payout_id).status == "cancelled"
    assert stored() == before
    assert {reward.state for reward in rewards()} == {"cleared"}
    assert len(held(start())) == 3
    with pytest.raises(NotFound):
        cancel("nobodys")


def test_a_batch_is_cancelled_while_it_is_claiming() -> None:
    """The worker finds the batch moved, and what it claimed is let go."""
    give("ann", 100)
    give("bob", 100)
    payout_id = start(now=False)
    seen = load(payout_id)
    cancel(payout_id)
    with pytest.raises(PayoutMoved):
        claiming._claim_on(seen, FOREVER)
    bring_on(payout_id)
    assert load(payout_id).status == "cancelled"
    assert {reward.state for reward in rewards()} == {"cleared"}


def test_a_worker_that_was_given_up_is_set_going_again() -> None:
    """By the status that the batch is on its way to; the worker from before finds it moved."""
    give("ann", 100)
    payout_id = start(now=False)
    for way, wanted in (("claiming", Status.READY), ("cancelling", Status.CANCELLED)):
        seen = load(payout_id)
        assert seen.status == way
        assert payouts.change_payout("acme", payout_id, wanted, NOW).status == way
        claiming.work("acme", payout_id, int(seen.slice), FOREVER)
        assert load(payout_id).status == way, "its slice is over"
        bring_on(payout_id)
        assert load(payout_id).status == wanted
        assert payouts.change_payout("acme", payout_id, wanted, NOW).status == wanted
        if wanted is Status.READY:
            cancel(payout_id)
    with pytest.raises(PayoutCannot):
        payouts.change_payout("acme", payout_id, Status.READY, NOW)


def test_results_that_were_not_come_to_are_told() -> None:
    give("ann", 100)
    payout_id = start()
    result = Result("ann", None, RowState.PAID, "none")
    told = settling.settle("acme", payout_id, [result] * 3, by="boss", now=NOW, until=0)
    assert told == ([], 3)
