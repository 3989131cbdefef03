"""A shop's histories at random: the books balance, and what is taken back is by formula (D5)."""

import contextlib
import random
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from sluice.promoters import income_views
from sluice.promoters.payment_tables import Payment
from sluice.promoters.rules.payments import shares
from sluice.promoters.store import payments, refunding
from sluice.promoters.store.parts import SALES
from sluice.rewards.refusals import PayoutCannot, RewardNotHeld, RewardNotReversible
from sluice.rewards.rules.checks import Checks
from sluice.rewards.rules.payouts import Order, RowState
from sluice.rewards.rules.programmes import Programme
from sluice.rewards.rules.reversals import Reversal, share_of
from sluice.rewards.store import deciding, moves, payouts, programmes, settling
from sluice.rewards.store.deciding import Decision
from sluice.rewards.store.settling import Result
from sluice.shared import clock
from tests.support.aws import items_of, local_aws
from tests.support.events import ORGANIZATION
from tests.support.payouts import batches, bring_on
from tests.support.rewards import assert_books_balance, rewards
from tests.support.staff import found_organization
from tests.support.task_payments import ANN, BEN, MERCHANT, link, pay, put_offer, put_people, refund

DAY = timedelta(days=1)
ORDERS, STEPS = 20, 60
SIDES = {"promoter": "commissions", "platform": "fees", "merchant": "net"}
_PASSING = (PayoutCannot, RewardNotHeld, RewardNotReversible)


class Shop:
    """What shop, operators, bank and schedules do, by chance."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        put_offer(platform_fee_millionths=self.chance.choice([0, 20_000, 333_333]))
        hold_seconds = self.chance.choice([0, 3600])
        checks = Checks(self_referral=self.chance.random() < 0.5)
        terms = Programme("offer-apples", {"CNY": 9000}, hold_seconds=hold_seconds, checks=checks)
        programmes.put_programme(ORGANIZATION, terms, clock.now())
        sales = Programme(SALES, hold_seconds=self.chance.choice([0, 3600]))
        programmes.put_programme(ORGANIZATION, sales, clock.now())
        self.codes = [link(member_id)[1]["code"] for member_id in (ANN, BEN)]
        self.told: list[Callable[[], Any]] = []

    def _order(self) -> str:
        return f"o-{self.chance.randrange(ORDERS)}"

    def _tell(self, call: Callable[[], Any]) -> None:
        self.told.append(call)
        call()

    def pay(self) -> None:
        """Tell of a payment, of somebody's or nobody's; an order again with another amount too."""
        order_id, code = self._order(), self.chance.choice([None, *self.codes])
        given: dict[str, Any] = {"amount_minor": self.chance.choice([1, 2, 3, 7, 99, 1000, 9999])}
        if code is not None:
            given["promoter_code"] = code
        if self.chance.random() < 0.5:
            name = self.chance.choice([ANN, "kim"])
            given["buyer"] = [{"kind": "email", "value": f"{name}@people.example"}]
        self._tell(lambda: pay(order_id, **given))

    def refund(self) -> None:
        """Tell of a refund or a chargeback, also of what is not paid yet."""
        order_id, refund_id = self._order(), f"r-{len(self.told)}"
        field = self.chance.choice(["amount_minor", "amount_minor", "refunded_total_minor", ""])
        given = {field: self.chance.choice([1, 2, 33, 500])} if field else {}
        kind = self.chance.choice(["refunds", "chargebacks"])
        self._tell(lambda: refund(refund_id, order_id, kind=kind, **given))

    def again(self) -> None:
        """Tell something once more."""
        if self.told:
            self.chance.choice(self.told)()

    def decide(self) -> None:
        """Approve, reject or reverse any reward."""
        if found := rewards():
            said = self.chance.choice(["approve", "approve", "reject", "reverse"])
            given, reward = Decision(said, "looked-at", "boss"), self.chance.choice(found)
            deciding.decide(ORGANIZATION, reward.reward_id, given, clock.now())

    def sweep(self, later: timedelta = DAY) -> None:
        """Let hold periods pass, and refunds be tried again."""
        for work in (moves.sweep, refunding.sweep):
            work(clock.now() + later, time.monotonic() + 60)

    def claim(self) -> None:
        """Order a payout and let its worker work."""
        now = clock.now()
        bring_on(payouts.start_payout(ORGANIZATION, Order("CNY"), "boss", claim=None, now=now))

    def settle(self) -> None:
        """Say of some rows what the bank paid."""
        for batch in batches():
            for row in payouts.list_rows(batch, 100, None)[0]:
                state = self.chance.choice([RowState.PAID, RowState.FAILED, None])
                if state is not None:
                    self.result(batch.payout_id, Result(row.owner_id, int(row.row), state, "why"))

    def result(self, payout_id: str, result: Result) -> None:
        """Say of a row what the bank paid."""
        until = time.monotonic() + 60
        settling.settle(ORGANIZATION, payout_id, [result], by="boss", now=clock.now(), until=until)


@pytest.mark.parametrize("seed", range(2))
def test_whatever_a_shop_and_its_people_do_every_unit_is_where_it_belongs(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with local_aws():
        found_organization(clock.now())
        put_people(clock.now())
        shop = Shop(seed)
        often = [*[shop.pay] * 6, *[shop.refund] * 4, *[shop.again] * 2, *[shop.sweep] * 2]
        for _ in range(STEPS):
            step = shop.chance.choice([*often, shop.decide, shop.claim, shop.settle])
            with contextlib.suppress(*_PASSING):
                step()
        for batch in batches():
            for row in payouts.list_rows(batch, 100, None)[0]:
                paid = Result(row.owner_id, int(row.row), RowState.PAID, "why")
                shop.result(batch.payout_id, paid)
        shop.sweep(9 * DAY)  # by then also what a payout had when it was tried
        assert_books_balance()
        assert _looked_at() > ORDERS // 4
        for size in (1, 3, ORDERS):
            monkeypatch.setattr(income_views, "MAX_PAYMENTS", size)
            assert _income() == _left()


def _income() -> dict[str, int]:
    """Return what the merchant's income says in all, read page by page."""
    sums: Counter[str] = Counter()
    cursor, pages = "", 0
    while pages == 0 or cursor:
        page = income_views.page(ORGANIZATION, MERCHANT, (None, None), cursor)
        for day in page.items:
            sums.update({side: getattr(day, f"{name}_minor") for side, name in SIDES.items()})
            sums["refunded"] += day.refunded_minor
        cursor, pages = page.next_cursor or "", pages + 1
        assert pages <= ORDERS + 1
    return dict(+sums)


def _left() -> dict[str, int]:
    """Return what is left of each part by the ledger; what a person decided is no refund."""
    given, sums = {reward.reward_id: reward for reward in rewards()}, Counter[str]()
    for payment in items_of(Payment):
        if not isinstance(payment, Payment) or not payments.is_settled(payment):
            continue
        if payment.attribute_values.get("merchant_id"):
            sums["refunded"] += int(payment.refunded_minor)
            for side, reward_id in payment.rewards.items():
                reward = given[reward_id]
                is_decided = reward.decision in {"reject", "reverse"}
                back = _by_formula(payment, side) if is_decided else int(reward.reversed_minor or 0)
                sums[side] += int(reward.amount_minor) - back
    return dict(+sums)


def _by_formula(payment: Payment, side: str) -> int:
    refunded_minor = payments.to_refund(payment)
    found = shares(int(payment.amount_minor), int(payment.platform_minor), refunded_minor)[side]
    share = Reversal("", *found[:2], rounds_up=found.rounds_up)
    return share_of(int(getattr(payment, f"{side}_minor")), share)


def _looked_at() -> int:
    """Check of each part what was taken back: by formula, or all where a person decided."""
    given, number = {reward.reward_id: reward for reward in rewards()}, 0
    for payment in items_of(Payment):
        if not isinstance(payment, Payment) or not payments.is_settled(payment):
            continue
        refunded_minor = payments.to_refund(payment)
        assert payment.refunded_minor == refunded_minor
        assert payment.attribute_values.get("due_at") is None
        found = {side: given[reward_id] for side, reward_id in payment.rewards.items()}
        decided = {s for s, each in found.items() if each.decision in {"reject", "reverse"}}
        for side, reward in found.items():
            wanted = int(reward.amount_minor) if side in decided else _by_formula(payment, side)
            assert int(reward.reversed_minor or 0) == wanted
        if not decided:
            assert sum(int(each.reversed_minor or 0) for each in found.values()) == refunded_minor
        number += 1
    return number
