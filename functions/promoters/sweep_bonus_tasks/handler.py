"""Schedule, every minute: remind promoters, end what is over, look for hints (D7, D9).

8 queries of the index of what is due and one more for each further 100; a task is a read and a
transaction of 1 or 2 items, with a push where it reminds. Of an organisation that looks for hints
up to 50 pages of 100 offers or of 10 promoters at a time. What fails is put off, a minute first, an
hour at last. Begins nothing in the last 15 seconds of its time.
"""

from sluice.promoters.store import bonus_sweep, hint_rounds
from sluice.shared import clock, events


@events.scheduled
def handler(until: float) -> None:
    """Bring in line what is due."""
    now = clock.now()
    bonus_sweep.sweep(now, until)
    hint_rounds.sweep(now, until)
