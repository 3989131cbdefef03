"""Queue of the sandbox's receipts: settle each as if the provider had called (E3).

Reads and writes as ReceiveReceipt does for each. Where AWS is busy a receipt comes again alone,
five times, then it goes to the failure queue; any other that fails goes there at once.
"""

import msgspec

from sluice.push import receipts
from sluice.push.providers.sandbox import Delivery
from sluice.shared import clock, events


@events.messages
def handler(body: str) -> None:
    """Settle the receipt of a message."""
    given = msgspec.json.decode(body, type=Delivery)
    receipts.receive(
        receipts.Incoming(given.organization_id, given.account_id, given.receipt, clock.now())
    )
