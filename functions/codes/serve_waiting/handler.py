"""Events that may bring room (seats, channels, entries): serve the waiting list in order (A4).

One read where nobody waits; else see `serving.serve`: the channels, four queries for each queue in
use, and for each place that may be served a join of 4 items (8 write units and those of indexes).
An event that comes twice finds the places served. Begins nothing after 20 seconds: the sweep goes
on. AWS too busy: the event comes again.
"""

import time

from sluice.codes.store import serving
from sluice.shared import clock, events, metrics
from sluice.shared.outbox import Event

SECONDS = 20


@events.consumer
def handler(event: Event) -> None:
    """Serve the organisation's list."""
    now = clock.now()
    done = serving.serve(event.organization_id, now, time.monotonic() + SECONDS)
    if done:
        metrics.tally(serving.counted(done), now)
