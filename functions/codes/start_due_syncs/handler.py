"""Schedule, every minute: start the syncs that are due, tell again what was put off (A6, A9).

4 queries of the index; for each account, sync or event that is due a read and a transaction of 2
or 3 items. One that fails is put off, a minute first, an hour at last. Begins nothing in the last
15 seconds of its time.
"""

from sluice.codes.store import syncs
from sluice.shared import clock, events


@events.scheduled
def handler(until: float) -> None:
    """Start what is due."""
    syncs.start_due(clock.now(), until)
