"""Events that may bring room (seats, channels, entries): serve the waiting list in order (A4).

One read where nobody waits, or where another run looks at the list after this one came; else see
`serving.serve`: 2 transactions of 1 item for the turn, the channels, four queries for each queue in
use, and for each place that may be served a join of 4 items (8 write units and those of indexes).
An event that comes twice finds the places served. Begins nothing after 20 seconds. Where it meets
lasting contention the event does not come again: the sweep serves the list within a minute.
"""

import math

from sluice.codes.store import serving
from sluice.shared import clock, events, metrics, telemetry
from sluice.shared.errors import Contention
from sluice.shared.outbox import Event


@events.consumer
def handler(event: Event) -> None:
    """Serve the organisation's list."""
    now = clock.now()
    try:
        done = serving.serve(event.organization_id, now, math.inf)
    except Contention:
        telemetry.logger.warning("left_to_the_sweep", exc_info=True)
        return
    if done:
        metrics.tally(serving.counted(done), now)
