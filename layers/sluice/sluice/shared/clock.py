"""The one place that asks what time it is; rules get `now` as an argument.

Stored and exchanged times are UTC with whole milliseconds, so that a stored time compares equal
to the one it was made from.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def now() -> datetime:
    """Return the current time in UTC, cut to whole milliseconds."""
    return whole(datetime.now(UTC))


def whole(moment: datetime) -> datetime:
    """Return a moment that a caller told as it is stored: cut to whole milliseconds."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def local_day(moment: datetime, time_zone: str) -> date:
    """Return the calendar day of `moment` in an IANA time zone, the day operators count by."""
    return moment.astimezone(ZoneInfo(time_zone)).date()


def local_days(first: date, last: date, time_zone: str) -> tuple[datetime, datetime]:
    """Return when the first of some calendar days begins and when the last one is over, in UTC."""
    zone = ZoneInfo(time_zone)
    begins = datetime.combine(first, time(), zone)
    ends = datetime.combine(last + timedelta(days=1), time(), zone)
    return begins.astimezone(UTC), ends.astimezone(UTC)
