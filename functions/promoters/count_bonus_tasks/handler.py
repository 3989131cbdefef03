"""Event task.shared.v1: a bonus task for the channel type, or one more of its promotions (D6).

So too by payment.settled.v1 and payment.refunded.v1, one transaction more or less. One query of
the promoter's tasks with the offer, for each a transaction of 2 items, with the reward's where its
quota is reached; a share reads settings and offer, and writes the new task with a push that tells
of it. Each event counts once; late and repeated ones are right.
"""

from sluice.promoters import bonus_events
from sluice.promoters.store import bonus_counting, bonus_telling
from sluice.shared import clock, events, telemetry
from sluice.shared.outbox import Event


@events.consumer
def handler(event: Event) -> None:
    """Count the event, then offer what a share brings about."""
    happening, share = bonus_events.of_event(event)
    if happening is None:
        return
    now = clock.now()
    states = bonus_counting.count(event.organization_id, happening, now)
    offered = bonus_telling.offer(event.organization_id, share, now) if share else None
    telemetry.note(bonus_tasks=states, offered=offered is not None)
