"""Coupons for visitors of a promoter whose bonus task is nearly complete (D8)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sluice.promoters.bonus_tables import CouponItem, GivenCoupon, TaskItem
from sluice.promoters.refusals import BonusTaskMoved, CouponGiven, CouponNotUsable
from sluice.promoters.rules import bonuses as rules
from sluice.promoters.rules.bonuses import OPEN, CouponRule, Task
from sluice.promoters.rules.offers import Offer
from sluice.promoters.store import bonuses
from sluice.shared import ids
from sluice.shared.claims import hash_of
from sluice.shared.guard import Transaction
from sluice.shared.table import find as find_item

COUPON = "coupon"


@dataclass(frozen=True)
class Coupon:
    """What takes an amount off a purchase of one offer, once. `order_id`: it was used."""

    code: str
    offer_id: str
    member_id: str  # the promoter whose link it came by
    amount_minor: int
    currency: str
    expires_at: datetime
    order_id: str | None = None


def give(
    organization_id: str, offer: Offer, member_id: str, visitor_id: str, now: datetime
) -> Coupon | None:
    """Return a coupon for a visitor of a promoter's link, None where there is none to be had.

    A visitor has one of a task, and gets it again while it can be used. One query of the tasks;
    where one is nearly complete, a read and a transaction of 3 items. Raises Contention.
    """
    found = bonuses.tasks_with(organization_id, member_id, offer.offer_id)
    near = [item for item in found if rules.gives_coupons(bonuses.task_of(item), now)]
    if not near:
        return None
    item = min(near, key=lambda each: (each.deadline_at, each.task_id))
    place = ids.key("given", item.task_id, hash_of(visitor_id)[:32])
    given = find_item(GivenCoupon, item.key, place)
    if given is not None:
        return _usable(organization_id, given.code, now)
    try:
        return _give(organization_id, offer, item, place, now)
    except CouponGiven as refusal:
        return _usable(organization_id, refusal.current.code, now)
    except BonusTaskMoved:  # no more are needed, or to be had
        return None


def find(organization_id: str, code: str) -> Coupon | None:
    """Return a coupon by its code: one read."""
    item = find_item(CouponItem, _key(organization_id, code), COUPON)
    return None if item is None else _coupon_of(item)


def add_redemption(
    transaction: Transaction,
    organization_id: str,
    code: str,
    *,
    offer_id: str,
    order_id: str,
    at: datetime,
) -> None:
    """Add the use of a coupon to the transaction of the payment that it was used in: 1 item.

    `at` is when was paid. Refuses with CouponNotUsable: of another offer, expired by then, used
    with another order, or there is none.
    """
    unused = CouponItem.order_id.does_not_exist() | (CouponItem.order_id == order_id)
    transaction.update(
        CouponItem(_key(organization_id, code), COUPON),
        [CouponItem.order_id.set(order_id), CouponItem.redeemed_at.set(at)],
        condition=(CouponItem.offer_id == offer_id) & (CouponItem.expires_at >= at) & unused,
        otherwise=CouponNotUsable(),
    )


def _give(organization_id: str, offer: Offer, item: TaskItem, place: str, now: datetime) -> Coupon:
    task = bonuses.task_of(item)
    rule = _rule(task)
    code = ids.new_code()
    expires_at = now + timedelta(seconds=rule.valid_seconds)
    coupon = CouponItem(
        _key(organization_id, code),
        COUPON,
        offer_id=offer.offer_id,
        member_id=item.member_id,
        task_id=item.task_id,
        amount_minor=rule.amount_minor,
        currency=offer.currency,
        given_at=now,
        expires_at=expires_at,
    )
    transaction = Transaction()
    transaction.put(
        GivenCoupon(item.key, place, code=code), GivenCoupon.key.does_not_exist(), CouponGiven()
    )
    transaction.put(coupon)
    too_few = task.rule.transactions - rule.below_transactions
    transaction.update(
        TaskItem(item.key, item.item),
        [TaskItem.coupons.add(1)],
        condition=TaskItem.state.is_in(*(state.value for state in OPEN))
        & (TaskItem.coupons < rule.max_count)
        & (TaskItem.transactions > too_few)
        & (TaskItem.transactions < task.rule.transactions),
        otherwise=BonusTaskMoved(),
    )
    transaction.commit()
    return _coupon_of(coupon)


def _rule(task: Task) -> CouponRule:
    if task.rule.coupon is None:
        raise ValueError("this task gives no coupons")
    return task.rule.coupon


def _usable(organization_id: str, code: str, now: datetime) -> Coupon | None:
    coupon = find(organization_id, code)
    if coupon is None or coupon.order_id is not None or coupon.expires_at < now:
        return None
    return coupon


def _coupon_of(item: CouponItem) -> Coupon:
    return Coupon(
        item.key.rsplit("#", 1)[1],
        item.offer_id,
        item.member_id,
        int(item.amount_minor),
        item.currency,
        item.expires_at,
        item.order_id,
    )


def _key(organization_id: str, code: str) -> str:
    return ids.key(organization_id, "coupon", code)
