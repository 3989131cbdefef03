"""Queue of AWS's events: what became of e-mail by SES and of SMS by End User Messaging (E3).

The topic takes them from those services of this AWS account only; a message's tags or context name
its organisation, provider account and tracking id. Reads and writes as ReceiveReceipt does for
each. Where AWS is busy an event comes again alone, five times, then it goes to the failure queue;
any other that fails goes there at once.
"""

from sluice.push import provider_events
from sluice.shared import events


@events.messages
def handler(body: str) -> None:
    """Settle what a message of the queue tells."""
    provider_events.receive(body)
