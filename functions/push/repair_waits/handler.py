"""Schedule, every minute: set pushes right whose timer, token, start or signal was lost.

Also ends those whose last wait is over. Eight queries of the index of overdue pushes and one more
for each further 100; each push: one or two queries, and what it needs, mostly one transaction. A
push that fails is put off, a minute first, an hour at last, and holds up no other: a read and a
transaction. Begins nothing in the last 15 seconds of its time.
"""

from sluice.push import repairs
from sluice.shared import clock, events


@events.scheduled
def handler(until: float) -> None:
    """Repair what is overdue."""
    repairs.repair_overdue(clock.now(), until)
