"""Verbs on seats (A4 to A6): every change is one transaction of the seat and its channels.

What the channels' counters change by is the difference of two seats (`rules.seats`), so no verb
can forget one. The seat is guarded by its version, a channel by its cap.
"""

import zlib
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from pynamodb.expressions.condition import Condition, size
from pynamodb.expressions.update import Action

from sluice.codes.refusals import ChannelFull, ChannelGone, OtherSeatTaken, SeatChanged
from sluice.codes.rules import seats
from sluice.codes.rules.seats import Seat
from sluice.codes.store.channels import OPEN
from sluice.codes.tables import Channel, SeatItem
from sluice.shared import ids
from sluice.shared.guard import Transaction
from sluice.shared.table import find

EXPIRY_BUCKETS = 16
KEPT_DAYS = 2  # before today: a reservation lasts a day at most, so no cap asks for more
MAX_DAYS = 8  # that a channel counts when it gives a seat; else the old ones are taken off first
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


def reserve(found: Found, new: Seat, beside: Sequence[Found] = ()) -> None:
    """Write a seat whose first assignment is new, or renewed, under its channel's cap.

    One attempt at a `reservation`, and what that refuses. Raises Contention.
    """
    reservation(found, new, beside).commit(attempts=1)


def reservation(
    found: Found, new: Seat, beside: Sequence[Found] = (), forgotten: Sequence[str] = ()
) -> Transaction:
    """Return the transaction that writes a new or renewed seat under its channel's cap.

    `beside` are the customer's seats in other scopes, which must still be as found; `forgotten`
    are the channel's old days, to be taken off it. Two items, 4 write units and 1 of the expiry
    index; 2 more where a seat moves or `beside` is checked. Refuses with SeatChanged,
    OtherSeatTaken, ChannelGone, ChannelFull (also where it is closed, or counts too many days).
    """
    transaction = Transaction()
    put_seat(transaction, found, new)
    for other in beside:
        transaction.check(
            SeatItem(ids.key(other.slot.organization_id, other.slot.customer_id), other.slot.scope),
            condition=guard_of(other),
            otherwise=OtherSeatTaken(),
        )
    admit(
        transaction,
        found.slot.organization_id,
        [found.seat],
        [new],
        admitted=new.current.channel_id,
        forgotten=forgotten,
    )
    return transaction


def admit(
    transaction: Transaction,
    organization_id: str,
    before: Sequence[Seat | None],
    after: Sequence[Seat | None],
    *,
    admitted: str | None = None,
    forgotten: Sequence[str] = (),
) -> None:
    """Add what a change of seats means for the channels' counters.

    `admitted` is the channel that gives a seat by our own doing: it must be open and, where it
    holds one more, have room (A5); `forgotten` are its old days, which are taken off. Elsewhere
    the provider decided, and the counter follows.
    """
    held = Counter(seats.held(after))
    held.subtract(seats.held(before))
    days = Counter(seats.days(after))
    days.subtract(seats.days(before))
    touched = {name for name, n in held.items() if n} | {name for (name, _), n in days.items() if n}
    for channel_id in sorted(touched | ({admitted} if admitted else set())):
        item = Channel(ids.key(organization_id, channel_id))
        day_changes = {day: n for (name, day), n in days.items() if name == channel_id and n}
        if channel_id == admitted:
            _admit_one(transaction, item, held[channel_id], day_changes, forgotten)
        else:
            transaction.update(
                item,
                _counter_actions(held[channel_id], day_changes),
                condition=Channel.key.exists(),
                otherwise=ChannelGone(),
            )


def _admit_one(
    transaction: Transaction,
    item: Channel,
    held: int,
    day_changes: dict[str, int],
    forgotten: Sequence[str],
) -> None:
    is_open = Channel.status == OPEN
    if not held and not day_changes:
        transaction.check(item, condition=is_open, otherwise=ChannelGone())
        return
    condition: Condition = is_open
    if held > 0:
        condition &= Channel.held < Channel.cap
        if not forgotten:
            condition &= size(Channel.days) < MAX_DAYS
    for day, change in day_changes.items():
        if change > 0:
            count = Channel.days[_day_name(day)]
            condition &= (
                Channel.daily_cap.does_not_exist()
                | count.does_not_exist()
                | (count < Channel.daily_cap)
            )
    actions = _counter_actions(held, day_changes)
    actions += [Channel.days[name].remove() for name in forgotten]
    transaction.update(item, actions, condition=condition, otherwise=ChannelFull())


def _counter_actions(held: int, day_changes: dict[str, int]) -> list[Action]:
    actions: list[Action] = []
    if held:
        actions.append(Channel.held.add(held))
    if held < 0:
        actions.append(Channel.full.remove())
    for day, change in day_changes.items():
        count = Channel.days[_day_name(day)]
        actions.append(count.set((count | 0) + change))
    return actions


def has_many_days(channel: Channel) -> bool:
    """Tell whether a channel counts so many days that it gives no seat before some are gone."""
    return len(channel.days.attribute_values) >= MAX_DAYS


def forgotten_days(channel: Channel, today: str) -> list[str]:
    """Return the names of the days that a channel counts and no cap asks for any more."""
    first = _day_name((date.fromisoformat(today) - timedelta(days=KEPT_DAYS)).isoformat())
    return sorted(name for name in channel.days.attribute_values if name < first)


def _day_name(day: str) -> str:
    return "d" + day.replace("-", "")


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
