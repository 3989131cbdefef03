"""Schedule, every minute: serve every waiting list, and end the places whose time is over (A4).

16 queries of the index of what is due and one more for each further 100; a place that has expired
is one transaction of 1 item, a list is served as `serving.serve` says. What fails is put off, a
minute first, an hour at last. Begins nothing in the last 15 seconds of its time.
"""

from sluice.codes.store import serving
from sluice.shared import clock, events, metrics


@events.scheduled
def handler(until: float) -> None:
    """Serve what is due."""
    now = clock.now()
    metrics.tally(serving.counted(serving.sweep(now, until)), now)
