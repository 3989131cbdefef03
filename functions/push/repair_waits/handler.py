"""Schedule, every minute: set pushes right whose timer, token, start or signal was lost.

Also ends those whose last wait is over; then it closes the conversion windows that are over (E6).
Eight queries of the index of overdue pushes, four for windows, one more for each further 100. Each
push: one or two queries, and what it needs, mostly one transaction; each window: a read, a query,
a transaction. One that fails is put off, a minute first, an hour at last, and holds up no other: a
read and a transaction. Begins nothing in the last 15 seconds of its time.
"""

from sluice.push import conversions, repairs
from sluice.shared import clock, events


@events.scheduled
def handler(until: float) -> None:
    """Repair what is overdue, then close windows in the time that is left."""
    repairs.repair_overdue(clock.now(), until)
    conversions.close_windows(clock.now(), until)
