"""When a channel takes customers: hours of the week, special dates, clocks that change (A4)."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sluice.codes.rules.shifts import (
    DAYS,
    MAX_DATES,
    MAX_WEEKLY,
    Shifts,
    When,
    open_at,
    problems_with,
)
from tests.support.candidates import shifts, weekly

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")  # its clocks change by half an hour


def local(text: str, zone: ZoneInfo, fold: int = 0) -> datetime:
    """Return the moment at which the clock on the wall shows this."""
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold)


OFFICE = weekly("mon tue wed thu fri", "09:00-12:00", "13:30-18:00")
NIGHT = weekly("fri", "22:00-06:00")
ALWAYS = weekly(" ".join(DAYS), "00:00-24:00")
HOLIDAY = shifts(
    [{"days": [*DAYS], "from": "20:00", "to": "02:00"}],
    [
        {"date": "2026-10-01", "hours": []},
        {"date": "2026-10-03", "hours": [{"from": "08:00", "to": "10:00"}]},
    ],
)


@pytest.mark.parametrize(
    ("given_shifts", "moment", "is_open"),
    [
        (OFFICE, "2026-03-05T08:59:59", False),
        (OFFICE, "2026-03-05T09:00", True),
        (OFFICE, "2026-03-05T11:59:59", True),
        (OFFICE, "2026-03-05T12:00", False),  # an end is not open
        (OFFICE, "2026-03-05T13:30", True),
        (OFFICE, "2026-03-07T10:00", False),  # Saturday
        (NIGHT, "2026-03-06T21:59", False),
        (NIGHT, "2026-03-06T22:00", True),
        (NIGHT, "2026-03-07T05:59", True),  # the night that began on Friday
        (NIGHT, "2026-03-07T06:00", False),
        (NIGHT, "2026-03-06T05:59", False),  # nothing began on Thursday
        (ALWAYS, "2026-03-05T00:00", True),
        (ALWAYS, "2026-03-05T23:59:59.999", True),
        (HOLIDAY, "2026-10-01T01:59", True),  # the night before goes on into the closed day
        (HOLIDAY, "2026-10-01T02:00", False),
        (HOLIDAY, "2026-10-01T21:00", False),
        (HOLIDAY, "2026-10-02T01:00", False),
        (HOLIDAY, "2026-10-02T20:00", True),
        (HOLIDAY, "2026-10-03T09:00", True),
        (HOLIDAY, "2026-10-03T21:00", False),  # a date's hours replace the week's
        (shifts([]), "2026-03-05T10:00", False),
    ],
)
def test_hours_are_those_of_the_organisations_clock(
    given_shifts: Shifts, moment: str, *, is_open: bool
) -> None:
    now = local(moment, SHANGHAI)
    assert open_at(given_shifts, SHANGHAI, now) is is_open
    assert open_at(given_shifts, SHANGHAI, now.astimezone(UTC)) is is_open
    assert When(now, SHANGHAI).is_open(given_shifts) is is_open


def test_the_same_moment_is_another_hour_in_another_zone() -> None:
    now = datetime(2026, 3, 5, 2, tzinfo=UTC)  # 10:00 in Shanghai, 21:00 the day before in New York
    assert open_at(OFFICE, SHANGHAI, now)
    assert not open_at(OFFICE, NEW_YORK, now)
    assert (When(now, SHANGHAI).today, When(now, NEW_YORK).today) == ("2026-03-05", "2026-03-04")


def minutes_open(given_shifts: Shifts, zone: ZoneInfo, first: str, hours: int) -> int:
    """Count the minutes at which shifts are open, one by one."""
    start = local(first, zone).astimezone(UTC)
    return sum(open_at(given_shifts, zone, start + timedelta(minutes=n)) for n in range(hours * 60))


@pytest.mark.parametrize(
    ("zone", "night", "hours", "minutes"),
    [  # in New York clocks go from 02:00 to 03:00 on 8 March, from 02:00 to 01:00 on 1 November
        (NEW_YORK, "2026-03-07", "22:00-06:00", 7 * 60),
        (NEW_YORK, "2026-10-31", "22:00-06:00", 9 * 60),
        (NEW_YORK, "2026-06-05", "22:00-06:00", 8 * 60),
        (NEW_YORK, "2026-03-08", "00:00-24:00", 23 * 60),
        (NEW_YORK, "2026-11-01", "00:00-24:00", 25 * 60),
        (NEW_YORK, "2026-03-08", "02:00-03:00", 0),  # these minutes are not there
        (NEW_YORK, "2026-03-08", "01:00-02:30", 90),  # 02:30 is counted from the old offset
        (NEW_YORK, "2026-03-08", "02:30-03:00", 0),
        (NEW_YORK, "2026-03-08", "02:30-04:00", 30),
        (NEW_YORK, "2026-11-01", "01:00-02:00", 120),  # from the first 01:00 to 02:00
        (NEW_YORK, "2026-11-01", "00:00-01:30", 90),  # until the first 01:30
        # on Lord Howe from 02:00 to 01:30 on 5 April, from 02:00 to 02:30 on 4 October
        (LORD_HOWE, "2026-04-04", "22:00-06:00", 8 * 60 + 30),
        (LORD_HOWE, "2026-10-03", "22:00-06:00", 7 * 60 + 30),
        (LORD_HOWE, "2026-04-05", "01:00-02:00", 90),
        (LORD_HOWE, "2026-10-04", "02:00-02:30", 0),
        (SHANGHAI, "2026-03-08", "22:00-06:00", 8 * 60),  # no clock changes there
    ],
)
def test_a_shift_over_a_change_of_clocks_lasts_as_long_as_the_clock_on_the_wall_says(
    zone: ZoneInfo, night: str, hours: str, minutes: int
) -> None:
    start, end = hours.split("-")
    one = shifts([], [{"date": night, "hours": [{"from": start, "to": end}]}])
    assert minutes_open(one, zone, night, 36) == minutes


clocks = st.sampled_from([f"{hour:02}:{minute:02}" for hour in range(24) for minute in (0, 30)])
hours = st.fixed_dictionaries({"from": clocks, "to": clocks})
weeks = st.lists(
    st.fixed_dictionaries(
        {
            "days": st.lists(st.sampled_from(DAYS), min_size=1, max_size=3),
            "from": clocks,
            "to": clocks,
        }
    ),
    max_size=3,
)
dates = st.lists(
    st.fixed_dictionaries(
        {
            "date": st.sampled_from(["2026-03-07", "2026-03-08", "2026-11-01", "2026-04-05"]),
            "hours": st.lists(hours, max_size=2),
        }
    ),
    max_size=2,
    unique_by=lambda special: special["date"],
)
starts = st.sampled_from(["2026-03-07T00:00", "2026-10-31T12:15", "2026-04-04T23:45"])


@given(weeks, dates, starts, st.integers(0, 3 * 24 * 60), st.integers(0, 59_999))
@settings(max_examples=100)
def test_nothing_opens_or_closes_within_a_minute(
    week: list[dict[str, Any]],
    special: list[dict[str, Any]],
    start: str,
    minutes: int,
    milliseconds: int,
) -> None:
    """A line-up that is kept for the minute stays right."""
    given_shifts = shifts(week, special)
    now = local(start, NEW_YORK).astimezone(UTC) + timedelta(minutes=minutes)
    later = now + timedelta(milliseconds=milliseconds)
    assert When(later, NEW_YORK).minute == now
    assert open_at(given_shifts, NEW_YORK, later) is open_at(given_shifts, NEW_YORK, now)


NINE_TO_FIVE = {"from": "09:00", "to": "17:00"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"week": [{"days": ["mon"], "from": "24:00", "to": "06:00"}]},
        {"week": [{"days": ["mon"], "from": "9:00", "to": "17:00"}]},
        {"week": [{"days": ["mon"], "from": "09:60", "to": "17:00"}]},
        {"week": [{"days": ["mon"], "from": "09:00", "to": "24:01"}]},
        {"week": [{"days": ["mon"], "from": "09:00\n", "to": "17:00"}]},
        {"week": [{"days": ["mon"], "from": "\uff10\uff19:00", "to": "17:00"}]},
        {"week": [{"days": [], **NINE_TO_FIVE}]},
        {"week": [{"days": ["monday"], **NINE_TO_FIVE}]},
        {"week": [{"days": ["mon"], "from": "09:00"}]},
        {"week": [{"days": ["mon"], **NINE_TO_FIVE, "zone": "UTC"}]},
        {"week": [{"days": ["mon"], **NINE_TO_FIVE}] * (MAX_WEEKLY + 1)},
        {"dates": [{"date": "2026-02-30", "hours": []}]},
        {"dates": [{"date": "2026-10-01"}]},
        {"dates": [{"date": "2026-10-01", "hours": [NINE_TO_FIVE] * 5}]},
        {"dates": [{"date": "2026-10-01", "hours": []}] * (MAX_DATES + 1)},
        {"weeks": []},
    ],
)
def test_shifts_of_another_form_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(wrong, Shifts)


@pytest.mark.parametrize(
    ("wrong", "fields"),
    [
        ({}, ["week"]),
        ({"dates": [{"date": "2026-10-01", "hours": []}]}, ["week"]),
        ({"week": [{"days": ["mon"], "from": "09:00", "to": "09:00"}]}, ["week[0].to"]),
        ({"week": [{"days": ["mon", "mon"], **NINE_TO_FIVE}]}, ["week[0].days"]),
        (
            {
                "week": [{"days": ["mon"], **NINE_TO_FIVE}],
                "dates": [
                    {"date": "2026-10-01", "hours": [NINE_TO_FIVE]},
                    {"date": "2026-10-01", "hours": []},
                    {"date": "9999-12-31", "hours": []},
                    {"date": "2026-10-02", "hours": [{"from": "08:00", "to": "08:00"}]},
                ],
            },
            ["dates[1].date", "dates[2].date", "dates[3].hours[0].to"],
        ),
    ],
)
def test_what_is_wrong_with_shifts_is_named(wrong: dict[str, Any], fields: list[str]) -> None:
    found = problems_with(msgspec.convert(wrong, Shifts))
    assert [field for field, _ in found] == fields


def test_shifts_are_stored_as_they_are_given() -> None:
    stored = msgspec.to_builtins(HOLIDAY)
    assert stored["week"][0]["from"] == "20:00"
    assert msgspec.convert(stored, Shifts) == HOLIDAY
    assert not problems_with(HOLIDAY)
