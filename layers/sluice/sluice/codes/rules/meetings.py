"""Whose request a person's arrival in a channel belongs to (A6)."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from sluice.codes.rules.seats import Assignment, Seat

# Providers tell whole seconds by clocks of their own: who came "before" their request came by it.
SKEW = timedelta(minutes=2)


def assignment_at(
    seat: Seat | None, channel_ids: Collection[str], at: datetime
) -> Assignment | None:
    """Return the assignment of a seat that something in these channels at that time is about.

    The latest that was there by then, or else the first after: the same whatever came before.
    """
    here = sorted(
        (a for a in (seat.assignments if seat else ()) if a.channel_id in channel_ids),
        key=lambda a: (a.reserved_at, a.assignment_id),
    )
    before = [a for a in here if a.reserved_at <= at + SKEW]
    if before:
        return before[-1]
    return here[0] if here else None


def only_open(seats: Iterable[Seat | None], channel_id: str, at: datetime) -> Assignment | None:
    """Return the reservation that was open in a channel at that time; None where several were."""
    found = [
        seat.current
        for seat in seats
        if seat is not None
        and seat.assignments
        and seat.current.channel_id == channel_id
        and seat.current.status == "reserved"
        and seat.current.reserved_at <= at + SKEW
        and seat.current.expires_at > at
    ]
    return found[0] if len(found) == 1 else None
