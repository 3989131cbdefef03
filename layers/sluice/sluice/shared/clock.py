"""The one place that asks what time it is; rules get `now` as an argument.

Stored and exchanged times are UTC with whole milliseconds, so that a stored time compares equal
to the one it was made from.
"""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    """Return the current time in UTC, cut to whole milliseconds."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def local_day(moment: datetime, time_zone: str) -> date:
    """Return the calendar day of `moment` in an IANA time zone, the day operators count by."""
    return moment.astimezone(ZoneInfo(time_zone)).date()
