"""Stream of seats: tell what happened to assignments, as events on the bus.

The seat itself is the outbox of the hot path: a join writes nothing more. Events leave at least
once, with the seat's version. Then each changed assignment's row in its channel's list is brought
in line (2 write units), if what it says is older (A8).
"""

from collections.abc import Iterator, Sequence

from sluice.codes.rules import happenings, standings
from sluice.codes.rules.seats import Seat
from sluice.codes.store import assignments
from sluice.codes.store.assignments import Written
from sluice.codes.tables import SeatItem
from sluice.shared import events, outbox, relay


@events.changes
def handler(changes: Sequence[events.Change]) -> None:
    """Relay a batch of changes, then list what they changed."""
    written = [change for change in changes if change.new]
    relay.send([event for change in written for event in _events(change)])
    assignments.project(row for change in written for row in _rows(change))


def _events(change: events.Change) -> list[outbox.Event]:
    old, new = _seats(change)
    organization_id, customer_id = new.customer.split("#")
    return [
        outbox.Event(
            id=f"{happening.assignment.assignment_id}.{int(new.version)}.{happening.name}",
            type=happening.type,
            organization_id=organization_id,
            occurred_at=change.at,
            version=int(new.version),
            data=happenings.data_of(happening.assignment, customer_id, new.scope),
            correlation_id=happening.assignment.story,
        )
        for happening in happenings.of_seat_change(old, new.seat)
    ]


def _rows(change: events.Change) -> Iterator[Written]:
    old, new = _seats(change)
    organization_id, customer_id = new.customer.split("#")
    for standing in standings.of_seat_change(old, new.seat, customer_id, int(new.version)):
        yield Written(organization_id, standing, change.at)


def _seats(change: events.Change) -> tuple[Seat | None, SeatItem]:
    old = SeatItem.from_raw_data(change.old) if change.old else None
    return old.seat if old else None, SeatItem.from_raw_data(change.new or {})
