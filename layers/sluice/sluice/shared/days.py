"""Days of a calendar that statistics are asked for: from, to, and not too many."""

from collections.abc import Iterator
from datetime import date, timedelta

MAX_DAYS = 366  # of one answer
USUAL_DAYS = 31  # where the first day is not given


def days_of(first: date | None, last: date | None, today: date) -> tuple[date, date]:
    """Return the first and the last day that are meant."""
    last = last or today
    usual = date.fromordinal(max(1, last.toordinal() - USUAL_DAYS + 1))
    return first or usual, last


def problem_with(first: date, last: date, most: int = MAX_DAYS) -> tuple[str, str] | None:
    """Return the field at fault and why, or None; `most` days in one answer."""
    if last < first:
        return "to", "before from"
    if (last - first).days >= most:
        return "from", f"more than {most} days before to"
    return None


def each_day(first: date, last: date) -> Iterator[str]:
    """Yield the days from the first to the last, both included."""
    for number in range((last - first).days + 1):
        yield (first + timedelta(number)).isoformat()
