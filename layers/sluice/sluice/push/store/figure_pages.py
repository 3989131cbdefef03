"""Reading what pushes cost and brought (E6): of one strategy, or a page of strategies by name."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from heapq import merge
from itertools import groupby, islice
from operator import attrgetter
from typing import NamedTuple

from sluice.push.figure_tables import FiguresRow
from sluice.push.rules.figures import COUNTERS, TOTAL, Place, Row
from sluice.push.store.figures import NONE, SHARDS
from sluice.shared import cursors, ids
from sluice.shared.errors import Invalid
from sluice.shared.fields import NAME

MAX_ROWS = 20_000  # that one answer reads: some 3 MB
_ID = NAME.removeprefix("^").removesuffix(r"$(?!\n)")
_AFTER, _HIGHEST = "$", "~"  # after the separator and before what names are made of; above all

type Figures = dict[Row, Counter[str]]


class Asked(NamedTuple):
    """Of which strategies: one, or so many from a place on; in all, or over days."""

    strategy_id: str | None
    days: tuple[date, date] | None
    limit: int
    cursor: str


def read(organization_id: str, asked: Asked) -> tuple[Figures, str | None]:
    """Return what was counted, and the cursor of the next page of strategies.

    In all: 8 queries. Over days 8 for each strategy, and 8 for their names where none is given.
    Raises Invalid: more than 20,000 rows, or no cursor of this list.
    """
    names, totals, following = _strategies(organization_id, asked)
    if asked.days is None:
        return totals, following
    first, last = (day.isoformat() for day in asked.days)
    figures: Figures = {}
    for name in names:
        found = _shards(ids.key(organization_id, name), f"{first}#", f"{last}#{_HIGHEST}")
        for items in found:
            _add(figures, (_of_day(name, item) for item in items))
    return figures, following


def _strategies(organization_id: str, asked: Asked) -> tuple[list[str], Figures, str | None]:
    """Return the strategies of a page by name, and what was counted of them in all."""
    totals: Figures = {}
    if asked.strategy_id is not None:
        low, high = f"{asked.strategy_id}#", f"{asked.strategy_id}#{_HIGHEST}"
        if asked.days is None:
            for items in _shards(organization_id, low, high):
                _add(totals, map(_of_all, items))
        return [asked.strategy_id], totals, None
    low = cursors.place_in(asked.cursor, _ID) + _AFTER if asked.cursor else " "
    items = merge(*_shards(organization_id, low, _HIGHEST), key=attrgetter("row"))
    names: list[str] = []
    for name, of_it in groupby(items, key=lambda item: str(item.row.split("#")[0])):
        if len(names) == asked.limit:
            return names, totals, cursors.cursor_of(names[-1])
        names.append(name)
        _add(totals, map(_of_all, of_it))
    return names, totals, None


def _shards(key: str, low: str, high: str) -> list[Iterator[FiguresRow]]:
    return [
        iter(
            FiguresRow.query(
                f"{key}#{shard}", FiguresRow.row.between(low, high), limit=MAX_ROWS, page_size=1000
            )
        )
        for shard in range(SHARDS)
    ]


def _add(figures: Figures, found: Iterable[tuple[Row, Counter[str]]]) -> None:
    """Add up the shards of each row."""
    for row, counters in islice(found, MAX_ROWS):
        figures.setdefault(row, Counter()).update(counters)
    if len(figures) > MAX_ROWS // SHARDS:
        raise Invalid("These are too many figures for one answer.", [("from", "too many days")])


def _of_day(name: str, item: FiguresRow) -> tuple[Row, Counter[str]]:
    day, version, channel, currency = item.row.split("#")
    return _row(Place(name, int(version), day), channel, currency), _counters(item)


def _of_all(item: FiguresRow) -> tuple[Row, Counter[str]]:
    name, version, channel, currency = item.row.split("#")
    return _row(Place(name, int(version), TOTAL), channel, currency), _counters(item)


def _row(place: Place, channel: str, currency: str) -> Row:
    return Row(place, channel.removeprefix(NONE), currency.removeprefix(NONE))


def _counters(item: FiguresRow) -> Counter[str]:
    return Counter({name: int(getattr(item, name) or 0) for name in COUNTERS})
