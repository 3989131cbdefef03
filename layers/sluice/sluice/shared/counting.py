"""Counters that equal a recount: each change is counted once, in whatever order changes come.

A batch of changes is one transaction: a claim for each change, and the sum for each row. What was
counted before is left out and the rest tried again.
"""

import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import batched
from typing import NamedTuple

from sluice.shared import ids
from sluice.shared.claims import AlreadyClaimed, Claim
from sluice.shared.counts import Count
from sluice.shared.guard import MAX_PARTS, Transaction

ROWS_PER_CLAIM = 60  # a change that touches more rows is counted in slices, each claimed


class Sum[Row](NamedTuple):
    """What a transaction adds to a row."""

    row: Row
    counters: Counter[str]
    lot: int  # the same for all of a transaction, and of another mostly another: for shards


type Add[Row] = Callable[[Transaction, Sum[Row]], None]


def count[Row: tuple[object, ...]](
    organization_id: str,
    claimed_as: str,
    changes: Mapping[str, Counter[Count[Row]]],
    add: Add[Row],
    now: datetime,
) -> None:
    """Count changes of one organisation by the name of each, each once.

    As many as fit share a transaction: 2 write units for each change and each row it touches.
    Raises Contention.
    """
    batch: dict[str, Counter[Count[Row]]] = {}
    for name, counts in _sliced(changes):
        together = _by_row([*batch.values(), counts])
        if batch and len(batch) + 1 + len(together) > MAX_PARTS:
            _count_together(ids.key(organization_id, claimed_as), batch, add, now)
            batch = {}
        batch[name] = counts
    _count_together(ids.key(organization_id, claimed_as), batch, add, now)


def _sliced[Row: tuple[object, ...]](
    changes: Mapping[str, Counter[Count[Row]]],
) -> Iterator[tuple[str, Counter[Count[Row]]]]:
    """Yield each change, cut the same way every time where it touches too many rows."""
    for name, counts in changes.items():
        rows = sorted({count.row for count in counts})
        for number, some in enumerate(batched(rows, ROWS_PER_CLAIM, strict=False)):
            chosen = set(some)
            slice_ = Counter({c: n for c, n in counts.items() if c.row in chosen})
            yield (f"{name}.{number}" if number else name), slice_


def _count_together[Row: tuple[object, ...]](
    claims: str, changes: Mapping[str, Counter[Count[Row]]], add: Add[Row], now: datetime
) -> None:
    waiting = dict(changes)
    while waiting:
        transaction = Transaction()
        for name in waiting:
            Claim(f"{claims}#{name}", "").take(transaction, now)
        lot = zlib.crc32(min(waiting).encode())
        for row, counters in _by_row(waiting.values()).items():
            add(transaction, Sum(row, counters, lot))
        try:
            transaction.commit()
        except AlreadyClaimed as counted:
            del waiting[counted.current.key.split("#", 2)[2]]
        else:
            return


def _by_row[Row: tuple[object, ...]](
    changes: Iterable[Counter[Count[Row]]],
) -> dict[Row, Counter[str]]:
    rows: dict[Row, Counter[str]] = {}
    for counts in changes:
        for (row, counter), number in counts.items():
            rows.setdefault(row, Counter())[counter] += number
    return rows
