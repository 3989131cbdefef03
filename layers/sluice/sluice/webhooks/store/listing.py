"""Verbs that look deliveries up, and set many going again."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sluice.shared import cursors, ids
from sluice.shared.table import find
from sluice.webhooks.refusals import DeliveryForgotten
from sluice.webhooks.store import deliveries
from sluice.webhooks.store.accepting import FAILED, HELD, deliveries_key, told_key
from sluice.webhooks.tables import Attempt, Delivery, ToldEvent

MAX_ATTEMPTS_SHOWN = 50
MAX_REPLAYED = 100  # of one call
MAX_LOOKED_AT = 1_000
_PLACE = r"[0-9a-z]{10}[0-9a-f]{16}"
_FIRST, _LAST = "0", "~"  # before and behind every id


def page(
    organization_id: str, webhook_id: str, since: datetime | None, limit: int, cursor: str
) -> tuple[Sequence[Delivery], str | None]:
    """Return deliveries of a webhook, the newest first, and the next page's cursor: one query."""
    key = deliveries_key(organization_id, webhook_id)
    found = Delivery.query(
        key,
        Delivery.item >= (ids.sortable_from(since) if since else _FIRST),
        limit=limit,
        scan_index_forward=False,
        last_evaluated_key=_place(key, cursor),
    )
    items = list(found)
    more = found.last_evaluated_key is not None and len(items) == limit
    return items, cursors.cursor_of(items[-1].item) if more else None


def _place(key: str, cursor: str) -> dict[str, Any] | None:
    if not cursor:
        return None
    return {"key": {"S": key}, "item": {"S": cursors.place_in(cursor, _PLACE)}}


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

    At most 100 of one call, each a transaction of 1 item, out of 1,000 that are looked at; the
    cursor goes on from there. Again it changes nothing of what waits.
    """
    key = deliveries_key(organization_id, webhook_id)
    looked_at, replayed, last = 0, [], None
    for found in _since(key, since, cursor):
        looked_at, last = looked_at + 1, found.item
        if found.status in {FAILED, HELD} and deliveries.replay(found, now):
            replayed.append(found)
        if len(replayed) == MAX_REPLAYED or looked_at == MAX_LOOKED_AT:
            return replayed, cursors.cursor_of(str(last))
    return replayed, None


def _since(key: str, since: datetime, cursor: str) -> Iterator[Delivery]:
    yield from Delivery.query(
        key,
        Delivery.item.between(ids.sortable_from(since), _LAST),
        limit=MAX_LOOKED_AT,
        last_evaluated_key=_place(key, cursor),
        consistent_read=True,
    )
