"""Schedule, every minute: make the rankings anew where offers or figures changed (D3).

4 queries of the index. For each organisation that is due, at the latest an hour after the last
time: 3 reads, a query for each 2,000 rows of figures (12 at least), a write of each chunk of 100
places, 2 transactions of 1 item. One that fails is put off, a minute first, an hour at last. Begins
nothing in the last 15 seconds of its time.
"""

from sluice.promoters.store import rankings
from sluice.shared import clock, events, telemetry


@events.scheduled
def handler(until: float) -> None:
    """Make what is due."""
    telemetry.note(made=rankings.make_due(clock.now(), until))
