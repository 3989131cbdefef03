"""Schedule, every minute: set pushes right whose timer, token, start or signal was lost.

Also ends those whose last wait is over, and sets runs going whose execution was lost (E8); then it
closes the conversion windows that are over (E6). Eight queries of the index of overdue pushes, one
for runs, four for windows, one more for each further 100. Each push: one or two queries, and what
it needs, mostly one transaction; each run: a read, a request, a write; each window: a read, a
query, a transaction. One that fails is put off, a minute first, an hour at last, and holds up no
other: a read and a transaction. Begins nothing in the last 15 seconds of its time.
"""

from sluice.push import conversions, repairs
from sluice.push.runs import repairs as run_repairs
from sluice.shared import clock, events


@events.scheduled
def handler(until: float) -> None:
    """Repair what is overdue, the few runs first; close windows in the time that is left."""
    run_repairs.repair_overdue(clock.now(), until)
    repairs.repair_overdue(clock.now(), until)
    conversions.close_windows(clock.now(), until)
