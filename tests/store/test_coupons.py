"""Coupons: for visitors while few transactions are missing, each used once (D8)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from sluice.promoters.refusals import CouponNotUsable
from sluice.promoters.rules.offers import Offer
from sluice.promoters.store import bonuses, coupons
from sluice.promoters.store.coupons import Coupon
from sluice.shared.guard import Transaction
from tests.support.aws import local_aws
from tests.support.bonuses import (
    APPLES,
    COUPON,
    DAY,
    HOUR,
    PROMOTER,
    RULE,
    accepted,
    item,
    offered,
    put_offer,
    put_rules,
)
from tests.support.events import ORGANIZATION
from tests.support.staff import NOW


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with local_aws():
        put_offer()
        put_rules()
        yield


def sold(transactions: int) -> None:
    found = item()
    found.transactions = transactions
    found.save()


def give(visitor: str = "v-1", now: datetime = NOW, offer: Offer = APPLES) -> Coupon | None:
    return coupons.give(ORGANIZATION, offer, PROMOTER, visitor, now)


def redeem(code: str, order_id: str = "o-1", at: datetime = NOW, **changes: Any) -> None:
    transaction = Transaction()
    given: dict[str, Any] = {"offer_id": "apples", "order_id": order_id, "at": at} | changes
    coupons.add_redemption(transaction, ORGANIZATION, code, **given)
    transaction.commit()


def test_a_visitor_gets_one_coupon_while_less_than_the_threshold_is_missing() -> None:
    """D8: strictly less; from acceptance on; to the deadline; a number of them."""
    offered()
    assert give() is None, "nobody accepted"
    bonuses.accept(ORGANIZATION, PROMOTER, "apples", "wechat", NOW)
    for transactions, is_given in ((2, False), (3, True), (5, False)):
        sold(transactions)
        assert (give(f"v-{transactions}") is not None) is is_given, transactions
    sold(4)
    first = give("v-3")
    assert first is not None
    assert (first.amount_minor, first.currency, first.member_id) == (500, "CNY", PROMOTER)
    assert first.expires_at == NOW + HOUR
    assert give("v-3") == first, "the same again"
    assert give("v-3", NOW + 2 * HOUR) is None, "expired"
    assert give("v-1", NOW + DAY + HOUR) is None, "the task's time is over"
    assert give("v-1") is not None
    assert give("v-2") is None, "there are two in all"
    assert item().coupons == COUPON.max_count


def test_without_a_coupon_in_the_rule_nobody_gets_one() -> None:
    put_rules(replace(RULE, coupon=None), offer_id="apples")
    accepted()
    sold(4)
    assert give() is None


def test_a_coupon_is_used_with_one_order_of_its_offer_before_it_expires() -> None:
    accepted()
    sold(4)
    coupon = give()
    assert coupon is not None
    for changes in (
        {"offer_id": "pears"},
        {"at": NOW + HOUR + HOUR},
        {"code": "NNNNNNNNNNNN"},
    ):
        with pytest.raises(CouponNotUsable):
            redeem(**{"code": coupon.code} | changes)
    redeem(coupon.code, at=NOW + HOUR)
    redeem(coupon.code)  # the same order again
    with pytest.raises(CouponNotUsable):
        redeem(coupon.code, "o-2")
    found = coupons.find(ORGANIZATION, coupon.code)
    assert found is not None
    assert found.order_id == "o-1"
    assert give() is None, "it was used"
    assert coupons.find(ORGANIZATION, "NNNNNNNNNNNN") is None
