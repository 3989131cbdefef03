"""Events that are told to webhooks, and every minute: queue deliveries (F3).

Of an event one query; where a webhook wants it a transaction of an item and one for each webhook,
2 write units each and for each KiB, and a message each. It is taken once, however often it comes.
Each minute 16 queries for what is overdue, since its message was lost or a queue cannot hold it
so long; each 2 write units and a message. That a webhook was disabled is also a metric.
"""

from typing import Any

from sluice.shared import clock, events, metrics, telemetry
from sluice.shared.outbox import Event
from sluice.webhooks import delivering, queue
from sluice.webhooks.rules import catalog
from sluice.webhooks.store import accepting
from sluice.webhooks.store.faring import DISABLED_EVENT


@events.consumer
def _take(event: Event) -> None:
    now = clock.now()
    accepted = accepting.accept(event, now)
    for delivery in accepted:
        queue.wake(delivery, now)
    telemetry.note(deliveries=len(accepted))
    if event.type == DISABLED_EVENT:
        metrics.count("WebhookDisabled", now)


@events.scheduled
def _sweep(until: float) -> None:
    delivering.call_overdue(clock.now(), until)


def handler(event: events.LambdaEvent, context: Any) -> None:
    """Take an event of ours, or look for what is overdue."""
    run = _take if event.get("detail-type") in catalog.CATALOG else _sweep
    run(event, context)
