"""What operators are shown of what is counted: over which days, net, and who stayed (A8)."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from sluice.codes.rules.counts import COUNTERS, LOST_WITHIN, RETAINED_DAYS

MAX_DAYS = 366  # of one answer
USUAL_DAYS = 31  # where the first day is not given
NOW = ("customers", "reserved")  # what is so now, whatever days are asked for


def days_of(first: date | None, last: date | None, today: date) -> tuple[date, date]:
    """Return the first and the last day that are meant."""
    last = last or today
    usual = date.fromordinal(max(1, last.toordinal() - USUAL_DAYS + 1))
    return first or usual, last


def problem_with(first: date, last: date) -> tuple[str, str] | None:
    """Return the field at fault and why, or None."""
    if last < first:
        return "to", "before from"
    if (last - first).days >= MAX_DAYS:
        return "from", f"more than {MAX_DAYS} days before to"
    return None


def each_day(first: date, last: date) -> Iterator[str]:
    """Yield the days from the first to the last, both included."""
    for number in range((last - first).days + 1):
        yield (first + timedelta(number)).isoformat()


def of_all(counters: Mapping[str, int]) -> dict[str, int]:
    """Return what is shown of all that was counted, of which some counters say what is now."""
    shown = {name: counters.get(name, 0) for name in COUNTERS}
    return shown | {"net": shown["connections"] - shown["losses"]}


def of_days(counters: Mapping[str, int], last: date, today: date) -> dict[str, int]:
    """Return what is shown of some days, the latest of which is `last`.

    `retained_n` is how many of their connections no loss had ended by n days later. It is not
    there before those days are over: until then it could still fall.
    """
    shown = {name: number for name, number in of_all(counters).items() if name not in NOW}
    for days, lost_within in zip(RETAINED_DAYS, LOST_WITHIN, strict=True):
        if (today - last).days > days:
            shown[f"retained_{days}"] = shown["connections"] - counters.get(lost_within, 0)
    return shown
