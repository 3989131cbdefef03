"""Reading what pushes cost and brought (E6): of one strategy, or a page of strategies by name."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from heapq import merge
from itertools import chain, groupby
from operator import attrgetter
from typing import NamedTuple

from sluice.push.figure_tables import FiguresRow
from sluice.push.rules.figures import COUNTERS, TOTAL, Place, Row
from sluice.push.store.figures import NONE, SHARDS
from sluice.shared import cursors, ids
from sluice.shared.errors import Invalid
from sluice.shared.fields import NAME

MAX_ROWS = 2_500  # of one answer: it ends behind the strategy, or the day, that goes over
ENOUGH = 20_000  # items read for one answer, some 3 MB: likewise
MAX_READ = 100_000  # items of one strategy that are added up: beyond that nobody waits for it
_ID = NAME.removeprefix("^").removesuffix(r"$(?!\n)")
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_AFTER, _HIGHEST = "$", "~"  # after the separator and before what names are made of; above all

type Figures = dict[Row, Counter[str]]


class Asked(NamedTuple):
    """Of which strategies: one, or so many from a place on; in all, or over days, or by day."""

    strategy_id: str | None
    days: tuple[date, date] | None = None
    by_day: bool = False
    limit: int = 1
    cursor: str = ""


class _Place(NamedTuple):
    """What a page begins behind: a strategy, or a day of one; empty: nothing."""

    name: str
    day: str


@dataclass
class _Page:
    """What is added up for one answer."""

    figures: Figures = field(default_factory=dict)
    read: int = 0

    @property
    def is_full(self) -> bool:
        return len(self.figures) >= MAX_ROWS or self.read >= ENOUGH

    def add(self, found: Iterable[tuple[Row, Counter[str]]]) -> None:
        """Add up the shards of each row. Raises Invalid: more than anybody would wait for."""
        before = self.read
        for row, counters in found:
            self.read += 1
            if self.read - before > MAX_READ:
                raise Invalid("These are too many figures to add up.", [("from", "too many days")])
            self.figures.setdefault(row, Counter()).update(counters)


def read(organization_id: str, asked: Asked) -> tuple[Figures, str | None]:
    """Return what was counted, and the cursor of the next page, which is never in a sum's middle.

    In all: 8 queries. Over days 8 for each strategy, and 8 for their names where none is given.
    Raises Invalid: over 100,000 items of one strategy in one sum, or no cursor of this list.
    """
    page, place = _Page(), _place(asked)
    last = place.name
    for number, (name, items) in enumerate(_strategies(organization_id, asked, place)):
        if number == asked.limit or page.is_full:
            return page.figures, cursors.cursor_of(last)
        if asked.days is None:
            page.add(map(_of_all, items))
        elif stopped := _add_days(page, organization_id, name, asked, place):
            return page.figures, cursors.cursor_of(ids.key(name, stopped))
        last = name
    return page.figures, None


def _place(asked: Asked) -> _Place:
    """Return what a page begins behind: of one strategy nothing, but where it goes by days."""
    if not asked.cursor or (asked.strategy_id and not asked.by_day):
        return _Place("", "")
    behind = f"(#{_DAY})?" if asked.by_day else ""
    name, _, day = cursors.place_in(asked.cursor, _ID + behind).partition("#")
    if asked.strategy_id and (name != asked.strategy_id or not day):
        raise Invalid("Not a cursor of this list.", [("cursor", "of another strategy")])
    return _Place(name, day)


def _strategies(
    organization_id: str, asked: Asked, place: _Place
) -> Iterator[tuple[str, Iterable[FiguresRow]]]:
    """Yield the strategies from a place on by name, each with what was counted of it in all."""
    if asked.strategy_id is not None:
        low, high = f"{asked.strategy_id}#", f"{asked.strategy_id}#{_HIGHEST}"
        found: Iterable[FiguresRow] = ()
        if asked.days is None:
            found = chain.from_iterable(_shards(organization_id, low, high))
        yield asked.strategy_id, found
        return
    low = place.name + ("#" if place.day else _AFTER) if place.name else " "
    items = merge(*_shards(organization_id, low, _HIGHEST), key=attrgetter("row"))
    yield from groupby(items, key=_first_part)


def _add_days(
    page: _Page, organization_id: str, name: str, asked: Asked, place: _Place
) -> str | None:
    """Add up the days of a strategy; by day, return the last where the page is full before all."""
    if asked.days is None:
        return None
    first, last = (day.isoformat() for day in asked.days)
    low, high = f"{first}#", f"{last}#{_HIGHEST}"
    if name == place.name and place.day:
        low = max(low, place.day + _AFTER)
    if low > high:
        return None
    items = merge(*_shards(ids.key(organization_id, name), low, high), key=attrgetter("row"))
    if not asked.by_day:
        page.add(_in_sum(name, item) for item in items)
        return None
    stopped = None
    for day, of_it in groupby(items, key=_first_part):
        if stopped is not None and page.is_full:
            return stopped
        page.add(_of_day(name, item) for item in of_it)
        stopped = day
    return None


def _shards(key: str, low: str, high: str) -> list[Iterator[FiguresRow]]:
    return [
        iter(FiguresRow.query(f"{key}#{shard}", FiguresRow.row.between(low, high), page_size=1000))
        for shard in range(SHARDS)
    ]


def _first_part(item: FiguresRow) -> str:
    """Return the strategy of a row in all, or the day of one of a strategy."""
    return str(item.row.split("#")[0])


def _in_sum(name: str, item: FiguresRow) -> tuple[Row, Counter[str]]:
    row, counters = _of_day(name, item)
    return row._replace(place=row.place._replace(day=TOTAL)), counters


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
