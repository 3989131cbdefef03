"""Quiet hours, also where clocks change: against the clock on the wall, minute by minute."""

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.push.rules import windows
from sluice.push.rules.windows import QuietHours, add_allowed, longest, next_allowed

NIGHT = QuietHours("22:00", "08:00")
LUNCH = QuietHours("12:00", "13:30")
SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
MINUTE = timedelta(minutes=1)
# with half hours, changes at midnight, by 30 minutes, in Ramadan, and a day that was left out
ZONES = st.sampled_from(
    [
        "Asia/Shanghai",
        "Europe/Berlin",
        "America/New_York",
        "America/Santiago",
        "Asia/Kathmandu",
        "Australia/Lord_Howe",
        "Africa/Casablanca",
        "UTC",
    ]
).map(ZoneInfo)
MOMENTS = st.builds(
    lambda seconds: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds),
    st.integers(0, 6 * 365 * 86_400),
)
NEAR_A_CHANGE = st.builds(
    lambda change, minutes: (change[0] + timedelta(minutes=minutes), ZoneInfo(change[1])),
    st.sampled_from(
        [
            (datetime(2026, 3, 29, 1, tzinfo=UTC), "Europe/Berlin"),  # forward
            (datetime(2026, 10, 25, 1, tzinfo=UTC), "Europe/Berlin"),  # back
            (datetime(2026, 4, 4, 15, tzinfo=UTC), "Australia/Lord_Howe"),  # back, 30 minutes
            (datetime(2026, 9, 6, 4, tzinfo=UTC), "America/Santiago"),  # forward, at midnight
        ]
    ),
    st.integers(-2000, 2000),
)
PLACES = st.one_of(NEAR_A_CHANGE, st.tuples(MOMENTS, ZONES))  # a moment, and whose clock
TIMES = st.builds(lambda h, m: f"{h:02}:{m:02}", st.integers(0, 23), st.integers(0, 59))
QUIET = st.builds(QuietHours, TIMES, TIMES).filter(lambda quiet: windows.fault(quiet) is None)


def local(text: str, zone: tzinfo) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def is_quiet(moment: datetime, quiet: QuietHours, zone: tzinfo) -> bool:
    """Read the clock on the wall."""
    wall = moment.astimezone(zone).strftime("%H:%M")
    if quiet.start < quiet.end:
        return quiet.start <= wall < quiet.end
    return wall >= quiet.start or wall < quiet.end


@pytest.mark.parametrize(
    ("zone", "quiet", "now", "expected"),
    [
        (SHANGHAI, NIGHT, "2026-05-01T21:59:59", "2026-05-01T21:59:59"),
        (SHANGHAI, NIGHT, "2026-05-01T22:00:00", "2026-05-02T08:00:00"),
        (SHANGHAI, NIGHT, "2026-05-02T03:00:00", "2026-05-02T08:00:00"),
        (SHANGHAI, NIGHT, "2026-05-02T08:00:00", "2026-05-02T08:00:00"),
        (SHANGHAI, LUNCH, "2026-05-02T12:30:00", "2026-05-02T13:30:00"),
        (SHANGHAI, LUNCH, "2026-05-02T23:00:00", "2026-05-02T23:00:00"),
        (BERLIN, NIGHT, "2026-03-28T23:00:00", "2026-03-29T08:00:00"),  # an hour shorter
        (BERLIN, NIGHT, "2026-10-24T23:00:00", "2026-10-25T08:00:00"),  # an hour longer
        # the end is skipped: the night is over when the clock jumps over it
        (BERLIN, QuietHours("22:00", "02:30"), "2026-03-29T01:00:00", "2026-03-29T03:00:00"),
    ],
)
def test_a_message_goes_out_when_quiet_hours_end(
    zone: tzinfo, quiet: QuietHours, now: str, expected: str
) -> None:
    """E7: by the clock on the user's wall."""
    assert next_allowed(local(now, zone), quiet, zone) == local(expected, zone)


def test_a_time_that_comes_twice_is_quiet_twice() -> None:
    """Berlin has 02:00 to 03:00 twice on this night; quiet hours end at 02:30."""
    quiet = QuietHours("22:00", "02:30")
    first_end = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert next_allowed(first_end - MINUTE, quiet, BERLIN) == first_end
    again = first_end + timedelta(minutes=30)
    assert next_allowed(again, quiet, BERLIN) == again + timedelta(minutes=30)
    assert add_allowed(first_end, 31 * 60, quiet, BERLIN) == again + timedelta(minutes=31)


@pytest.mark.parametrize(
    ("start", "wait_seconds", "expected"),
    [
        ("2026-05-01T20:00:00", 3600, "2026-05-01T21:00:00"),
        ("2026-05-01T20:00:00", 7200, "2026-05-01T22:00:00"),  # just before the night
        ("2026-05-01T20:00:00", 7201, "2026-05-02T08:00:01"),
        ("2026-05-01T23:00:00", 60, "2026-05-02T08:01:00"),
        ("2026-05-01T20:00:00", 86_400, "2026-05-03T16:00:00"),  # 2, 14 and 8 hours
    ],
)
def test_a_wait_counts_allowed_hours_only(start: str, wait_seconds: int, expected: str) -> None:
    """E7."""
    found = add_allowed(local(start, SHANGHAI), wait_seconds, NIGHT, SHANGHAI)
    assert found == local(expected, SHANGHAI)


@given(MOMENTS, st.integers(1, 7 * 86_400), ZONES)
def test_without_quiet_hours_a_wait_is_its_seconds(
    now: datetime, wait_seconds: int, zone: tzinfo
) -> None:
    assert next_allowed(now, None, zone) == now
    assert add_allowed(now, wait_seconds, None, zone) == now + timedelta(seconds=wait_seconds)
    assert longest(wait_seconds, None) == wait_seconds


@given(PLACES, QUIET)
def test_nothing_goes_out_in_quiet_hours_and_nothing_later_than_it_may(
    place: tuple[datetime, tzinfo], quiet: QuietHours
) -> None:
    """E7."""
    now, zone = place
    found = next_allowed(now, quiet, zone)
    assert now <= found
    assert not is_quiet(found, quiet, zone)
    if found > now:
        assert is_quiet(now, quiet, zone)
        assert is_quiet(found - timedelta(seconds=1), quiet, zone)


@given(PLACES, st.integers(1, 24 * 60), QUIET)
def test_a_wait_is_over_after_exactly_so_many_allowed_minutes(
    place: tuple[datetime, tzinfo], minutes: int, quiet: QuietHours
) -> None:
    """E7: counted on the wall, minute by minute."""
    at, zone = place
    start = at.replace(second=0, microsecond=0)
    moment, left = start, minutes
    while left:
        left -= not is_quiet(moment, quiet, zone)
        moment += MINUTE
    assert add_allowed(start, minutes * 60, quiet, zone) == moment


@given(PLACES, st.integers(1, 7 * 86_400), st.integers(1, 7 * 86_400), QUIET)
def test_a_longer_wait_is_over_later_and_none_is_longer_than_the_bound(
    place: tuple[datetime, tzinfo], one: int, other: int, quiet: QuietHours
) -> None:
    """E2: the bound is a task's timeout, which must not end a wait."""
    now, zone = place
    start = next_allowed(now, quiet, zone)
    ends = [add_allowed(start, wait, quiet, zone) for wait in sorted((one, other))]
    assert ends[0] + timedelta(seconds=abs(one - other)) <= ends[1]
    assert (ends[1] - now).total_seconds() <= longest(max(one, other), quiet)
    assert add_allowed(now, one, quiet, zone) == add_allowed(start, one, quiet, zone)


@pytest.mark.parametrize(
    ("start", "end", "fine"),
    [
        ("22:00", "08:00", True),
        ("18:00", "10:00", True),
        ("18:00", "10:01", False),
        ("08:00", "08:00", False),  # always, or never?
    ],
)
def test_quiet_hours_leave_a_third_of_the_day(start: str, end: str, *, fine: bool) -> None:
    assert (windows.fault(QuietHours(start, end)) is None) is fine
