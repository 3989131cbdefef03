"""Counting what pushes cost and brought (E6): each change of a push's items, once."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sluice.push.figure_tables import FiguresRow
from sluice.push.rules import figures
from sluice.push.rules.figures import (
    TOTAL,
    AttemptFacts,
    Counts,
    Place,
    PushFacts,
    Row,
    WindowFacts,
)
from sluice.push.store.held import facts, whole
from sluice.push.tables import Attempt, ConversionWindow, Push, PushItem
from sluice.shared import counting, ids
from sluice.shared.claims import hash_of
from sluice.shared.counting import Sum
from sluice.shared.events import Change
from sluice.shared.guard import Transaction

SHARDS = 8  # of every row: a run of pushes adds to one from many sides at once
NONE = "-"  # in a key, where a row is of no channel or currency
COUNTED = {"push", "attempt", "window"}  # kinds of items

type Named = tuple[str, str, Counts]  # the organisation, the change's name, what it adds


def of_change(change: Change) -> Named | None:
    """Return what a change adds to figures; None where it adds nothing, as most writes do.

    The name is of the item and of the change's number in the stream, the same each time it comes.
    """
    if change.new is None or change.new["kind"]["S"] not in COUNTED:
        return None
    new = _counts(change.new)
    counts = figures.change(_counts(change.old) if change.old else None, new)
    if not counts:
        return None
    key, item = change.new["key"]["S"], change.new["item"]["S"]
    return key.split("#")[0], hash_of(key, item, change.number), counts


def count(organization_id: str, changes: Mapping[str, Counts], now: datetime) -> None:
    """Count changes of one organisation by the name of each, each once: `counting.count`.

    All rows of a transaction are in one shard: 2 write units each.
    """

    def add(transaction: Transaction, given: Sum[Row]) -> None:
        key, row = key_of(organization_id, given.row, given.lot % SHARDS)
        transaction.upsert(
            FiguresRow(key, row),
            [getattr(FiguresRow, name).add(n) for name, n in sorted(given.counters.items())],
        )

    counting.count(organization_id, "figures", changes, add, now)


def key_of(organization_id: str, row: Row, shard: int) -> tuple[str, str]:
    """Return the key of a row in a shard."""
    place = row.place
    parts = [f"{place.version:06d}", row.channel or NONE, row.currency or NONE]
    if place.day == TOTAL:
        return ids.key(organization_id, str(shard)), ids.key(place.strategy_id, *parts)
    return (
        ids.key(organization_id, place.strategy_id, str(shard)),
        ids.key(place.day, *parts),
    )


def _counts(image: dict[str, Any]) -> Counts:
    """Return what an item counts for; nothing where it was started before there were figures."""
    item = PushItem.from_raw_data(image)
    match item:
        case Push() if item.day and item.legs:
            return figures.of_push(_push(item))
        case Attempt() if item.day:
            return figures.of_attempt(_attempt(item))
        case ConversionWindow():
            window = WindowFacts(_place(item), bool(item.held_out), item.converted)
            return figures.of_window(window)
        case _:
            return figures.NOTHING


def _place(item: Push | Attempt | ConversionWindow) -> Place:
    return Place(str(item.strategy_id), int(item.strategy_version or 0), str(item.day))


def _push(item: Push) -> PushFacts:
    return PushFacts(
        _place(item),
        item.legs or (),
        item.status,
        int(item.position),
        whole(item.reached_position),
        item.withheld_by,
    )


def _attempt(item: Attempt) -> AttemptFacts:
    return AttemptFacts(
        _place(item),
        item.channel,
        int(item.price_micros),
        item.currency,
        item.sent_at,
        deferred=facts(item).send_at is not None or bool(item.withheld) or item.tries == 0,
        failed=bool(item.failed and not item.withheld),
        waste=bool(item.waste),
    )
