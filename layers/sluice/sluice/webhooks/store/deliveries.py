"""Verbs on deliveries: claim one, record what came of it, put it off, set it going again."""

from datetime import datetime, timedelta

from pynamodb.expressions.operand import Path

from sluice.shared import ids
from sluice.shared.errors import Contention
from sluice.shared.guard import Transaction
from sluice.shared.sweeping import FAILURES
from sluice.shared.table import find
from sluice.webhooks.refusals import DeliveryForgotten, DeliveryTaken, LaneBusy, WebhookChanged
from sluice.webhooks.rules import schedule
from sluice.webhooks.rules.schedule import Outcome
from sluice.webhooks.store import faring
from sluice.webhooks.store.accepting import (
    DELIVERED,
    DUE,
    FAILED,
    HELD,
    KEPT,
    SOON,
    WAITING,
    deliveries_key,
    told_key,
)
from sluice.webhooks.tables import Attempt, Delivery, Lane, ToldEvent, Webhook

CLAIMED = timedelta(seconds=60)  # longer than a call can take
LANES = 4  # calls that a slow webhook may have under way
QUEUED = timedelta(minutes=15)  # the longest that a message of the queue waits
AGAIN = timedelta(minutes=10)  # between two messages for what is overdue: the queue may be long


def find_delivery(organization_id: str, webhook_id: str, delivery_id: str) -> Delivery | None:
    """Return a delivery, or None: one read."""
    return find(Delivery, deliveries_key(organization_id, webhook_id, delivery_id), delivery_id)


def claim(found: Delivery, webhook: Webhook, now: datetime) -> None:
    """Take the next attempt of a delivery, for a minute: 1 item, 2 of a slow webhook.

    Raises DeliveryTaken, LaneBusy.
    """
    transaction = Transaction()
    changes = {
        "claimed_until": now + CLAIMED,
        "tries": int(found.tries) + 1,
        "attempts": int(found.attempts) + 1,
        "due_bucket": DUE.bucket_of(found.item),
        "due_at": now + CLAIMED + SOON,
        "queues_since": None,
    }
    _change(transaction, found, changes, now)
    if faring.is_slow(webhook, now):
        lane = _lane(webhook, found)
        lane.busy_until, lane.expires = now + CLAIMED, now + KEPT
        free = Lane.key.does_not_exist() | (Lane.busy_until <= now)
        transaction.put(lane, free, LaneBusy())
    transaction.commit()
    _mirror(found, changes)


def _lane(webhook: Webhook, found: Delivery) -> Lane:
    number = sum(found.item.encode()) % LANES
    return Lane(ids.key(webhook.organization_id, "lane", webhook.webhook_id, str(number)))


def settle(  # noqa: PLR0917 - what came of what
    found: Delivery,
    webhook: Webhook,
    attempt: Attempt,
    outcome: Outcome,
    now: datetime,
    entropy: float,
) -> None:
    """Record an attempt and what follows: 2 items, 4 at most.

    The webhook is written where it begins or ends to fail, rests, is slow or disabled; that it is
    disabled is an event. Raises DeliveryTaken: the claim ran out, and somebody else has it.
    """
    changes = _after(found, outcome, now, entropy)
    transaction = _recorded(found, webhook, attempt, changes, now)
    try:
        faring.note(transaction, webhook, attempt, outcome, now)
        transaction.commit()
    except (WebhookChanged, Contention):
        # It was put or deleted, or fares otherwise or is written by many: what came of the call
        # stays true, and the next one tells how the webhook fares.
        _recorded(found, webhook, attempt, changes, now).commit()
    _mirror(found, changes)


def _recorded(
    found: Delivery, webhook: Webhook, attempt: Attempt, changes: dict[str, object], now: datetime
) -> Transaction:
    """Return what came of a call, to be written; a lane is free again."""
    transaction = Transaction()
    _change(transaction, found, changes, now, claimed=True)
    transaction.put(attempt)
    if faring.is_slow(webhook, now):
        lane = _lane(webhook, found)
        transaction.upsert(lane, [Lane.busy_until.set(now), Lane.expires.set(now + KEPT)])
    return transaction


def _after(found: Delivery, outcome: Outcome, now: datetime, entropy: float) -> dict[str, object]:
    ended = {"claimed_until": None, "next_at": None, "due_bucket": None, "due_at": None}
    told = {"last_status": outcome.status}
    if outcome.is_delivered:
        return ended | told | {"status": DELIVERED, "delivered_at": now, "why": None}
    following = schedule.next_attempt(int(found.tries), outcome, now, entropy)
    if following is None:
        return ended | told | {"status": FAILED, "why": outcome.reason}
    return told | {
        "claimed_until": None,
        "next_at": following,
        "why": outcome.reason,
        "due_at": _looked_at(following, now),
    }


def _looked_at(next_at: datetime, now: datetime) -> datetime:
    """Return when the sweeper looks: where the queue cannot wait so long, at the time itself."""
    return next_at + (SOON if next_at - now <= QUEUED else timedelta(0))


def waits_until(found: Delivery) -> datetime | None:
    """Return when a delivery is to be tried; None: it waits for nothing."""
    until: datetime | None = found.next_at
    return until


def queues_since(found: Delivery) -> datetime | None:
    """Return since when a delivery waits for a lane of its slow webhook; None: it does not."""
    since: datetime | None = found.queues_since
    return since


def put_off(found: Delivery, until: datetime, now: datetime, queues_since: datetime | None) -> None:
    """Let a delivery wait, without an attempt: 1 item. Raises DeliveryTaken.

    `queues_since`: when it began to wait for a lane, if it does.
    """
    waits: dict[str, object] = {
        "next_at": until,
        "due_at": _looked_at(until, now),
        "queues_since": queues_since,
    }
    _put(found, waits, now)


def hold(found: Delivery, why: str, now: datetime, status: str = HELD) -> None:
    """End a delivery that cannot be made, to be replayed by hand: 1 item. Raises DeliveryTaken."""
    nothing = {"next_at": None, "due_bucket": None, "due_at": None}
    _put(found, {"status": status, "why": why, **nothing}, now)


def call_for(seen: Delivery, now: datetime) -> None:
    """Note that a message for an overdue delivery is on its way: 1 item, without a read.

    `seen` in the index: what is as overdue as it was there waits, and nobody has it. Raises
    DeliveryTaken: it was changed meanwhile.
    """
    transaction = Transaction()
    transaction.update(
        Delivery(seen.key, seen.item),
        [Delivery.due_at.set(now + AGAIN), Path(FAILURES).remove()],
        condition=Delivery.due_at == seen.due_at,
        otherwise=DeliveryTaken(),
    )
    transaction.commit()


def _put(found: Delivery, changes: dict[str, object], now: datetime) -> None:
    transaction = Transaction()
    _change(transaction, found, changes, now)
    transaction.commit()
    _mirror(found, changes)


def replay(found: Delivery, now: datetime) -> bool:
    """Set a delivery going from the first gap on: 2 items. False: it waits already, or is changed.

    One that was delivered is sent again, with the same `webhook-id`. It and what it tells are kept
    for 30 days from now: else their time could end while it waits. Raises DeliveryForgotten.
    """
    if found.status == WAITING:
        return False
    changes = {
        "status": WAITING,
        "tries": 0,
        "next_at": now,
        "claimed_until": None,
        "queues_since": None,
        "due_bucket": DUE.bucket_of(found.item),
        "due_at": now + SOON,
        "expires": now + KEPT,
    }
    transaction = Transaction()
    transaction.update(
        Delivery(found.key, found.item),
        list(faring.actions(Delivery, changes)),
        condition=(Delivery.status == found.status) & (Delivery.attempts == int(found.attempts)),
        otherwise=DeliveryTaken(),
    )
    transaction.update(
        ToldEvent(told_key(found.organization_id, found.item)),
        [ToldEvent.expires.set(now + KEPT)],
        condition=ToldEvent.key.exists(),
        otherwise=DeliveryForgotten(),
    )
    try:
        transaction.commit()
    except DeliveryTaken:
        return False
    _mirror(found, changes)
    return True


def _change(
    transaction: Transaction,
    found: Delivery,
    changes: dict[str, object],
    now: datetime,
    *,
    claimed: bool = False,
) -> None:
    """Change a waiting delivery that nobody else has, or that we have claimed."""
    unchanged = (Delivery.status == WAITING) & (Delivery.attempts == int(found.attempts))
    if claimed:
        unchanged &= Delivery.claimed_until == found.claimed_until
    else:
        free = Delivery.claimed_until.does_not_exist() | (Delivery.claimed_until <= now)
        unchanged &= free
    actions = [*faring.actions(Delivery, changes), Path(FAILURES).remove()]
    place = Delivery(found.key, found.item)
    transaction.update(place, actions, condition=unchanged, otherwise=DeliveryTaken())


def _mirror(found: Delivery, changes: dict[str, object]) -> None:
    for name, value in changes.items():
        setattr(found, name, value)
