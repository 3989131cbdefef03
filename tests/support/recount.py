"""Counting again from what is stored, in plain Python and with nothing of the product's rules."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from sluice.codes.tables import SeatItem, StatisticsRow, Visit
from sluice.codes.tables.assignments import AssignmentRow
from tests.support.aws import items_of

COUNTED_NOW = {"connected": "customers", "reserved": "reserved"}
COUNTED = (
    *("views", "visitors"),
    *("joins", "connections", "losses", "releases", "customers", "reserved"),
    *("losses_by_customer", "losses_by_member"),
    *("lost_within_1", "lost_within_7", "lost_within_30"),
)

type Key = tuple[str, str, str, str]  # dimension, id, day or total, counter
type Stored = dict[str, Any]  # an assignment as it is stored


def seats() -> list[tuple[str, list[Stored]]]:
    """Return each seat as its customer's key and its assignments."""
    found = []
    for item in items_of(SeatItem):
        raw = item.serialize()
        seat = json.loads(raw["seat"]["S"])
        found.append((raw["customer"]["S"], seat.get("assignments", [])))
    return found


def status_of(assignment: Stored) -> str:
    """Return an assignment's status; where it is the usual one it is not stored."""
    return str(assignment.get("status", "reserved"))


def held() -> Counter[str]:
    """Count the places of each channel: in one seat a channel gives one at most."""
    places = Counter[str]()
    for _, assignments in seats():
        places.update({a["channel_id"] for a in assignments if status_of(a) in COUNTED_NOW})
    return places


def turns() -> Counter[str]:
    """Count the assignments of each channel that seats still keep."""
    return Counter(a["channel_id"] for _, assignments in seats() for a in assignments)


def days() -> Counter[tuple[str, str]]:
    """Count each channel's joins of a day that were not given back."""
    return Counter(
        (a["channel_id"], a["reserved_day"])
        for _, assignments in seats()
        for a in assignments
        if status_of(a) != "released"
    )


def assignments() -> dict[str, Stored]:
    """Return what the list of each channel must say of every assignment that a seat keeps."""
    return {
        assignment["assignment_id"]: {
            "channel": f"{customer.split('#')[0]}#{assignment['channel_id']}",
            "customer_id": customer.split("#")[1],
            "status": status_of(assignment),
            "provider": assignment["provider"],
            "code": assignment["code"],
            "referrer_id": assignment.get("referrer_id"),
            "why": assignment.get("why"),
            "reserved_at": datetime.fromisoformat(assignment["reserved_at"]),
            "connected_at": _last(assignment.get("connected", [])),
            "lost_at": _last(assignment.get("lost", [])),
            "lost_by": assignment.get("lost_by"),
            "evidence": assignment.get("evidence"),
            "late": assignment.get("late", False),
        }
        for customer, kept in seats()
        for assignment in kept
    }


def stored_assignments() -> dict[str, Stored]:
    """Read every row of the channels' lists, by assignment."""
    names = ["channel", "customer_id", "status", "provider", "code", "referrer_id", "why"]
    names += ["reserved_at", "connected_at", "lost_at", "lost_by", "evidence", "late"]
    found: dict[str, Stored] = {}
    for row in items_of(AssignmentRow):
        assert isinstance(row, AssignmentRow)
        assert row.assignment_id not in found, f"{row.assignment_id} is in two places"
        found[row.assignment_id] = {name: getattr(row, name) for name in names}
    return found


def _last(times: list[str]) -> datetime | None:
    return datetime.fromisoformat(times[-1]) if times else None


def statistics() -> dict[Key, int]:
    """Count what happened to seats and to codes, each on the day it was told and in all."""
    sums: Counter[Key] = Counter()
    for _, assignments in seats():
        now: set[Key] = set()
        for assignment in assignments:
            for dimension, its_id in _counted_for(assignment):
                for counter, day in _happened(assignment):
                    sums[dimension, its_id, day, counter] += 1
                    sums[dimension, its_id, "total", counter] += 1
                for counter, day in _ended(assignment):
                    sums[dimension, its_id, day, counter] += 1
                if status_of(assignment) in COUNTED_NOW:
                    now.add((dimension, its_id, "total", COUNTED_NOW[status_of(assignment)]))
        sums.update(now)
    people: dict[str, set[str]] = defaultdict(set)
    for item in items_of(Visit):
        assert isinstance(item, Visit)
        code = item.visitor.split("#")[1]
        people[code].add(item.visitor)
        sums["codes", code, item.day, "visitors"] += 1
        for day in (item.day, "total"):
            sums["codes", code, day, "views"] += int(item.views)
    sums.update(
        {("codes", code, "total", "visitors"): len(those) for code, those in people.items()}
    )
    return dict(+sums)


def _counted_for(assignment: Stored) -> Iterator[tuple[str, str]]:
    for dimension, name in (("channels", "channel_id"), ("codes", "code")):
        yield dimension, assignment[name]
    if "referrer_id" in assignment:
        yield "referrers", assignment["referrer_id"]


def _happened(assignment: Stored) -> Iterator[tuple[str, str]]:
    yield "joins", assignment["reserved_day"]
    if status_of(assignment) == "released":
        yield "releases", assignment["reserved_day"]
    for name in ("connected", "lost"):
        times, told_days = assignment.get(name, []), assignment.get(f"{name}_days", [])
        assert len(times) == len(told_days), f"each of {name} has the day on which it counts"
    is_connected = False
    told = [
        (at, name, day) for name in ("connected", "lost") for at, day in _dated(assignment, name)
    ]
    for _, name, day in sorted(told):  # a loss at the same instant comes after
        if name == "connected":
            yield "connections", day
        elif is_connected:
            yield "losses", day
        is_connected = name == "connected"
    sides = assignment.get("lost_sides", "")
    assert len(sides) == len(assignment.get("lost", [])), "each loss has the side it came from"
    for side, day in zip(sides, assignment.get("lost_days", []), strict=True):
        yield {"c": "losses_by_customer", "m": "losses_by_member"}[side], day


def _ended(assignment: Stored) -> Iterator[tuple[str, str]]:
    """Yield, on the day of each connection, in how many days its first loss came."""
    losses = _dated(assignment, "lost")
    for moment, day in _dated(assignment, "connected"):
        later = [when for when in losses if when[0] >= moment]
        if later:
            _, lost_on = min(later)
            lasted = date.fromisoformat(lost_on).toordinal() - date.fromisoformat(day).toordinal()
            yield from ((f"lost_within_{n}", day) for n in (1, 7, 30) if lasted <= n)


def _dated(assignment: Stored, name: str) -> list[tuple[datetime, str]]:
    times = [datetime.fromisoformat(text) for text in assignment.get(name, [])]
    return list(zip(times, assignment.get(f"{name}_days", []), strict=True))


def stored_statistics() -> dict[Key, int]:
    """Read every counter of the statistics table."""
    sums: Counter[Key] = Counter()
    for item in items_of(StatisticsRow):
        assert isinstance(item, StatisticsRow)
        dimension = item.key.split("#")[1]
        day, its_id = item.row.split("#")
        for counter in COUNTED:
            sums[dimension, its_id, day, counter] += int(getattr(item, counter) or 0)
    return {key: number for key, number in sums.items() if number}
