"""Counters that equal a recount (A8): each change of a seat or a visit is counted once."""

import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime

from sluice.codes.rules.counts import TOTAL, Count, Row
from sluice.codes.tables import StatisticsRow
from sluice.shared import counting, ids
from sluice.shared.counting import Sum
from sluice.shared.guard import Transaction

SHARDS = 4  # of a dimension; a row is in one of them


def count(organization_id: str, changes: Mapping[str, Counter[Count]], now: datetime) -> None:
    """Count changes of one organisation by the name of each, each once: `counting.count`."""

    def add(transaction: Transaction, given: Sum[Row]) -> None:
        row = given.row
        transaction.upsert(
            StatisticsRow(key_of(organization_id, row), ids.key(row.day, row.id)),
            [getattr(StatisticsRow, name).add(n) for name, n in sorted(given.counters.items())],
        )

    counting.count(organization_id, "counted", changes, add, now)


def read_reserved(organization_id: str, channel_ids: Iterable[str]) -> int:
    """Return how many seats of these channels wait for a confirmation, as of about a second ago.

    One request for up to 100 channels, half a read unit for each.
    """
    rows = [Row("channels", channel_id, TOTAL) for channel_id in channel_ids]
    keys = [(key_of(organization_id, row), ids.key(row.day, row.id)) for row in rows]
    found = StatisticsRow.batch_get(keys)
    return sum(max(0, int(item.reserved or 0)) for item in found)


def key_of(organization_id: str, row: Row) -> str:
    """Return the partition key of a row: its dimension is in a few."""
    return ids.key(organization_id, row.dimension, str(zlib.crc32(row.id.encode()) % SHARDS))
