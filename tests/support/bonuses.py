"""Bonus tasks on moto: an offer, settings, and tasks as sharing and accepting make them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from sluice.promoters.bonus_tables import TaskItem
from sluice.promoters.rules.bonuses import BonusRule, BonusRules, CouponRule, Task
from sluice.promoters.rules.offers import Offer, Product, RewardRule
from sluice.promoters.store import bonus_settings, bonuses, offers
from sluice.promoters.store.bonuses import Share
from sluice.promoters.tables import OfferItem
from sluice.shared.guard import Transaction
from tests.support.events import ORGANIZATION
from tests.support.staff import NOW

PROMOTER, OTHER, MERCHANT = "pia", "quin", "orchard"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
COUPON = CouponRule(below_transactions=3, amount_minor=500, valid_seconds=3600, max_count=2)
RULE = BonusRule(
    "wechat",
    deadline_seconds=86_400,
    amount_minor=5000,
    currency="CNY",
    transactions=5,
    reminder_seconds=3600,
    coupon=COUPON,
)
APPLES = Offer(
    "apples",
    MERCHANT,
    Product("A-1", "Apples, 5 kg", "food/fruit", 10_000),
    "CNY",
    (RewardRule("pro", rate_millionths=100_000),),
    datetime(2026, 3, 1, tzinfo=UTC),
    datetime(2030, 3, 1, tzinfo=UTC),
    "offer-apples",
    status="published",
    version=1,
)


def put_offer(**changes: Any) -> Offer:
    """Store an offer as it is now."""
    offer = replace(APPLES, **changes)
    OfferItem(
        offers.key_of(ORGANIZATION, offer.offer_id),
        offers.LATEST,
        definition=msgspec.json.encode(offer).decode(),
        merchant_id=offer.merchant_id,
        status=offer.status,
        version=offer.version,
        changed_at=NOW,
    ).save()
    return offer


def put_rules(*rules: BonusRule, offer_id: str | None = None, **more: Any) -> BonusRules:
    """Store the organisation's settings, or an offer's."""
    return bonus_settings.put(ORGANIZATION, offer_id, BonusRules(rules or (RULE,), **more), NOW)


def offered(
    member_id: str = PROMOTER, offer_id: str = "apples", channel_type: str = "wechat"
) -> TaskItem:
    """Store the task that a share brings about."""
    item = bonuses.new_task(ORGANIZATION, Share(member_id, offer_id, channel_type), NOW)
    assert item is not None
    transaction = Transaction()
    transaction.put(item)
    transaction.commit()
    return item


def accepted(now: datetime = NOW, member_id: str = PROMOTER) -> TaskItem:
    """Store a task and accept it."""
    offered(member_id)
    return bonuses.accept(ORGANIZATION, member_id, "apples", "wechat", now)


def task(member_id: str = PROMOTER, offer_id: str = "apples") -> Task:
    """Return the latest of a promoter's tasks with an offer."""
    return bonuses.task_of(item(member_id, offer_id))


def item(member_id: str = PROMOTER, offer_id: str = "apples") -> TaskItem:
    """Return its item."""
    return bonuses.tasks_with(ORGANIZATION, member_id, offer_id)[-1]
