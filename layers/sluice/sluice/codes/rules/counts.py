"""What statistics count: the difference between an item before and after a change (A8)."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sluice.codes.rules.seats import Assignment, Seat

TOTAL = "total"
COUNTERS = (
    "views",
    "visitors",
    "joins",
    "connections",
    "losses",
    "releases",
    "customers",  # connected now
    "reserved",  # waiting for a confirmation now
)


class Row(NamedTuple):
    """One row of statistics: what is counted, and on which day (or in all)."""

    dimension: str  # channels, referrers or codes
    id: str
    day: str


class Count(NamedTuple):
    """One counter of a row."""

    row: Row
    counter: str


def of_seat_change(old: Seat | None, new: Seat | None, time_zone: str) -> Counter[Count]:
    """Return what a change of a seat adds to each counter.

    An assignment that is no longer kept is not subtracted; one that moved to the customer this
    one was merged into is, because it is added there.
    """
    before = {a.assignment_id: a for a in old.assignments} if old else {}
    after = {a.assignment_id: a for a in new.assignments} if new else {}
    moved = new is not None and new.merged_into is not None
    zone = ZoneInfo(time_zone)
    counts: Counter[Count] = Counter()
    for assignment_id in before.keys() | after.keys():
        if assignment_id not in after and not moved:
            continue
        counts.update(_of_assignment(after.get(assignment_id), zone))
        counts.subtract(_of_assignment(before.get(assignment_id), zone))
    counts.update(_now(new))
    counts.subtract(_now(old))
    return Counter({count: number for count, number in counts.items() if number})


def of_visit(code: str, day: str, old_views: int, new_views: int) -> Counter[Count]:
    """Return what a view adds: a visitor's first view of the day also counts the visitor."""
    counts: Counter[Count] = Counter()
    for when in (day, TOTAL):
        row = Row("codes", code, when)
        counts[Count(row, "views")] = new_views - old_views
        if not old_views:
            counts[Count(row, "visitors")] = 1
    return counts


def _of_assignment(assignment: Assignment | None, zone: ZoneInfo) -> Counter[Count]:
    counts: Counter[Count] = Counter()
    if assignment is None:
        return counts
    for dimension, its_id in _dimensions(assignment):
        for counter, day in _happenings(assignment, zone):
            counts[Count(Row(dimension, its_id, day), counter)] += 1
            counts[Count(Row(dimension, its_id, TOTAL), counter)] += 1
    return counts


def _now(seat: Seat | None) -> set[Count]:
    """Return where this customer is counted as they stand: once, however often they joined."""
    counted = {"connected": "customers", "reserved": "reserved"}
    return {
        Count(Row(dimension, its_id, TOTAL), counted[assignment.status])
        for assignment in (seat.assignments if seat else ())
        if assignment.status in counted
        for dimension, its_id in _dimensions(assignment)
    }


def _dimensions(assignment: Assignment) -> Iterator[tuple[str, str]]:
    yield "channels", assignment.channel_id
    yield "codes", assignment.code
    if assignment.referrer_id is not None:
        yield "referrers", assignment.referrer_id


def _happenings(assignment: Assignment, zone: ZoneInfo) -> Iterator[tuple[str, str]]:
    yield "joins", assignment.reserved_day
    if assignment.status == "released":
        yield "releases", assignment.reserved_day
    for moment in assignment.connected:
        yield "connections", _day(moment, zone)
    for moment in assignment.lost:
        yield "losses", _day(moment, zone)


def _day(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).date().isoformat()
