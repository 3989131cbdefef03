"""Many offers, events of tasks, and what figures say when they are counted again."""

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from functions.promoters.count_tasks.handler import handler as count_tasks
from sluice.promoters.rules.offers import PUBLISHED, Offer, Product, RewardRule
from sluice.promoters.store import figures, offers, publishing
from sluice.promoters.tables import OwnFigures, PromoterTotal, Standing, TaskItem
from sluice.shared import batches
from sluice.shared.outbox import Event
from sluice.shared.table import Table
from tests.support.aws import items_of
from tests.support.events import ORGANIZATION
from tests.support.staff import NOW


def put_offers(offer_ids: Iterable[str], tags: Collection[str] = ("pro",)) -> None:
    """Write published offers and what rankings know of them, without their budgets: many fast."""
    items: list[Table] = []
    start, end = NOW - timedelta(days=1), NOW + timedelta(days=3650)
    rules = tuple(RewardRule(tag, 100) for tag in sorted(tags))
    for offer_id in offer_ids:
        product = Product(offer_id, offer_id, "food/fruit", 1000)
        offer = Offer(
            offer_id=offer_id,
            merchant_id="orchard",
            programme="offer-1",
            product=product,
            currency="CNY",
            rules=rules,
            starts_at=start,
            ends_at=end,
            status=PUBLISHED,
            version=1,
        )
        place = figures.standing_key(ORGANIZATION, offer_id)
        items += [
            publishing.item_of(ORGANIZATION, offers.LATEST, offer, NOW),
            Standing(*place, tags=set(tags), is_published=True, starts_at=start, ends_at=end),
        ]
    batches.write(items)


def happened(event_type: str, name: str, at: datetime = NOW, **data: Any) -> Event:
    """Return an event as other functions send it; `name` is of the visit, share or order."""
    key = {"promoter.visited.v1": "visit_id", "task.shared.v1": "share_id"}
    return Event(
        id=f"{event_type}.{name}",
        type=event_type,
        organization_id=ORGANIZATION,
        occurred_at=at,
        version=1,
        data={key.get(event_type, "order_id"): name, **data},
    )


def deliver(events: Iterable[Event]) -> None:
    """Bring events to the function that counts them, as EventBridge does."""
    for event in events:
        count_tasks({"detail-type": event.type, "detail": msgspec.to_builtins(event)}, None)


def recount(events: Iterable[Event], time_zone: str = "Asia/Shanghai") -> dict[str, int]:
    """Count anew what figures must say, from the events alone, each payment and visit once."""
    found: Counter[str] = Counter()
    seen = set()
    for event in events:
        data = event.data
        name = next(data[key] for key in ("visit_id", "share_id", "order_id") if key in data)
        if (event.type, name) in seen or not data.get("member_id"):
            continue
        counter, change = {
            "promoter.visited.v1": ("visits", 1),
            "task.shared.v1": ("promotions", 1),
            "payment.settled.v1": ("transactions", 1),
            "payment.refunded.v1": ("transactions", -1 if data.get("is_whole") else 0),
        }[event.type]
        if not change:
            continue
        seen.add((event.type, name))
        at = datetime.fromisoformat(data["paid_at"]) if "paid_at" in data else event.occurred_at
        month = f"{at.astimezone(ZoneInfo(time_zone)):%Y-%m}"
        member_id, offer_id = data["member_id"], data["offer_id"]
        for row in (
            f"offer {offer_id}",
            f"own {member_id} {offer_id}",
            f"total all {member_id}",
            f"total {month} {member_id}",
        ):
            found[f"{row} {counter}"] += change
    return {name: number for name, number in found.items() if number}


def counted() -> dict[str, int]:
    """Return what figures say, in the words of `recount`."""
    found = {}
    for item in items_of(TaskItem):
        match item:
            case Standing():
                row = f"offer {item.item}"
            case OwnFigures():
                row = f"own {item.key.split('#')[2]} {item.item.removeprefix('offer#')}"
            case PromoterTotal():
                row = f"total {item.key.split('#')[2]} {item.item}"
            case _:
                continue
        for counter in ("transactions", "promotions", "visits"):
            if number := int(getattr(item, counter)):
                found[f"{row} {counter}"] = number
    return found
