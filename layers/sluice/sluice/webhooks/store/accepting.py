"""Verbs that take an event: who is told of it, once."""

import zlib
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from sluice.shared import ids
from sluice.shared.claims import hash_of
from sluice.shared.guard import Transaction
from sluice.shared.outbox import Event
from sluice.shared.sweeping import Waiting
from sluice.webhooks.refusals import EventKnown, WebhookJustTested
from sluice.webhooks.rules import catalog
from sluice.webhooks.store.webhooks import ACTIVE, list_webhooks
from sluice.webhooks.tables import DeliveriesByDue, Delivery, ToldEvent, Webhook

KEPT = timedelta(days=30)  # what was told, to whom, and how it went
TESTED = timedelta(seconds=WebhookJustTested.retry_after_seconds)  # from one test to the next
SOON = timedelta(minutes=5)  # a message of the queue is lost, or late: then the sweeper queues it
WAITING, DELIVERED, FAILED, HELD = "waiting", "delivered", "failed", "held"
SPREAD_SECONDS = 60  # over which deliveries come back after their webhook's rest
SHARDS = 8  # of a webhook's deliveries: see `deliveries_keys`
DUE = Waiting(Delivery.by_due, DeliveriesByDue.due_at, 16)  # 4 writes each, 1,000 a second a bucket


class Message(msgspec.Struct):
    """An event as receivers read it: `type`, `timestamp` and `data` as Standard Webhooks asks."""

    id: str
    type: str
    timestamp: datetime
    organization_id: str
    version: int
    data: dict[str, object]


def delivery_id_of(event: Event) -> str:
    """Return the id of an event's deliveries: sorts by when it happened, has no full stop.

    It is the `webhook-id`, the same however often it is sent, which may not hold one.
    """
    return ids.sortable_from(event.occurred_at) + hash_of(event.id, event.type)[:16]


def accept(event: Event, now: datetime) -> list[Delivery]:
    """Write what is told of an event, and one delivery for each webhook that wants it.

    One query; where anybody wants it a transaction of an item, guarded by its not being there, and
    one for each of them: at most 21, 2 write units each and for each KiB. Returns the deliveries
    that wait, for now or for the end of a rest; none where the event was taken before. A webhook
    that is paused or disabled holds what it would have been told, to be replayed. Raises
    ValidationError: the event is not as its type declares.
    """
    wanted = [
        webhook
        for webhook in list_webhooks(event.organization_id)
        if catalog.is_wanted(event.type, webhook.events or ())
    ]
    if not wanted:
        return []
    return _write(Transaction(), event, wanted, now)


def send_test(webhook: Webhook, now: datetime) -> Delivery:
    """Write an event that only this webhook is told of, whatever it wants: 3 items.

    Raises WebhookJustTested: one in five seconds.
    """
    event = Event(
        id=ids.sortable(now),
        type=catalog.TEST,
        organization_id=webhook.organization_id,
        occurred_at=now,
        version=1,
        data={"webhook_id": webhook.webhook_id},
    )
    transaction, tested_at = Transaction(), Webhook.tested_at
    transaction.update(
        Webhook(webhook.key, webhook.item),
        [tested_at.set(now)],
        condition=(Webhook.made == webhook.made)
        & (tested_at.does_not_exist() | (tested_at <= now - TESTED)),
        otherwise=WebhookJustTested(),
    )
    (written,) = _write(transaction, event, [webhook], now)
    return written


def _write(
    transaction: Transaction, event: Event, webhooks: Sequence[Webhook], now: datetime
) -> list[Delivery]:
    transaction.put(_told(event, now), ToldEvent.key.does_not_exist(), EventKnown())
    deliveries = [_delivery(event, webhook, now) for webhook in webhooks]
    for delivery in deliveries:
        transaction.put(delivery)
    try:
        transaction.commit()
    except EventKnown:
        return []
    return [delivery for delivery in deliveries if delivery.status == WAITING]


def _told(event: Event, now: datetime) -> ToldEvent:
    message = Message(
        id=event.id,
        type=event.type,
        timestamp=event.occurred_at,
        organization_id=event.organization_id,
        version=event.version,
        data=catalog.told_of(event.type, event.data),
    )
    place = told_key(event.organization_id, delivery_id_of(event))
    return ToldEvent(place, body=msgspec.json.encode(message), expires=now + KEPT)


def _delivery(event: Event, webhook: Webhook, now: datetime) -> Delivery:
    delivery_id = delivery_id_of(event)
    first = now if event.type == catalog.TEST else _first_look(webhook, delivery_id, now)
    made = Delivery(
        deliveries_key(event.organization_id, webhook.webhook_id, delivery_id),
        delivery_id,
        organization_id=event.organization_id,
        webhook_id=webhook.webhook_id,
        made=webhook.made,
        type=event.type,
        event_id=event.id,
        occurred_at=event.occurred_at,
        status=WAITING,
        next_at=first,
        due_bucket=DUE.bucket_of(delivery_id),
        due_at=first + SOON,
        expires=now + KEPT,
    )
    if webhook.status != ACTIVE and event.type != catalog.TEST:
        made.status, made.why = HELD, f"the webhook is {webhook.status}"
        made.next_at = made.due_bucket = made.due_at = None
    return made


def _first_look(webhook: Webhook, delivery_id: str, now: datetime) -> datetime:
    """Return when a delivery is tried first: now, or in the minute after its webhook has rested."""
    rests_until: datetime | None = webhook.rests_until
    if rests_until is None or rests_until <= now:
        return now
    return rests_until + timedelta(seconds=zlib.crc32(delivery_id.encode()) % SPREAD_SECONDS)


def told_key(organization_id: str, delivery_id: str) -> str:
    """Return where what is told stands."""
    return ids.key(organization_id, "told", delivery_id)


def deliveries_keys(organization_id: str, webhook_id: str) -> list[str]:
    """Return the partitions of a webhook's deliveries.

    A delivery takes 6 write units of its partition, which takes 1,000 a second: 8 take 1,300
    deliveries a second. More would not help: by then an organisation's list of webhooks, read with
    each event and each delivery, is near the 3,000 read units of its own partition.
    """
    return [ids.key(organization_id, "to", webhook_id, str(shard)) for shard in range(SHARDS)]


def deliveries_key(organization_id: str, webhook_id: str, delivery_id: str) -> str:
    """Return the partition that a delivery is in."""
    shard = zlib.crc32(delivery_id.encode()) % SHARDS
    return deliveries_keys(organization_id, webhook_id)[shard]
