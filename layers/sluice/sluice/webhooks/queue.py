"""The queue of deliveries: it wakes whoever delivers, and decides nothing.

The delivery says what is to be done. A message that is lost is sent again by the sweeper, and what
waits longer than a queue can hold it is queued when its time comes.
"""

import math
from datetime import datetime

import msgspec

from sluice.shared import settings, telemetry
from sluice.shared.clients import client
from sluice.webhooks.store.deliveries import QUEUED, waits_until
from sluice.webhooks.tables import Delivery


class Due(msgspec.Struct, frozen=True):
    """A delivery to look at."""

    organization_id: str
    webhook_id: str
    delivery_id: str


def wake(found: Delivery, now: datetime) -> None:
    """Queue a delivery for its time, if the queue can hold it so long: at most one request."""
    until = waits_until(found)
    if until is None or until - now > QUEUED:
        return
    due = Due(found.organization_id, found.webhook_id, found.item)
    _send(due, math.ceil(max((until - now).total_seconds(), 0)))


def call(seen: Delivery) -> None:
    """Queue an overdue delivery, of which the index tells the key alone: one request."""
    organization_id, _, webhook_id, _ = seen.key.split("#")
    _send(Due(organization_id, webhook_id, seen.item), 0)


def _send(due: Due, delay_seconds: int) -> None:
    try:
        client("sqs").send_message(
            QueueUrl=settings.text("WEBHOOK_QUEUE_URL"),
            MessageBody=msgspec.json.encode(due).decode(),
            DelaySeconds=delay_seconds,
        )
    except Exception:  # noqa: BLE001 - the sweeper queues it
        telemetry.logger.warning("not_queued", exc_info=True)
