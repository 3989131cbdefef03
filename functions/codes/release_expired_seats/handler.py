"""Schedule, every minute: give back the seats that nobody confirmed in time (A6).

16 queries of the expiry index and one more for each further 100 seats; for each seat one read and
one transaction of two items (4 write units and 1 of the index). A seat that fails is put off, a
minute first, an hour at last: a read and a transaction. Begins nothing in the last 15 seconds of
its time.
"""

from sluice.codes.store import expiry
from sluice.shared import clock, events, telemetry


@events.scheduled
def handler(until: float) -> None:
    """Release what has expired."""
    telemetry.note(released=expiry.release_expired(clock.now(), until))
