"""Bonus tasks on moto: an offer, settings, and tasks as sharing and accepting make them."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from functions.promoters.accept_bonus_task.handler import handler as accept_bonus_task
from functions.promoters.count_bonus_tasks.handler import handler as count_bonus_tasks
from functions.promoters.read_bonus_tasks.handler import handler as read_bonus_tasks
from functions.promoters.sweep_bonus_tasks.handler import handler as sweep_bonus_tasks
from sluice.organizations import store
from sluice.promoters.bonus_tables import CountedItem, TaskItem
from sluice.promoters.rules.bonuses import BonusRule, BonusRules, CouponRule, Task
from sluice.promoters.rules.offers import Offer, Product, RewardRule
from sluice.promoters.store import bonus_settings, bonuses, offers
from sluice.promoters.store.bonuses import Share
from sluice.promoters.tables import OfferItem
from sluice.shared import clock, ids
from sluice.shared.guard import Transaction
from sluice.shared.outbox import OutboxItem, event_of
from tests.support.aws import items_of
from tests.support.events import ORGANIZATION, claims, http
from tests.support.staff import NOW

ORG = "/organizations/{organization_id}"
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
    item = bonuses.new_task(ORGANIZATION, Share(member_id, offer_id, channel_type, NOW), NOW)
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


class Clock:
    """The time as tests set it, and the functions of bonus tasks called at it."""

    def __init__(self, monkeypatch: Any) -> None:
        self.now = NOW
        monkeypatch.setattr(clock, "now", lambda: self.now)

    def share(self, share_id: str, member_id: str = PROMOTER, channel_type: str = "wechat") -> None:
        """Tell that the promoter shared apples, now."""
        data = {"share_id": share_id, "channel_type": channel_type}
        self.tell("task.shared.v1", data | _task(member_id))

    def pay(self, order_id: str, at: datetime | None = None, member_id: str = PROMOTER) -> None:
        """Tell that somebody paid for apples by the promoter's link."""
        self.tell("payment.settled.v1", _paid(order_id, at or self.now) | _task(member_id))

    def refund(self, order_id: str, at: datetime | None = None, *, is_whole: bool = True) -> None:
        """Tell that a payment of then was given back."""
        data = _paid(order_id, at or self.now) | _task(PROMOTER)
        self.tell("payment.refunded.v1", data | {"is_whole": is_whole})

    def tell(self, event_type: str, data: dict[str, Any]) -> None:
        """Bring an event to the counting."""
        detail = {
            "id": "event-1",
            "type": event_type,
            "organization_id": ORGANIZATION,
            "occurred_at": self.now.isoformat(),
            "version": 1,
            "data": data,
        }
        count_bonus_tasks({"detail-type": event_type, "detail": detail}, None)

    def deliver(self) -> None:
        """Bring what waits in the outbox to the counting, where it is for it."""
        for item in items_of(OutboxItem):
            assert isinstance(item, OutboxItem)
            event = event_of(item)
            item.delete()
            if event.type in {"task.shared.v1", "payment.settled.v1", "payment.refunded.v1"}:
                detail = msgspec.to_builtins(event)
                count_bonus_tasks({"detail-type": event.type, "detail": detail}, None)

    def sweep(self) -> None:
        """Let the schedule come."""
        sweep_bonus_tasks({}, None)

    def accept(
        self, who: dict[str, str] | None = None, channel_type: str = "wechat"
    ) -> tuple[int, Any]:
        """Accept as the promoter, or as somebody else."""
        event = http(
            f"POST {ORG}/promoters/{{member_id}}/bonus-tasks",
            path={"organization_id": ORGANIZATION, "member_id": PROMOTER},
            body={"offer_id": "apples", "channel_type": channel_type},
            claims=who or claims("promoter", PROMOTER),
        )
        return answer(accept_bonus_task(event, None))

    def read(self, what: str, who: dict[str, str], member_id: str, **query: str) -> tuple[int, Any]:
        """Read a promoter's bonus tasks, or a merchant's hints."""
        path = {"organization_id": ORGANIZATION, "member_id": member_id}
        event = http(f"GET {ORG}/{what}", path=path, query=query or None, claims=who)
        return answer(read_bonus_tasks(event, None))


def _task(member_id: str) -> dict[str, str]:
    return {"offer_id": "apples", "member_id": member_id}


def _paid(order_id: str, at: datetime) -> dict[str, str]:
    return {"order_id": order_id, "paid_at": at.isoformat()}


def answer(response: dict[str, Any]) -> tuple[int, Any]:
    """Return the status and the body of an answer."""
    return response["statusCode"], json.loads(response["body"])


def put_people(now: datetime = NOW) -> None:
    """Put two promoters and a merchant."""
    for member_id, role in ((PROMOTER, "promoter"), (OTHER, "promoter"), (MERCHANT, "merchant")):
        member = {"name": member_id.title(), "roles": {role}, "tags": {"pro"}}
        store.put_member(ORGANIZATION, member_id, member, now)


def recount(found: TaskItem) -> dict[str, int]:
    """Count again what a task counted, from what it kept of each event."""
    kept = CountedItem.item.startswith(ids.key("counted", found.task_id) + "#")
    marks = list(CountedItem.query(found.key, kept))
    return {"all": len(marks), "back": sum(bool(mark.is_back) for mark in marks)}
