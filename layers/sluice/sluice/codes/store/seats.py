"""Verbs on seats (A4 to A6): every change is one transaction of the seat and its channels.

The seat is guarded by its version, a channel by its caps (counters.py).
"""

import zlib
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from pynamodb.expressions.condition import Condition

from sluice.codes.refusals import OtherSeatTaken, SeatChanged
from sluice.codes.rules.seats import Seat
from sluice.codes.store.counters import Admission, admit
from sluice.codes.tables import SeatItem
from sluice.shared import ids
from sluice.shared.guard import Transaction
from sluice.shared.table import find

EXPIRY_BUCKETS = 16
_SCOPES = {"c": "contact", "g": "group"}


class Slot(NamedTuple):
    """Where a seat is stored."""

    organization_id: str
    customer_id: str
    scope: str


class Found(NamedTuple):
    """A seat as it was read; `seat` is None and `version` 0 where there is none yet."""

    slot: Slot
    seat: Seat | None
    version: int


def new_assignment_id(slot: Slot, now: datetime) -> str:
    """Return an id that carries its slot's key, so that a callback needs no index to find it."""
    return f"{slot.customer_id}.{slot.scope[0]}.{ids.sortable(now)}"


def slot_of(organization_id: str, assignment_id: str) -> Slot | None:
    """Return the slot of an assignment, or None where the id is none of ours."""
    customer_id, _, rest = assignment_id.partition(".")
    scope = _SCOPES.get(rest[:1])
    if not customer_id.isalnum() or scope is None or rest[1:2] != ".":
        return None
    return Slot(organization_id, customer_id, scope)


def read(slot: Slot) -> Found:
    """Return the seat as it is now: one consistent read."""
    item = find(SeatItem, ids.key(slot.organization_id, slot.customer_id), slot.scope)
    return found_in(slot, item)


def read_all(slots: Sequence[Slot]) -> list[Found]:
    """Return these seats as they are now: one request."""
    keys = [(ids.key(slot.organization_id, slot.customer_id), slot.scope) for slot in slots]
    items = {
        (item.customer, item.scope): item for item in SeatItem.batch_get(keys, consistent_read=True)
    }
    return [found_in(slot, items.get(key)) for slot, key in zip(slots, keys, strict=True)]


def found_in(slot: Slot, item: SeatItem | None) -> Found:
    """Return what an item says of a slot."""
    return Found(slot, item.seat, int(item.version)) if item else Found(slot, None, 0)


def reservation(
    found: Found, new: Seat, admission: Admission, beside: Sequence[Found] = ()
) -> Transaction:
    """Return the transaction that writes a new or renewed seat under its channel's cap.

    `beside` are the customer's seats in other scopes, which must still be as found. Two items, 4
    write units and 1 of the expiry index; 2 more where a seat moves or `beside` is checked.
    Refuses with SeatChanged, OtherSeatTaken, ChannelGone, ChannelFull (also where it is closed,
    or counts too many days).
    """
    transaction = Transaction()
    put_seat(transaction, found, new)
    for other in beside:
        transaction.check(
            SeatItem(ids.key(other.slot.organization_id, other.slot.customer_id), other.slot.scope),
            condition=guard_of(other),
            otherwise=OtherSeatTaken(),
        )
    admit(transaction, found.slot.organization_id, [found.seat], [new], admission)
    return transaction


def put_seat(transaction: Transaction, found: Found, new: Seat) -> None:
    """Add the write of a seat, guarded by the version that was read; refuses SeatChanged."""
    transaction.put(item_of(found, new), guard_of(found), SeatChanged())


def guard_of(found: Found) -> Condition:
    """Return the condition that the seat is still as it was found."""
    if not found.version:
        return SeatItem.customer.does_not_exist()
    return SeatItem.version == found.version


def item_of(found: Found, new: Seat) -> SeatItem:
    """Return the item to write for a changed seat."""
    slot = found.slot
    item = SeatItem(
        ids.key(slot.organization_id, slot.customer_id),
        slot.scope,
        seat=new,
        version=found.version + 1,
    )
    if new.assignments and new.current.status == "reserved":
        item.expiry_bucket = bucket_of(slot.organization_id, new.current.channel_id)
        item.expires_at = new.current.expires_at
    return item


def bucket_of(organization_id: str, channel_id: str) -> str:
    """Return the bucket of the expiry index in which a channel's reservations are."""
    return str(zlib.crc32(ids.key(organization_id, channel_id).encode()) % EXPIRY_BUCKETS)
