"""Stream of seats: tell what happened to assignments, as events on the bus.

The seat itself is the outbox of the hot path: a join writes nothing more. Events leave at least
once, with the seat's version.
"""

from collections.abc import Sequence

from sluice.codes.rules import happenings
from sluice.codes.tables import SeatItem
from sluice.shared import events, outbox, relay


@events.changes
def handler(changes: Sequence[events.Change]) -> None:
    """Relay a batch of changes."""
    relay.send([event for change in changes if change.new for event in _events(change)])


def _events(change: events.Change) -> list[outbox.Event]:
    new = SeatItem.from_raw_data(change.new or {})
    old = SeatItem.from_raw_data(change.old) if change.old else None
    organization_id, customer_id = new.customer.split("#")
    return [
        outbox.Event(
            id=f"{happening.assignment.assignment_id}.{int(new.version)}.{happening.name}",
            type=happening.type,
            organization_id=organization_id,
            occurred_at=change.at,
            version=int(new.version),
            data=happenings.data_of(happening.assignment, customer_id, new.scope),
        )
        for happening in happenings.of_seat_change(old.seat if old else None, new.seat)
    ]
