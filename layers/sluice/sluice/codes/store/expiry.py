"""Giving back what nobody confirmed (A6): by the sweep, and by a full pool in need.

The index only finds; the transaction that releases is guarded by the seat's version, so a
confirmation at the same instant wins or loses whole.
"""

import random
import time
from collections.abc import Iterable
from datetime import datetime

from sluice.codes.refusals import ChannelGone, SeatChanged
from sluice.codes.rules import seats as rules
from sluice.codes.store.seats import EXPIRY_BUCKETS, Slot, admit, bucket_of, put_seat, read
from sluice.codes.tables import SeatItem
from sluice.shared import guard, telemetry
from sluice.shared.errors import Contention
from sluice.shared.guard import Transaction

MAX_PER_BUCKET = 100  # of one look
MAX_TAKEN_BACK = 4  # in one request: enough for its own customer and some behind
_random = random.SystemRandom()


def release_expired(now: datetime, until: float) -> int:
    """Release expired reservations of every organisation until all, or the time, is over.

    `until` is on the monotonic clock, in seconds. 16 queries a round, in another order each time;
    for each seat a read and a transaction of two items (4 write units and 1 of the index). A seat
    that cannot be released now is left to the next round. Returns how many were released.
    """
    released, waiting = 0, list(map(str, range(EXPIRY_BUCKETS)))
    _random.shuffle(waiting)
    while waiting and time.monotonic() < until:
        bucket = waiting.pop()
        due = _due(bucket, now)
        freed = sum(_try_release(item, now) for item in due if time.monotonic() < until)
        released += freed
        if len(due) == MAX_PER_BUCKET and freed:
            waiting.insert(0, bucket)  # there may be more
    return released


def take_back(organization_id: str, channel_ids: Iterable[str], now: datetime) -> int:
    """Release a few expired seats of a full pool, for a customer who waits; returns how many.

    Raises Contention: there may be room, but not to be had now.
    """
    freed = 0
    for bucket in sorted({bucket_of(organization_id, name) for name in channel_ids}):
        for item in _due(bucket, now):
            if freed >= MAX_TAKEN_BACK:
                return freed
            if item.customer.startswith(f"{organization_id}#"):
                freed += _release_or_say(item, now)
    return freed


def _due(bucket: str, now: datetime) -> list[SeatItem]:
    return list(SeatItem.by_expiry.query(bucket, SeatItem.expires_at <= now, limit=MAX_PER_BUCKET))


def _release_or_say(item: SeatItem, now: datetime) -> bool:
    """Release one seat; where AWS is too busy for it, that is no reason to say "no room"."""
    try:
        return release(_slot(item), now)
    except Exception as error:
        if isinstance(error, Contention) or guard.is_unreachable(error):
            raise Contention from error
        telemetry.logger.exception("release_failed")
        return False


def _try_release(item: SeatItem, now: datetime) -> bool:
    """Release one seat; whatever is wrong with it must not hold up the others."""
    try:
        return release(_slot(item), now)
    except Exception:  # noqa: BLE001 - logged; the next round comes to it again
        telemetry.logger.exception("release_failed")
        return False


def release(slot: Slot, now: datetime) -> bool:
    """Release the seat if its reservation has expired; tells whether it did."""
    found = read(slot)
    new = rules.expire(found.seat, now) if found.seat else None
    if new is None:
        return False
    transaction = Transaction()
    put_seat(transaction, found, new)
    admit(transaction, slot.organization_id, [found.seat], [new])
    try:
        transaction.commit()
    except (SeatChanged, ChannelGone):
        return False  # confirmed, renewed or moved meanwhile
    return True


def _slot(item: SeatItem) -> Slot:
    organization_id, customer_id = item.customer.split("#")
    return Slot(organization_id, customer_id, item.scope)
