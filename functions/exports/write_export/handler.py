"""Event export.requested.v1: write an export on from where it is, file by file (F7).

For each 100 rows what their list costs; for each file of some 4 MB one request and a transaction of
2 items, 4 write units; at its end the manifest. After four minutes the next slice is asked for, in
the transaction that ends this one. Delivered again it goes on from the checkpoint; of two at once
one ends at the other's checkpoint, and what it wrote belongs to nobody.
"""

import time

import msgspec

from sluice.exports import exporting
from sluice.shared import events, slices
from sluice.shared.outbox import Event


class Requested(msgspec.Struct):
    """What this function reads of the event."""

    export_id: str
    slice: int


@events.consumer
def handler(event: Event) -> None:
    """Work on the slice named by the event."""
    asked = msgspec.convert(event.data, Requested)
    until = time.monotonic() + slices.SECONDS
    exporting.work(event.organization_id, asked.export_id, asked.slice, until)
