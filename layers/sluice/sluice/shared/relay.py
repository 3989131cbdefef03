"""Events to EventBridge: at least once, in the order given, ten to a call."""

from collections.abc import Sequence
from itertools import batched

import msgspec

from sluice.shared import settings
from sluice.shared.clients import client
from sluice.shared.errors import Contention
from sluice.shared.outbox import Event

EVENTS_PER_CALL = 10
SOURCE = "sluice"


def send(events: Sequence[Event]) -> None:
    """Put the events on the bus. Raises Contention when it did not take all of a call."""
    for some in batched(events, EVENTS_PER_CALL, strict=False):
        entries = [
            {
                "EventBusName": settings.text("EVENT_BUS"),
                "Source": SOURCE,
                "DetailType": event.type,
                "Detail": msgspec.json.encode(event).decode(),
                "Time": event.occurred_at,
            }
            for event in some
        ]
        if client("events").put_events(Entries=entries)["FailedEntryCount"]:
            raise Contention("EventBridge did not take every event.")
