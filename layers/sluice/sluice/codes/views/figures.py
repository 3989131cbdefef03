"""What the API shows of statistics, as JSON and as CSV (A8)."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import msgspec

from sluice.codes.rules import figures
from sluice.codes.rules.counts import TOTAL
from sluice.codes.store.figures import Counted
from sluice.shared import sheets
from sluice.shared.http import View


class Figures(View):
    """What was counted of a channel, referrer or code: in all, on a day, or over some days.

    `customers` and `reserved` are what is so now: of all only. `retained_n` is how many of the
    connections no loss had ended n days later: of days only, and when those n days are over.
    """

    id: str
    views: int
    visitors: int
    joins: int
    connections: int
    losses: int
    losses_by_customer: int
    losses_by_member: int
    net: int
    releases: int
    day: str | None = None
    customers: int | None = None
    reserved: int | None = None
    retained_1: int | None = None
    retained_7: int | None = None
    retained_30: int | None = None


class Statistics(View):
    """A row for each channel, referrer or code that anything happened to."""

    rows: list[Figures]
    next_cursor: str | None = None


def of_page(found: Iterable[Counted], last: date | None, today: date) -> list[Figures]:
    """Show what was counted: over days until `last`, where a row has no day, or in all."""
    return [_of(one, last, today) for one in found]


def _of(one: Counted, last: date | None, today: date) -> Figures:
    shown: dict[str, Any] = {"id": one.id}
    if one.day != TOTAL:
        last = date.fromisoformat(one.day)
        shown["day"] = one.day
    counted = figures.of_days(one.counters, last, today) if last else figures.of_all(one.counters)
    return msgspec.convert(shown | counted, Figures)


def sheet(rows: Iterable[Figures]) -> str:
    """Return CSV with every column, empty where a row does not have it."""
    names = [name for name in Figures.__struct_fields__ if name != "day"]
    columns = ["day", *names]
    return sheets.render(columns, ([getattr(row, name) for name in columns] for row in rows))
