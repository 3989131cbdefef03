"""Queue of deliveries to webhooks: make each attempt that is due (F3).

Three reads, a transaction of 1 item that takes the attempt, one signed call of 20 seconds at most,
a transaction of 2 items: 6 write units; up to 12 of a webhook that fails, rests or is slow. What is
to be tried again waits in the queue or for the sweeper. Where AWS is busy a message comes again.
"""

import msgspec

from sluice.shared import clock, events, telemetry
from sluice.webhooks import delivering
from sluice.webhooks.queue import Due


@events.messages
def handler(body: str) -> None:
    """Deliver what a message of the queue says is due."""
    due = msgspec.json.decode(body, type=Due)
    done = delivering.deliver(due, clock.now())
    telemetry.note(webhook_id=due.webhook_id, delivery_id=due.delivery_id, delivery=done)
