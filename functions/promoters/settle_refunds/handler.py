"""Schedule, every five minutes: take back of payments what could not be when it was refunded (D5).

Such as while a payout had a part of it. 4 queries of the index of what is due and one more for each
further 100; a payment is 4 reads and a transaction of 20 items for three parts. What fails is put
off, a minute first, an hour at last. Begins nothing in the last 15 seconds of its time.
"""

from sluice.promoters.store import refunding
from sluice.shared import clock, events


@events.scheduled
def handler(until: float) -> None:
    """Take back what is due."""
    refunding.sweep(clock.now(), until)
