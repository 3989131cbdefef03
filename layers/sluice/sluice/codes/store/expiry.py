"""Giving back what nobody confirmed (A6): by the sweep, and by a full pool in need.

The index only finds; the transaction that releases is guarded by the seat's version, so a
confirmation at the same instant wins or loses whole.
"""

from collections.abc import Iterable
from datetime import datetime

from sluice.codes.refusals import ChannelGone, SeatChanged
from sluice.codes.rules import seats as rules
from sluice.codes.store.seats import EXPIRY_BUCKETS, Slot, admit, bucket_of, put_seat, read
from sluice.codes.tables import SeatItem
from sluice.shared.guard import Transaction

MAX_PER_BUCKET = 100  # of one sweep: 16 buckets, 1,600 seats a minute and function


def release_expired(now: datetime) -> int:
    """Release expired reservations of every organisation; returns how many.

    16 queries; for each seat a read and a transaction of two items (4 write units).
    """
    return _release(map(str, range(EXPIRY_BUCKETS)), now)


def release_expired_of(organization_id: str, channel_ids: Iterable[str], now: datetime) -> int:
    """Release what has expired where these channels' reservations are; returns how many."""
    return _release(sorted({bucket_of(organization_id, name) for name in channel_ids}), now)


def _release(buckets: Iterable[str], now: datetime) -> int:
    released = 0
    for bucket in buckets:
        due = SeatItem.by_expiry.query(bucket, SeatItem.expires_at <= now, limit=MAX_PER_BUCKET)
        released += sum(release(_slot(item), now) for item in due)
    return released


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
