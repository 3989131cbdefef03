"""What statistics count: the difference between an item before and after a change (A8)."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sluice.codes.rules.seats import Assignment, Seat, sides_of
from sluice.shared import counts as shared

TOTAL = "total"
RETAINED_DAYS = (1, 7, 30)
LOST_WITHIN = tuple(f"lost_within_{days}" for days in RETAINED_DAYS)  # of a day's connections
COUNTERS = (
    "views",
    "visitors",
    "joins",
    "connections",
    "losses",
    "losses_by_customer",
    "losses_by_member",
    "releases",
    "customers",  # seats connected now: a person has one for each kind of channel
    "reserved",  # seats waiting for a confirmation now
)
_BY = {"c": "losses_by_customer", "m": "losses_by_member"}


class Row(NamedTuple):
    """One row of statistics: what is counted, and on which day (or in all)."""

    dimension: str  # channels, referrers or codes
    id: str
    day: str


Count = shared.Count[Row]


def of_seat_change(old: Seat | None, new: Seat | None, time_zone: str) -> Counter[Count]:
    """Return what a change of a seat adds to each counter.

    An assignment or a time that is no longer kept is not subtracted; an assignment that moved to
    the customer this one was merged into is, because it is added there. `time_zone` is for times
    of older items, which were stored without their day.
    """
    before = {a.assignment_id: a for a in old.assignments} if old else {}
    after = {a.assignment_id: a for a in new.assignments} if new else {}
    moved = new is not None and new.merged_into is not None
    zone = ZoneInfo(time_zone)
    counts: Counter[Count] = Counter()
    for assignment_id in before.keys() | after.keys():
        if assignment_id not in after and not moved:
            continue
        kept = after.get(assignment_id)
        known = before.get(assignment_id)
        counts.update(_of_assignment(kept, zone, kept, known))
        counts.subtract(_of_assignment(known, zone, kept, None))
    counts.update(_now(new))
    counts.subtract(_now(old))
    return Counter({count: number for count, number in counts.items() if number})


def of_visit(code: str, day: str, old_views: int, new_views: int) -> Counter[Count]:
    """Return what a view adds: a visitor's first view of the day also counts the visitor there."""
    counts: Counter[Count] = Counter()
    for when in (day, TOTAL):
        counts[Count(Row("codes", code, when), "views")] = new_views - old_views
    if not old_views:
        counts[Count(Row("codes", code, day), "visitors")] = 1
    return counts


def of_new_visitor(code: str) -> Counter[Count]:
    """Return what a visitor's first view of a code adds beside: one visitor in all."""
    return Counter({Count(Row("codes", code, TOTAL), "visitors"): 1})


def _of_assignment(
    assignment: Assignment | None,
    zone: ZoneInfo,
    kept: Assignment | None,
    before: Assignment | None,
) -> Counter[Count]:
    """Count what happened to an assignment, without the times that `kept` no longer has.

    A loss that only `before` has is the oldest of too many: it ended what it ended.
    """
    counts: Counter[Count] = Counter()
    if assignment is None:
        return counts
    for dimension, its_id in _dimensions(assignment):
        for counter, day in _happenings(assignment, zone, kept or assignment, before):
            counts[Count(Row(dimension, its_id, day), counter)] += 1
            counts[Count(Row(dimension, its_id, TOTAL), counter)] += 1
        for counter, day in _endings(assignment, zone, kept or assignment, before):
            counts[Count(Row(dimension, its_id, day), counter)] += 1
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


def _happenings(
    assignment: Assignment, zone: ZoneInfo, kept: Assignment, before: Assignment | None
) -> Iterator[tuple[str, str]]:
    ends = _ends(assignment, before)
    yield "joins", assignment.reserved_day
    if assignment.status == "released":
        yield "releases", assignment.reserved_day
    for moment, day in _connections(assignment, zone).items():
        if moment in kept.connected:
            yield "connections", day
    for (moment, day), side in zip(
        _losses(assignment, zone).items(), sides_of(assignment), strict=True
    ):
        if moment in kept.lost:
            yield _BY[side], day
            if moment in ends:
                yield "losses", day


def _ends(assignment: Assignment, before: Assignment | None) -> set[datetime]:
    """Return which losses ended a connection: not that the other side left, too, after the first.

    Of what only `before` has the same is true as of `_of_assignment`'s.
    """
    connected = set(assignment.connected) | set(before.connected if before else ())
    lost = set(assignment.lost) | set(before.lost if before else ())
    told = sorted([*((at, "connected") for at in connected), *((at, "lost") for at in lost)])
    return {at for (_, last), (at, this) in pairwise(told) if (last, this) == ("connected", "lost")}


def _endings(
    assignment: Assignment, zone: ZoneInfo, kept: Assignment, before: Assignment | None
) -> Iterator[tuple[str, str]]:
    """Yield, on the day of each connection, within how many days a loss followed it.

    Days of the organisation's calendar: a loss on the next day is one day after.
    """
    losses = _losses(assignment, zone) | (_losses(before, zone) if before else {})
    times = sorted(losses)
    for moment, day in _connections(assignment, zone).items():
        place = bisect_left(times, moment)
        if moment not in kept.connected or place == len(times):
            continue
        lasted = date.fromisoformat(losses[times[place]]) - date.fromisoformat(day)
        for days, counter in zip(RETAINED_DAYS, LOST_WITHIN, strict=True):
            if lasted.days <= days:
                yield counter, day


def _connections(assignment: Assignment, zone: ZoneInfo) -> dict[datetime, str]:
    return _days(assignment.connected, assignment.connected_days, zone)


def _losses(assignment: Assignment, zone: ZoneInfo) -> dict[datetime, str]:
    return _days(assignment.lost, assignment.lost_days, zone)


def _days(
    times: tuple[datetime, ...], days: tuple[str, ...], zone: ZoneInfo
) -> dict[datetime, str]:
    """Return the day of each time: as it was told, else by the time zone."""
    told = (*days, *("" for _ in range(len(times) - len(days))))
    return {
        moment: day or moment.astimezone(zone).date().isoformat()
        for moment, day in zip(times, told, strict=True)
    }
