"""Event payout.requested.v1: claim rewards for a payout, or let a cancelled one's go (D5).

16 queues of cleared rewards, a query for each 500; for each row one transaction of at most 27
items with the batch's sums and its place. After four minutes the next slice is asked for, in the
transaction that ends this one. Delivered again it goes on from where the batch is; of two at once
one finds it moved, and ends.
"""

import time

import msgspec

from sluice.rewards.store import claiming
from sluice.shared import events, slices
from sluice.shared.outbox import Event


class Requested(msgspec.Struct):
    """What this function reads of the event."""

    payout_id: str
    slice: int


@events.consumer
def handler(event: Event) -> None:
    """Work on the slice named by the event."""
    asked = msgspec.convert(event.data, Requested)
    until = time.monotonic() + slices.SECONDS
    claiming.work(event.organization_id, asked.payout_id, asked.slice, until)
