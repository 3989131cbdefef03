"""Event participation.recorded.v1: reward a newcomer and their inviter, both or neither (C5).

So too by activity.recorded.v1, when the record of the act comes after the participation. Whoever
comes last finds the other. Reads what is known of both sides, a query for each identity; one
transaction: the two grants, the newcomer's entry as a customer, the checks of the blacklist; or one
of 3 items that says why not. What is settled stays: late and repeated events change nothing.
"""

import msgspec

from sluice.invitations.store import participating, people, settling
from sluice.shared import clock, events, telemetry
from sluice.shared.outbox import Event

RECORDED = "participation.recorded.v1"


class Recorded(msgspec.Struct):
    """What this function reads of a participation."""

    promotion_id: str
    participation_id: str


class Acted(msgspec.Struct):
    """What this function reads of a person in an activity's event."""

    person_keys: list[str]


class Activity(msgspec.Struct):
    """What this function reads of an activity's event."""

    promotion_id: str
    people: list[Acted]


@events.consumer
def handler(event: Event) -> None:
    """Settle the participation, or those of the people who acted."""
    organization_id = event.organization_id
    if event.type == RECORDED:
        recorded = msgspec.convert(event.data, Recorded)
        promotion_id, found = recorded.promotion_id, [recorded.participation_id]
    else:
        activity = msgspec.convert(event.data, Activity)
        promotion_id, found = activity.promotion_id, []
        for person in activity.people:
            keys = people.find_known(organization_id, person.person_keys).keys
            found += participating.participations_of(organization_id, promotion_id, keys)
    states = [
        settling.settle(organization_id, promotion_id, participation_id, clock.now())
        for participation_id in dict.fromkeys(found)
    ]
    telemetry.note(settled=[str(state) for state in states])
