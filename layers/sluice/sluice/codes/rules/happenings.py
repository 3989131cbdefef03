"""Which events a change of a seat is: one for each assignment whose status changed."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from sluice.codes.rules.seats import Assignment, Seat


class Happening(NamedTuple):
    """An event before it has an envelope."""

    type: str  # assignment.reserved.v1, .connected, .lost or .released
    assignment: Assignment


def of_seat_change(old: Seat | None, new: Seat | None) -> Iterator[Happening]:
    """Yield what happened; nothing for a seat that moved to another customer."""
    before = {a.assignment_id: a.status for a in old.assignments} if old else {}
    for assignment in new.assignments if new else ():
        if before.get(assignment.assignment_id) != assignment.status:
            yield Happening(f"assignment.{assignment.status}.v1", assignment)


def data_of(assignment: Assignment, customer_id: str, scope: str) -> dict[str, Any]:
    """Return what an event tells of an assignment: ids and times, nothing personal."""
    return {
        "assignment_id": assignment.assignment_id,
        "customer_id": customer_id,
        "scope": scope,
        "channel_id": assignment.channel_id,
        "code": assignment.code,
        "referrer_id": assignment.referrer_id,
        "reserved_at": assignment.reserved_at,
        "late": assignment.late,
    }
