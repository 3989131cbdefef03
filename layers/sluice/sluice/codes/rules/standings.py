"""How assignments stand after a change of their seat: the rows of a channel's list (A8).

A row is written where its assignment is another than before. `moves`, then `version` order what
is said of one assignment: changes of a seat may arrive twice and in any order.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from sluice.codes.rules.seats import Assignment, Seat

RELEASED_KEPT = timedelta(days=30)  # a late confirmation brings the row back
_ENDED = {"lost", "released"}
_ENDS = {"connected": "lost", "reserved": "released"}


class Standing(NamedTuple):
    """An assignment as it stands, and whose it is."""

    assignment: Assignment
    customer_id: str
    version: int

    @property
    def order(self) -> tuple[int, int]:
        """What is said later of an assignment is greater."""
        return self.assignment.moves, self.version


def of_seat_change(
    old: Seat | None, new: Seat, customer_id: str, version: int
) -> Iterator[Standing]:
    """Yield each assignment that is other than before, as it stands now.

    Those that a merge took away are told of by the seat that has them. One that its seat no
    longer keeps stands as it did; where it ended in the same change, that is all that is known.
    """
    before = {a.assignment_id: a for a in old.assignments} if old else {}
    for assignment in new.assignments:
        if before.pop(assignment.assignment_id, None) != assignment:
            yield Standing(assignment, customer_id, version)
    if new.merged_into:
        return
    for dropped in before.values():
        if dropped.status not in _ENDED:
            ended = msgspec.structs.replace(dropped, status=_ENDS[dropped.status])
            yield Standing(ended, customer_id, version)


def place_of(assignment_id: str) -> str:
    """Return an assignment's place in its channel's list: by the time of its reservation."""
    customer_id, scope, made = assignment_id.split(".")
    return f"{made}.{customer_id}.{scope}"


def forgotten_at(assignment: Assignment, changed_at: datetime) -> datetime | None:
    """Return when a row may go; None for one that stays: what was ever connected does."""
    return changed_at + RELEASED_KEPT if assignment.status == "released" else None
