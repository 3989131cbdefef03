"""The life of a seat (A4 to A6): reserved, connected, lost, released, and taken again.

A seat is one per organisation, seat scope and customer. It holds its assignments, the current one
first: the others are kept so that a late callback finds its own. What a channel holds follows from
the assignments alone, so every change of a counter is the difference of two seats.
"""

from datetime import datetime, timedelta
from typing import Literal

import msgspec
from msgspec.structs import replace

MAX_KEPT = 8  # replaced assignments; the first and those still connected stay beyond it
MAX_TIMES = 20  # connections or losses kept of one assignment, the newest; each is counted
RECONCILED = "reconciled"  # a loss that nobody told of: the customer is not in the provider's list

Status = Literal["reserved", "connected", "lost", "released"]


class Assignment(msgspec.Struct, frozen=True, omit_defaults=True):
    """One channel shown to one customer."""

    assignment_id: str
    channel_id: str
    provider: str
    code: str
    reserved_at: datetime
    reserved_day: str  # in the organisation's time zone; a daily cap counts it
    expires_at: datetime
    why: str = ""
    referrer_id: str | None = None
    status: Status = "reserved"
    connected: tuple[datetime, ...] = ()
    connected_days: tuple[str, ...] = ()  # of each, as it was told; none in older items
    lost: tuple[datetime, ...] = ()
    lost_days: tuple[str, ...] = ()
    lost_by: str = ""  # customer or member, of the latest loss
    lost_sides: str = ""  # of each loss a letter, c or m; none in older items
    evidence: str = ""  # of the latest loss, as of its contact
    was_released: bool = False  # before the provider told anything of it
    late: bool = False  # connected after it was released or lost: may be over the cap
    is_first: bool = False  # made this person a customer, in any scope: what a referrer is for
    is_moved: bool = False  # came from another customer by a merge, and was told of there
    moves: int = 0  # from customer to customer: versions of two seats have no order, these have
    is_inferred: bool = False  # connected because no other reservation was open, not by identity
    story: str = ""  # the correlation id of its join, for the logs; none in older items


class Seat(msgspec.Struct, frozen=True, omit_defaults=True):
    """The slot of a customer in a scope; `assignments[0]` is the current one."""

    assignments: tuple[Assignment, ...] = ()
    merged_into: str | None = None  # the customer this one turned out to be

    @property
    def current(self) -> Assignment:
        """The assignment that is shown."""
        return self.assignments[0]


class Contact(msgspec.Struct, frozen=True):
    """What a provider tells: a customer was connected with, or lost to, a channel."""

    kind: Literal["connected", "lost"]
    assignment_id: str
    at: datetime
    customer_ref: str  # the customer's id at the provider
    by: Literal["customer", "member"] = "customer"
    is_inferred: bool = False
    evidence: str = ""  # empty: the provider told of it; reconciled: its list showed it


def reserve(old: Seat | None, new: Assignment) -> Seat:
    """Give the seat a new assignment; one that was only reserved before is released."""
    kept = tuple(_released(a) for a in old.assignments) if old else ()
    return Seat(_bounded((new, *kept)))


def renew(seat: Seat, now: datetime, seconds: int) -> Seat:
    """Keep an expired reservation for its customer, who came back before anyone took it."""
    current = replace(seat.current, expires_at=now + timedelta(seconds=seconds))
    return replace(seat, assignments=(current, *seat.assignments[1:]))


def is_waiting(seat: Seat, now: datetime) -> bool:
    """Tell whether the seat is reserved and its time not over."""
    return bool(seat.assignments) and (
        seat.current.status == "reserved" and seat.current.expires_at > now
    )


def expire(seat: Seat, now: datetime) -> Seat | None:
    """Release a reservation whose time is over; None when there is nothing to release."""
    if not seat.assignments or seat.merged_into:
        return None
    current = seat.current
    if current.status != "reserved" or current.expires_at > now:
        return None
    return replace(seat, assignments=(_released(current), *seat.assignments[1:]))


def give_up(seat: Seat) -> Seat | None:
    """Release a reservation before its time, as its customer asked; None without one."""
    if not seat.assignments or seat.current.status != "reserved":
        return None
    current = _released(seat.current)
    return replace(seat, assignments=(current, *seat.assignments[1:]))


def tell(seat: Seat, contact: Contact, day: str, *, is_customer: bool = False) -> Seat | None:
    """Apply what the provider tells; None when it is known or concerns no assignment here.

    The result does not depend on the order in which connections and losses arrive: the latest of
    them, by the provider's time, decides (a loss wins a tie). A connection counts however late it
    comes, over the cap if need be (A6); what was only reserved beside it is released.
    `day` is that of the contact in the organisation's time zone, kept so that a later change of
    the zone moves nothing. `is_customer` tells that the person was connected before, in whatever
    scope. Of many times the newest are kept; an older one than those can decide nothing, and
    whether it was told before is no longer known: it is taken for known. A loss that only a list
    showed ends a connection from before the list, and nothing else; told after all, it is known.
    """
    told = next((a for a in seat.assignments if a.assignment_id == contact.assignment_id), None)
    if told is None or (contact.kind == "lost" and _is_known_by_list(told, contact)):
        return None
    times = told.connected if contact.kind == "connected" else told.lost
    if contact.at in times or (len(times) >= MAX_TIMES and contact.at < times[0]):
        return None
    changed = _with_contact(told, contact, day)
    was_connected = is_customer or any(a.connected for a in seat.assignments)
    if contact.kind == "connected" and not was_connected:
        changed = replace(changed, is_first=True)
    others = [a for a in seat.assignments if a is not told]
    return replace(seat, assignments=_bounded(_settled([changed, *others])))


def _is_known_by_list(told: Assignment, loss: Contact) -> bool:
    """Tell whether a list and a callback speak of the same loss, or the list of none."""
    if loss.evidence == RECONCILED:
        return told.status != "connected" or told.connected[-1] >= loss.at
    is_listed = told.status == "lost" and told.evidence == RECONCILED and bool(told.connected)
    return is_listed and told.connected[-1] < loss.at <= told.lost[-1]


def merge(kept: Seat | None, other: Seat | None, told: str) -> Seat | None:
    """Put two customers' seats together who are one person (A6): a connected one wins.

    `told` is the assignment whose confirmation showed it. Who is kept is known by a connection,
    so no connection of the other one is the person's first. Nothing is dropped here: what one
    customer loses the other gains, so that counts stay equal.
    """
    moved = [
        replace(a, is_moved=a.assignment_id != told, is_first=False, moves=a.moves + 1)
        for a in (other.assignments if other else ())
    ]
    assignments = [*(kept.assignments if kept else ()), *moved]
    return Seat(_settled(assignments)) if assignments else None


def _with_contact(told: Assignment, contact: Contact, day: str) -> Assignment:
    if contact.kind == "connected":
        times, days = _with_time(told.connected, told.connected_days, contact.at, day)
        # Whoever was once known by identity is known, in whatever order it is told.
        is_inferred = contact.is_inferred and (told.is_inferred or not told.connected)
        changed = replace(told, connected=times, connected_days=days, is_inferred=is_inferred)
    else:
        times, days = _with_time(told.lost, told.lost_days, contact.at, day)
        sides = dict(zip(told.lost, sides_of(told), strict=True)) | {contact.at: contact.by[0]}
        changed = replace(
            told,
            lost=times,
            lost_days=days,
            lost_by=contact.by if contact.at == times[-1] else told.lost_by,
            evidence=contact.evidence if contact.at == times[-1] else told.evidence,
            lost_sides="".join(sides[at] for at in times),
        )
    connected, lost = changed.connected, changed.lost
    is_connected = bool(connected) and (not lost or connected[-1] > lost[-1])
    was_released = told.was_released or told.status == "released"
    came_back = bool(connected and lost) and connected[-1] > lost[0]
    return replace(
        changed,
        status="connected" if is_connected else "lost",
        was_released=was_released,
        late=told.late or came_back or (was_released and bool(connected)),
    )


def sides_of(assignment: Assignment) -> str:
    """Return who ended it at each loss, a letter each: `c` the customer, `m` the member.

    Of an older item the latest is known; the others are taken for the customer's.
    """
    losses = len(assignment.lost)
    if len(assignment.lost_sides) == losses:
        return assignment.lost_sides
    return "c" * (losses - 1) + (assignment.lost_by or "c")[0]


def _with_time(
    times: tuple[datetime, ...], days: tuple[str, ...], at: datetime, day: str
) -> tuple[tuple[datetime, ...], tuple[str, ...]]:
    """Add a time and its day, and keep the newest; times of older items have no day."""
    known = (*days, *("" for _ in range(len(times) - len(days))))
    pairs = sorted([*zip(times, known, strict=True), (at, day)])[-MAX_TIMES:]
    return tuple(time for time, _ in pairs), tuple(its_day for _, its_day in pairs)


def _settled(assignments: list[Assignment]) -> tuple[Assignment, ...]:
    """Put the current one first: connected before reserved before ended, newest first in each."""
    rank = {"connected": 0, "reserved": 1, "lost": 2, "released": 2}
    by_age = sorted(assignments, key=lambda a: (a.reserved_at, a.assignment_id), reverse=True)
    first, *rest = sorted(by_age, key=lambda a: rank[a.status])
    return (first, *(_released(a) for a in rest))


def _released(assignment: Assignment) -> Assignment:
    is_open = assignment.status == "reserved"
    return replace(assignment, status="released") if is_open else assignment


def _bounded(assignments: tuple[Assignment, ...]) -> tuple[Assignment, ...]:
    first, *rest = assignments
    keep = [a for i, a in enumerate(rest) if i < MAX_KEPT or a.status == "connected" or a.is_first]
    return (first, *keep)
