"""Reading what was counted (A8): exactly the rows that are wanted, a page at a time.

A dimension is in a few shards. A page over all ids has them in the order of the day, then of the
id, taken from every shard at once; an id's own rows are read by their keys.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from heapq import merge
from itertools import islice
from operator import attrgetter
from typing import NamedTuple

from sluice.codes.rules.counts import COUNTERS, LOST_WITHIN, TOTAL, Row
from sluice.codes.store.statistics import SHARDS, key_of
from sluice.codes.tables import StatisticsRow
from sluice.shared import cursors, ids
from sluice.shared.days import each_day
from sluice.shared.fields import NAME

MAX_KEYS = 10_000  # that one answer reads: 100 requests
ORGANIZATION = "organization"  # all of it together, as its codes say
SPARE = 10  # rows that a shard may have beyond its even part, before it is asked again
_ID = NAME.removeprefix("^").removesuffix(r"$(?!\n)")
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_ABOVE, _HIGHEST = " ", "~"  # below and above whatever an id is made of


class Counted(NamedTuple):
    """The counters of an id on a day, or over several."""

    id: str
    day: str
    counters: Counter[str]


class Asked(NamedTuple):
    """Whose counters: of all ids or of one, in all, or over days, together or each."""

    dimension: str  # channels, referrers or codes; or ORGANIZATION
    id: str | None
    days: tuple[date, date] | None  # the first and the last; None is in all
    by_day: bool
    limit: int
    cursor: str


type Page = tuple[list[Counted], str | None]  # and the cursor of the next one


def read(organization_id: str, asked: Asked) -> Page:
    """Return a page of what was counted, by day and then by id.

    Of an organisation the sums of its codes: a page is made of 10,000 rows at most, and a day that
    is in two is the sum of both. Four queries, half a read unit for some 20 codes and days.
    Of all ids four queries, and over several days together a request for each 100 rows, of which
    a page looks at 10,000: it may be short. Of one id a request for each 100 days, half a read
    unit for each. Raises Invalid: no cursor of this list.
    """
    if asked.dimension == ORGANIZATION:
        return _sums(organization_id, asked)
    if asked.days and asked.by_day:
        return _days(organization_id, asked, *asked.days)
    names, following = [asked.id or ""], None
    each = list(each_day(*asked.days)) if asked.days else [TOTAL]
    if asked.id is None:
        found, following = _totals(organization_id, asked, MAX_KEYS // len(each))
        if not asked.days:
            return [_counted(item) for item in found], following
        names = [_counted(item).id for item in found]
    sums: dict[str, Counter[str]] = {}
    rows = [Row(asked.dimension, name, day) for name in names for day in each]
    for one in read_rows(organization_id, rows):
        sums.setdefault(one.id, Counter()).update(one.counters)
    return [Counted(name, TOTAL, sums[name]) for name in names if name in sums], following


def _sums(organization_id: str, asked: Asked) -> Page:
    """Return what all codes counted together: each assignment and each visit is of one code."""
    first, last = (day.isoformat() for day in asked.days) if asked.days else (TOTAL, TOTAL)
    low, high = f"{first}#", f"{last}#{_HIGHEST}"
    if asked.cursor:
        low = max(low, cursors.place_in(asked.cursor, f"({_DAY}|{TOTAL})#{_ID}") + _ABOVE)
    items = _rows(organization_id, "codes", low, high, MAX_KEYS + 1)
    sums: dict[str, Counter[str]] = {}
    for one in map(_counted, items[:MAX_KEYS]):
        sums.setdefault(one.day if asked.by_day else TOTAL, Counter()).update(one.counters)
    following = cursors.cursor_of(items[MAX_KEYS - 1].row) if len(items) > MAX_KEYS else None
    return [Counted(organization_id, day, sums[day]) for day in sorted(sums)], following


def _days(organization_id: str, asked: Asked, first: date, last: date) -> Page:
    """Return the rows of each day: of one id by their keys, else as they lie there."""
    low, high = f"{first.isoformat()}#", f"{last.isoformat()}#{_HIGHEST}"
    if asked.cursor:
        low = max(low, cursors.place_in(asked.cursor, f"{_DAY}#{_ID}") + _ABOVE)
    if asked.id is None:
        items = _rows(organization_id, asked.dimension, low, high, asked.limit + 1)
        found = [_counted(item) for item in items]
    else:
        rows = [Row(asked.dimension, asked.id, day) for day in each_day(first, last)]
        wanted = [row for row in rows if ids.key(row.day, row.id) > low]
        found = sorted(read_rows(organization_id, wanted), key=attrgetter("day"))
    if len(found) <= asked.limit:
        return found, None
    latest = found[asked.limit - 1]
    return found[: asked.limit], cursors.cursor_of(ids.key(latest.day, latest.id))


def _totals(
    organization_id: str, asked: Asked, most: int
) -> tuple[list[StatisticsRow], str | None]:
    limit = min(asked.limit, most)
    after = cursors.place_in(asked.cursor, _ID) + _ABOVE if asked.cursor else ""
    low, high = f"{TOTAL}#{after}", f"{TOTAL}#{_HIGHEST}"
    found = _rows(organization_id, asked.dimension, low, high, limit + 1)
    following = cursors.cursor_of(_counted(found[limit - 1]).id) if len(found) > limit else None
    return found[:limit], following


def _rows(
    organization_id: str, dimension: str, low: str, high: str, limit: int
) -> list[StatisticsRow]:
    """Return the first rows of all shards together; more of a shard are read as they are needed."""
    if low > high:
        return []  # a cursor of other days
    shards = [
        StatisticsRow.query(
            ids.key(organization_id, dimension, str(shard)),
            StatisticsRow.row.between(low, high),
            limit=limit,
            page_size=min(limit, limit // SHARDS + SPARE),
        )
        for shard in range(SHARDS)
    ]
    return list(islice(merge(*shards, key=attrgetter("row")), limit))


def read_rows(organization_id: str, rows: Iterable[Row]) -> Iterator[Counted]:
    """Yield the rows that there are, in no order: half a read unit for each asked for.

    One request for 100. None is asked for twice.
    """
    keys = [(key_of(organization_id, row), ids.key(row.day, row.id)) for row in rows]
    return map(_counted, StatisticsRow.batch_get(keys))


def _counted(item: StatisticsRow) -> Counted:
    day, name = item.row.split("#", 1)
    counters = {c: int(getattr(item, c) or 0) for c in (*COUNTERS, *LOST_WITHIN)}
    return Counted(name, day, Counter(counters))
