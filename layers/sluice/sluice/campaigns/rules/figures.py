"""What a campaign's members bring, in numbers, and which days are shown of it (B7)."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

MAX_DAYS = 92  # that are shown one by one
USUAL_DAYS = 31


class Figures(NamedTuple):
    """What a member's code brought, on a day or in all."""

    views: int = 0
    visitors: int = 0  # people: each once a day, and once in all
    signups: int = 0
    participations: int = 0
    cancelled: int = 0  # signups, by now; of no day
    rewards_minor: int = 0


def total(every: Iterable[Figures]) -> Figures:
    """Return the sum; who looked at two members' codes is two visitors."""
    rows = list(every)
    return Figures(*(sum(column) for column in zip(*rows, strict=True))) if rows else Figures()


def days_meant(
    campaign: tuple[date, date], today: date, first: date | None, last: date | None
) -> tuple[date, date]:
    """Return the days to show: those asked for, else the 31 up to today or the campaign's end.

    None before the campaign's first day, unless that is to come: codes may be looked at already.
    """
    starts, ends = campaign
    until = last or min(ends, today)
    earliest = date.fromordinal(max(1, until.toordinal() - USUAL_DAYS + 1))
    return first or max(min(starts, until), earliest), until
