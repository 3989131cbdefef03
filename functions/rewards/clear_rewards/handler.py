"""Schedule, every minute: clear rewards whose hold period is over; end those nobody reviewed.

16 queries of the index of what is due and one more for each further 100; a reward is a read and a
transaction of 6 items, 12 write units, and 2 for each budget and cap that gets it back. What fails
is put off, a minute first, an hour at last. Begins nothing in the last 15 seconds of its time.
"""

from sluice.rewards.store import moves
from sluice.shared import clock, events


@events.scheduled
def handler(until: float) -> None:
    """Clear and end what is due."""
    moves.sweep(clock.now(), until)
