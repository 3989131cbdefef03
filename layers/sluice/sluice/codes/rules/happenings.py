"""Which events a change of a seat is: each new status of an assignment, each first connection."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from sluice.codes.rules.seats import Assignment, Seat


class Happening(NamedTuple):
    """An event before it has an envelope."""

    name: str  # reserved, connected, lost or released
    assignment: Assignment

    @property
    def type(self) -> str:
        """The event's type."""
        return f"assignment.{self.name}.v1"


def of_seat_change(old: Seat | None, new: Seat | None) -> Iterator[Happening]:
    """Yield what happened; nothing for a seat that moved to another customer.

    A first connection is told also where the loss that followed it arrived before it, and the
    status stays lost: who is rewarded for a connection must not depend on the order of callbacks.
    `is_first` is told with that connection alone, not again when it is lost or comes back.
    """
    before = {a.assignment_id: a for a in old.assignments} if old else {}
    for assignment in new.assignments if new else ():
        known = before.get(assignment.assignment_id)
        if known is None and assignment.is_moved:
            continue
        is_new = bool(assignment.connected) and not (known and known.connected)
        if is_new:
            yield Happening("connected", assignment)
        elif known is None or known.status != assignment.status:
            again = msgspec.structs.replace(assignment, is_first=False)
            yield Happening(assignment.status, again)


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
        "is_first": assignment.is_first,
    }
