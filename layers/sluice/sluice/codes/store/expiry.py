"""Giving back what nobody confirmed (A6): by the sweep, and by a full pool in need.

The index only finds; the transaction that releases is guarded by the seat's version, so a
confirmation at the same instant wins or loses whole.
"""

from collections.abc import Collection, Iterator
from datetime import datetime

from sluice.codes.refusals import ChannelGone, SeatChanged
from sluice.codes.rules import seats as rules
from sluice.codes.store.counters import admit
from sluice.codes.store.seats import (
    EXPIRY_BUCKETS,
    Found,
    Slot,
    bucket_of,
    put_seat,
    read,
    read_all,
)
from sluice.codes.tables import SeatItem
from sluice.shared import guard, sweeping, telemetry
from sluice.shared.errors import Contention
from sluice.shared.guard import Transaction

MAX_PER_BUCKET = 100  # of one look
MAX_TAKEN_BACK = 4  # in one request: enough for its own customer and some behind
MAX_TRIED = 8  # to take back, where others are quicker
RESERVED = sweeping.Waiting(SeatItem.by_expiry, SeatItem.expires_at, EXPIRY_BUCKETS)
RELEASED = "released"


def release_expired(now: datetime, until: float) -> int:
    """Release expired reservations of every organisation until all, or the time, is over.

    `until` is on the monotonic clock, in seconds. 16 queries of the index and one more for each
    further 100 seats; for each seat a read and a transaction of two items (4 write units and 1 of
    the index). One that fails is put off (`sweeping.sweep`). Returns how many were released.
    """

    def work(item: SeatItem) -> str:
        return RELEASED if release(_slot(item), now) else "changed"

    return sweeping.sweep(RESERVED, work, now, until)[RELEASED]


def take_back(organization_id: str, channel_ids: Collection[str], now: datetime) -> int:
    """Release a few expired seats of these channels, for a customer who waits.

    Returns how many were tried: what this call did not release has just changed, so for each there
    may be room now. A query for each bucket of the channels, and one batch read where seats of the
    organisation are due in it: of the first 100 there; what is behind is left to the sweep.
    Raises Contention: there may be room, but not to be had now.
    """
    freed = tried = 0
    for bucket in sorted({bucket_of(organization_id, name) for name in channel_ids}):
        for found in _wanted(bucket, organization_id, channel_ids, now):
            if freed == MAX_TAKEN_BACK or tried == MAX_TRIED:
                return tried
            tried += 1
            freed += _release_or_say(found, now)
    return tried


def _wanted(
    bucket: str, organization_id: str, channel_ids: Collection[str], now: datetime
) -> Iterator[Found]:
    """Yield the seats due in a bucket that are of these channels: the index does not tell."""
    due = [_slot(item) for item in _due(bucket, now)]
    for found in read_all([slot for slot in due if slot.organization_id == organization_id]):
        seat = found.seat
        if seat and seat.assignments and seat.current.channel_id in channel_ids:
            yield found


def _due(bucket: str, now: datetime) -> list[SeatItem]:
    return list(SeatItem.by_expiry.query(bucket, SeatItem.expires_at <= now, limit=MAX_PER_BUCKET))


def _release_or_say(found: Found, now: datetime) -> bool:
    """Release one seat; where AWS is too busy for it, that is no reason to say "no room"."""
    try:
        return _release(found, now)
    except Exception as error:
        if isinstance(error, Contention) or guard.is_unreachable(error):
            raise Contention from error
        telemetry.logger.exception("release_failed")
        return False


def release(slot: Slot, now: datetime) -> bool:
    """Release the seat if its reservation has expired; tells whether it did."""
    return _release(read(slot), now)


def _release(found: Found, now: datetime) -> bool:
    new = rules.expire(found.seat, now) if found.seat else None
    if new is None:
        return False
    transaction = Transaction()
    put_seat(transaction, found, new)
    admit(transaction, found.slot.organization_id, [found.seat], [new])
    try:
        transaction.commit()
    except (SeatChanged, ChannelGone):
        return False  # confirmed, renewed or moved meanwhile
    return True


def _slot(item: SeatItem) -> Slot:
    organization_id, customer_id = item.customer.split("#")
    return Slot(organization_id, customer_id, item.scope)
