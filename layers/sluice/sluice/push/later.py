"""The queue of messages that wait for their time: retries, quiet hours, limits of a provider (E7).

It wakes whoever sends, and decides nothing: the attempt says what is to be sent, and a lost or
refused message is queued again by RepairWaits, within two minutes. What waits longer than a queue
can hold it is queued by RepairWaits when its time comes.
"""

import math
from datetime import datetime, timedelta

import msgspec

from sluice.push.store.held import Held, facts
from sluice.push.store.tries import QUEUED
from sluice.push.tables import Attempt
from sluice.shared import settings, telemetry
from sluice.shared.clients import client


class Due(msgspec.Struct, frozen=True):
    """An attempt that is to be sent, and its tries when that was decided."""

    organization_id: str
    push_id: str
    position: int
    tries: int


def queue(held: Held, attempt: Attempt, now: datetime) -> None:
    """Queue an attempt for its time, if the queue can hold it so long: at most one request."""
    send_at, push = facts(attempt).send_at, held.push
    if send_at is None or send_at - now > QUEUED:
        return
    delay = max(send_at - now, timedelta(0)).total_seconds()
    due = Due(push.organization_id, push.push_id, int(attempt.position), int(attempt.tries or 0))
    try:
        client("sqs").send_message(
            QueueUrl=settings.text("SEND_QUEUE_URL"),
            MessageBody=msgspec.json.encode(due).decode(),
            DelaySeconds=math.ceil(delay),
        )
    except Exception:  # noqa: BLE001 - the sweeper queues it
        telemetry.logger.warning("not_queued", exc_info=True)
