"""Schedule, every minute: clear rewards that are due, end unreviewed ones, wake payouts (D5).

17 queries of indexes of what is due and one more for each further 100. A reward whose hold period
is over, or that nobody reviewed, is a read and a transaction of 6 items, 12 write units, and 2 for
each budget and cap that gets it back; a payout whose worker was set going 20 minutes ago and has
not ended is a read and a transaction of 2 items. What fails is put off, a minute first, an hour at
last. Begins nothing in the last 15 seconds of its time.
"""

from sluice.rewards.store import moves, payouts
from sluice.shared import clock, events


@events.scheduled
def handler(until: float) -> None:
    """Wake, clear and end what is due."""
    now = clock.now()
    payouts.sweep(now, until)  # few, so they never wait for the others
    moves.sweep(now, until)
