"""Verbs that look deliveries up, and set many going again."""

import heapq
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice

from pynamodb.expressions.condition import Condition

from sluice.shared import cursors, ids
from sluice.shared.table import find
from sluice.webhooks.refusals import DeliveryForgotten
from sluice.webhooks.store import deliveries
from sluice.webhooks.store.accepting import FAILED, HELD, deliveries_keys, told_key
from sluice.webhooks.tables import Attempt, Delivery, ToldEvent

MAX_ATTEMPTS_SHOWN = 50
MAX_REPLAYED = 100  # of one call
MAX_LOOKED_AT = 1_000
_PAGE_ITEMS = 25  # of one shard
_PLACE = r"[0-9a-z]{10}[0-9a-f]{16}"
_FIRST, _LAST = "0", "~"  # before and behind every id
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # ids tell no time before it


def page(
    organization_id: str, webhook_id: str, since: datetime | None, limit: int, cursor: str
) -> tuple[list[Delivery], str | None]:
    """Return deliveries of a webhook, the newest first, and the next page's cursor.

    A query of each of 8 shards, and one for each further 25 of one shard: 12 at most for 100.
    """
    first = _first(since) if since else _FIRST
    before = cursors.place_in(cursor, _PLACE) if cursor else _LAST
    if before < first:  # AWS refuses a range that ends before it begins
        return [], None
    wanted = Delivery.item.between(first, before)  # and `before` itself, where it is one
    found = _in_order(organization_id, webhook_id, wanted, limit + 2, newest_first=True)
    items = list(islice((each for each in found if each.item != before), limit + 1))
    more = len(items) > limit
    return items[:limit], cursors.cursor_of(items[limit - 1].item) if more else None


def _first(since: datetime) -> str:
    return ids.sortable_from(max(since, _EPOCH))


def _in_order(
    organization_id: str, webhook_id: str, wanted: Condition, most: int, *, newest_first: bool
) -> Iterator[Delivery]:
    """Yield the deliveries of all shards by id, `most` of each at most."""
    shards = [
        Delivery.query(
            key,
            wanted,
            limit=most,
            page_size=min(most, _PAGE_ITEMS),
            scan_index_forward=not newest_first,
            consistent_read=not newest_first,
        )
        for key in deliveries_keys(organization_id, webhook_id)
    ]
    yield from heapq.merge(*shards, key=lambda each: str(each.item), reverse=newest_first)


def attempts_of(found: Delivery) -> list[Attempt]:
    """Return the attempts of a delivery, the newest first: one query, at most 50."""
    query = Attempt.query(attempts_key(found), limit=MAX_ATTEMPTS_SHOWN, scan_index_forward=False)
    return list(query)


def attempts_key(found: Delivery) -> str:
    """Return where the attempts of a delivery stand."""
    return ids.key(found.organization_id, "tries", found.webhook_id, found.item)


def body_of(found: Delivery) -> bytes:
    """Return what a delivery tells: one read. Raises DeliveryForgotten."""
    told = find(ToldEvent, told_key(found.organization_id, found.item), "event")
    if told is None:
        raise DeliveryForgotten
    return bytes(told.body)


def replay_since(
    organization_id: str, webhook_id: str, since: datetime, cursor: str, now: datetime
) -> tuple[list[Delivery], str | None]:
    """Set what failed or was held since a time going again, the oldest first.

    At most 100 of one call, each a transaction of 2 items, out of 1,000 that are looked at, by 48
    queries at most; the cursor goes on from there. Again it changes nothing of what waits; what is
    kept no more is passed over.
    """
    after = max(_first(since), cursors.place_in(cursor, _PLACE) if cursor else "")
    wanted = Delivery.item > after  # no id is a bare time
    found = _in_order(organization_id, webhook_id, wanted, MAX_LOOKED_AT, newest_first=False)
    replayed = []
    for looked_at, each in enumerate(found, start=1):
        if each.status in {FAILED, HELD} and _is_replayed(each, now):
            replayed.append(each)
        if len(replayed) == MAX_REPLAYED or looked_at == MAX_LOOKED_AT:
            return replayed, cursors.cursor_of(each.item)
    return replayed, None


def _is_replayed(found: Delivery, now: datetime) -> bool:
    try:
        return deliveries.replay(found, now)
    except DeliveryForgotten:
        return False
