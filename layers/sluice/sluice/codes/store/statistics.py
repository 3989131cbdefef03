"""Counters that equal a recount (A8): each change of a seat or a visit is counted once.

A batch of changes is one transaction: a claim for each change, and the sum for each row. What was
counted before is left out and the rest tried again.
"""

import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import batched

from sluice.codes.rules.counts import TOTAL, Count, Row
from sluice.codes.tables import StatisticsRow
from sluice.shared import ids
from sluice.shared.claims import AlreadyClaimed, Claim
from sluice.shared.guard import MAX_PARTS, Transaction

SHARDS = 4  # of a dimension; a row is in one of them
ROWS_PER_CLAIM = 60  # a change that touches more rows is counted in slices, each claimed


def count(organization_id: str, changes: Mapping[str, Counter[Count]], now: datetime) -> None:
    """Count changes of one organisation by the name of each, each once.

    As many as fit share a transaction: 2 write units for each change and each row it touches.
    Raises Contention.
    """
    batch: dict[str, Counter[Count]] = {}
    for name, counts in _sliced(changes):
        together = _by_row([*batch.values(), counts])
        if batch and len(batch) + 1 + len(together) > MAX_PARTS:
            _count_together(organization_id, batch, now)
            batch = {}
        batch[name] = counts
    _count_together(organization_id, batch, now)


def _sliced(changes: Mapping[str, Counter[Count]]) -> Iterator[tuple[str, Counter[Count]]]:
    """Yield each change, cut the same way every time where it touches too many rows."""
    for name, counts in changes.items():
        rows = sorted({count.row for count in counts})
        for number, some in enumerate(batched(rows, ROWS_PER_CLAIM, strict=False)):
            chosen = set(some)
            slice_ = Counter({c: n for c, n in counts.items() if c.row in chosen})
            yield (f"{name}.{number}" if number else name), slice_


def _count_together(
    organization_id: str, changes: Mapping[str, Counter[Count]], now: datetime
) -> None:
    waiting = dict(changes)
    while waiting:
        transaction = Transaction()
        for name in waiting:
            Claim(ids.key(organization_id, "counted", name), "").take(transaction, now)
        for row, counters in _by_row(waiting.values()).items():
            transaction.upsert(
                StatisticsRow(key_of(organization_id, row), ids.key(row.day, row.id)),
                [getattr(StatisticsRow, name).add(n) for name, n in sorted(counters.items())],
            )
        try:
            transaction.commit()
        except AlreadyClaimed as counted:
            del waiting[counted.current.key.split("#", 2)[2]]
        else:
            return


def read_reserved(organization_id: str, channel_ids: Iterable[str]) -> int:
    """Return how many seats of these channels wait for a confirmation, as of about a second ago.

    One request for up to 100 channels, half a read unit for each.
    """
    rows = [Row("channels", channel_id, TOTAL) for channel_id in channel_ids]
    keys = [(key_of(organization_id, row), ids.key(row.day, row.id)) for row in rows]
    found = StatisticsRow.batch_get(keys)
    return sum(max(0, int(item.reserved or 0)) for item in found)


def _by_row(changes: Iterable[Counter[Count]]) -> dict[Row, Counter[str]]:
    rows: dict[Row, Counter[str]] = {}
    for counts in changes:
        for (row, counter), number in counts.items():
            rows.setdefault(row, Counter())[counter] += number
    return rows


def key_of(organization_id: str, row: Row) -> str:
    """Return the partition key of a row: its dimension is in a few."""
    return ids.key(organization_id, row.dimension, str(zlib.crc32(row.id.encode()) % SHARDS))
