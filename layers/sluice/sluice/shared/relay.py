"""Events to EventBridge: at least once, in the order given, ten to a call.

Some of them are counted as they leave: the figures of the dashboard (F6), which cost no request
and, as events that may leave twice, may count one twice. Statistics are exact, these are not.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import batched

import msgspec

from sluice.shared import clock, metrics, settings
from sluice.shared.clients import client
from sluice.shared.errors import Contention
from sluice.shared.outbox import Event

EVENTS_PER_CALL = 10
SOURCE = "sluice"
COUNTED = {  # few, since CloudWatch asks money for each name
    "assignment.reserved.v1": "SeatsReserved",
    "assignment.connected.v1": "CustomersConnected",
    "assignment.lost.v1": "CustomersLost",
    "assignment.released.v1": "SeatsReleased",
    "reward.granted.v1": "RewardsGranted",
    "reward.reversed.v1": "RewardsReversed",
    "push.requested.v1": "PushesStarted",
    "push.reached.v1": "PushesReached",
    "push.unreached.v1": "PushesUnreached",
    "push.withheld.v1": "PushesWithheld",
}


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
    counts = Counter(COUNTED[event.type] for event in events if event.type in COUNTED)
    if counts:
        metrics.tally(counts, clock.now())
