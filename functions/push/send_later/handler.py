"""Queue of messages that waited for their time: send each, once (E7).

Retries, quiet hours, limits of a provider. One or two queries, a read of the account and one of the
recipient, a transaction of 3 items (8 write units) that takes the try, the provider's calls, a
transaction of 1 or 2 items (4 or 6); another try waits again (6). What nobody may send any more
costs a query. Where AWS is busy a message comes again, five times; one that is lost is queued again
by RepairWaits.
"""

import msgspec

from sluice.push import turns
from sluice.push.later import Due
from sluice.shared import clock, events, telemetry


@events.messages
def handler(body: str) -> None:
    """Send what a message of the queue says is due."""
    due = msgspec.json.decode(body, type=Due)
    done = turns.take_due(due, clock.now())
    telemetry.note(push_id=due.push_id, position=due.position, due=done)
