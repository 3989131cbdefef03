"""When a channel takes customers (A4): hours of the week, and dates that override them.

Hours are what the clock on the wall shows in the organisation's time zone. Hours belong to the day
they start on: a night from 22:00 to 06:00 goes on into a date that is closed. Where clocks change,
RFC 5545 (3.3.5) is followed: a time that is there twice is the first, and one that is skipped is
counted with the offset from before the change.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

MAX_WEEKLY = 28  # four spans a day
MAX_DATES = 100
MAX_SPANS_OF_DATE = 4
FIRST_YEAR, LAST_YEAR = 2000, 2199
MIDNIGHT = "24:00"  # the end of a day

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_DAY = timedelta(days=1)
_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9]"
_From = Annotated[str, Meta(pattern=rf"^{_TIME}$(?!\n)")]
_To = Annotated[str, Meta(pattern=rf"^({_TIME}|24:00)$(?!\n)")]


class Hours(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """From a time to another; where that is not later, it is of the next day."""

    start: _From = msgspec.field(name="from")
    end: _To = msgspec.field(name="to")


class WeeklyHours(Hours, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Hours on some days of every week."""

    days: Annotated[tuple[Day, ...], Meta(min_length=1, max_length=7)]


class SpecialDate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A date that has its own hours, or none: closed."""

    date: date
    hours: Annotated[tuple[Hours, ...], Meta(max_length=MAX_SPANS_OF_DATE)]


class Shifts(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """When a channel takes customers; several spans a day are allowed."""

    week: Annotated[tuple[WeeklyHours, ...], Meta(max_length=MAX_WEEKLY)] = ()
    dates: Annotated[tuple[SpecialDate, ...], Meta(max_length=MAX_DATES)] = ()


class When:
    """The moment of a choice, in the organisation's time zone."""

    def __init__(self, now: datetime, zone: tzinfo) -> None:
        self.now = now
        self.zone = zone
        self.today = now.astimezone(zone).date().isoformat()
        self._open: dict[Shifts, bool] = {}  # many channels have the same shifts

    @property
    def minute(self) -> datetime:
        """The minute this is in: within it no shift begins or ends."""
        return self.now.replace(second=0, microsecond=0)

    def is_open(self, shifts: Shifts | None) -> bool:
        """Tell whether a channel with these shifts takes customers now; without any, always."""
        if shifts is None:
            return True
        known = self._open.get(shifts)
        if known is None:
            known = self._open[shifts] = open_at(shifts, self.zone, self.now)
        return known


def open_at(shifts: Shifts, zone: tzinfo, now: datetime) -> bool:
    """Tell whether shifts are open at a moment: from each start on, until before its end."""
    today = now.astimezone(zone).date()
    return any(
        start <= now < end
        for day in (today - _DAY, today)
        for start, end in spans(shifts, zone, day)
    )


def spans(shifts: Shifts, zone: tzinfo, day: date) -> Iterator[tuple[datetime, datetime]]:
    """Yield the spans that start on a day, from and to in UTC; the last may end on the next."""
    for hours in _hours_of(shifts, day):
        last = day if hours.start < hours.end else day + _DAY
        yield _moment(day, hours.start, zone), _moment(last, hours.end, zone)


def problems_with(shifts: Shifts) -> list[tuple[str, str]]:
    """Return what is wrong with shifts: each field and why; nothing when they are valid."""
    found = []
    if not shifts.week and not any(special.hours for special in shifts.dates):
        found.append(("week", "never open: give hours, or set the channel's status to closed"))
    for n, weekly in enumerate(shifts.week):
        found += _problems_with_hours(f"week[{n}]", weekly)
        if len(set(weekly.days)) < len(weekly.days):
            found.append((f"week[{n}].days", "a day is there twice"))
    dates = [special.date for special in shifts.dates]
    for n, special in enumerate(shifts.dates):
        if special.date in dates[:n]:
            found.append((f"dates[{n}].date", "this date is there before"))
        if not FIRST_YEAR <= special.date.year <= LAST_YEAR:
            found.append((f"dates[{n}].date", "out of range"))
        for m, hours in enumerate(special.hours):
            found += _problems_with_hours(f"dates[{n}].hours[{m}]", hours)
    return found


def _problems_with_hours(field: str, hours: Hours) -> list[tuple[str, str]]:
    if hours.start == hours.end:
        return [(f"{field}.to", "is the same as from; the whole day is 00:00 to 24:00")]
    return []


def _hours_of(shifts: Shifts, day: date) -> Sequence[Hours]:
    for special in shifts.dates:
        if special.date == day:
            return special.hours
    name = DAYS[day.weekday()]
    return [weekly for weekly in shifts.week if name in weekly.days]


def _moment(day: date, time: str, zone: tzinfo) -> datetime:
    if time == MIDNIGHT:
        day, time = day + _DAY, "00:00"
    hour, minute = map(int, time.split(":"))
    local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)
    return local.astimezone(UTC)
