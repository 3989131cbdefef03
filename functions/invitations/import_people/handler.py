"""Event people_import.requested.v1: read a list of people on from where it is (C1, C3).

For each 256 KiB one request for the list, one for each 25 items, 1 write unit for each, and a
checkpoint of 2; with rejects two more. After four minutes the next slice is asked for, in the
transaction that ends this one. Delivered again it goes on from the checkpoint, and writes the same;
of two at once one ends at the other's checkpoint.
"""

import time

import msgspec

from sluice.invitations import importing
from sluice.shared import events, slices
from sluice.shared.outbox import Event


class Requested(msgspec.Struct):
    """What this function reads of the event."""

    import_id: str
    slice: int


@events.consumer
def handler(event: Event) -> None:
    """Work on the slice named by the event."""
    asked = msgspec.convert(event.data, Requested)
    until = time.monotonic() + slices.SECONDS
    importing.work(event.organization_id, asked.import_id, asked.slice, until)
