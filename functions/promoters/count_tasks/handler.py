"""Events of visits, shares and payments: count what promoters bring about, once (D3).

promoter.visited.v1, task.shared.v1, payment.settled.v1, payment.refunded.v1 add to what an offer,
a promoter with it, and a promoter in a month and ever count: a claim and 4 rows, 10 write units.
They and offer.changed.v1, but not visits, which weigh nothing, ask for new rankings: a read, and
the first one since they were last made 3 write units.
"""

from sluice.promoters import happenings
from sluice.promoters.rules.counts import VISITS
from sluice.promoters.store import counting
from sluice.promoters.store.publishing import CHANGED
from sluice.shared import clock, events


@events.consumer
def handler(event: events.Event) -> None:
    """Count the event, and mark the rankings as outdated."""
    happened = happenings.of_event(event)
    if happened is not None:
        counting.count(event.organization_id, happened, clock.now())
    if event.type == CHANGED or (happened is not None and happened.counter != VISITS):
        counting.mark(event.organization_id, clock.now())
