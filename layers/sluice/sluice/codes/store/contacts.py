"""What a provider tells (A6, A7): connections and losses, late, twice and out of order.

One transaction: the seat, the channels it changes, the alias of the customer's id at the provider,
and the customer with who brought them. A customer's item is made by their first connection, in
whatever scope: a connection that takes itself for the first is written only where there is none.
Where the alias is another customer's, the two are one person, and the transaction joins them.
"""

from datetime import datetime
from typing import NamedTuple

from pynamodb.expressions.update import Action

from sluice.codes.identities import alias_key
from sluice.codes.refusals import AliasTaken, SeatChanged
from sluice.codes.rules import seats as rules
from sluice.codes.rules.choice import KINDS
from sluice.codes.rules.seats import Assignment, Contact, Seat
from sluice.codes.store import pool
from sluice.codes.store.counters import admit
from sluice.codes.store.lookup import standing
from sluice.codes.store.seats import Found, Slot, put_seat, read_all, slot_of
from sluice.codes.tables import Alias, Customer
from sluice.shared import ids, telemetry
from sluice.shared.errors import Contention, NotFound
from sluice.shared.guard import Transaction, pause

MAX_ATTEMPTS = 6
MAX_ALIASES = 80  # of one person; a transaction takes 100 parts


class Told(NamedTuple):
    """What became of it; `assignment` is the one it was about."""

    outcome: str  # applied, known (nothing changed)
    assignment: Assignment


def tell(organization_id: str, account_id: str, contact: Contact, now: datetime) -> Told:
    """Apply a provider's event to the seat of its assignment.

    One read, and a transaction of 3 items (6 write units) for a connection; 2 more for each
    channel whose counter changes. A customer's first connection in a second scope takes both
    again, and a read between. The organisation's time zone is remembered for a minute.
    Raises NotFound (no such assignment, or an inferred one that waits for nobody any more),
    Contention.
    """
    slot = slot_of(organization_id, contact.assignment_id)
    is_customer = False
    for attempt in range(MAX_ATTEMPTS):
        if slot is None:
            break
        found = standing(slot)
        if found.slot != slot:
            slot, is_customer = found.slot, True  # known by the alias that showed the two to be one
        told = _find(found.seat, contact.assignment_id)
        if found.seat is None or told is None or told.provider != account_id:
            break
        if contact.is_inferred and told.status != "reserved":
            break  # who was awaited has come: this is somebody else
        telemetry.follow(told.story)
        day = pool.today(organization_id, contact.at)
        new = rules.tell(found.seat, contact, day, is_customer=is_customer)
        if new is None:
            return Told("known", told)
        try:
            _write(found, new, contact, now)
        except SeatChanged:
            pause(attempt, last=attempt + 1 == MAX_ATTEMPTS)
            is_customer = _customer(slot) is not None
            continue
        return Told("applied", _find(new, contact.assignment_id) or told)
    else:
        raise Contention
    raise NotFound("There is no such assignment at this provider account.")


def _find(seat: Seat | None, assignment_id: str) -> Assignment | None:
    assignments = seat.assignments if seat else ()
    return next((a for a in assignments if a.assignment_id == assignment_id), None)


def _customer(slot: Slot) -> Customer | None:
    """Return the customer's own item: there is one since their first connection."""
    key = ids.key(slot.organization_id, "customer", slot.customer_id)
    return next(iter(Customer.batch_get([key], consistent_read=True)), None)


def _write(found: Found, new: Seat, contact: Contact, now: datetime) -> None:
    slot = found.slot
    transaction = Transaction()
    put_seat(transaction, found, new)
    admit(transaction, slot.organization_id, [found.seat], [new])
    if contact.kind == "connected":
        told = _find(new, contact.assignment_id) or new.current
        before = _find(found.seat, contact.assignment_id)
        is_new = told.is_first and not (before and before.is_first)
        _know(transaction, slot, told, contact.customer_ref, now, is_new=is_new)
    try:
        transaction.commit()
    except AliasTaken as taken:
        _merge(found, new, contact, taken.current.customer_id, now)


def _know(
    transaction: Transaction,
    slot: Slot,
    told: Assignment,
    customer_ref: str,
    now: datetime,
    *,
    is_new: bool,
) -> None:
    """Add the alias of the customer's id at the provider, and who brought them.

    `is_new` is a connection that takes itself for the customer's first. Refuses with AliasTaken,
    and with SeatChanged where it is not.
    """
    key = alias_key(slot.organization_id, told.provider, customer_ref)
    transaction.put(
        Alias(
            key,
            customer_id=slot.customer_id,
            channel_id=told.channel_id,
            customer_ref=customer_ref,
            connected_at=told.connected[-1],
        ),
        Alias.key.does_not_exist() | (Alias.customer_id == slot.customer_id),
        AliasTaken(),
    )
    actions: list[Action] = [
        Customer.customer_id.set(slot.customer_id),
        Customer.created_at.set(Customer.created_at | now),
        Customer.code.set(Customer.code | told.code),
        Customer.aliases.add({key}),
    ]
    if told.referrer_id is not None:
        actions.append(Customer.referrer_id.set(Customer.referrer_id | told.referrer_id))
    customer = Customer(ids.key(slot.organization_id, "customer", slot.customer_id))
    if is_new:
        transaction.update(
            customer, actions, condition=Customer.key.does_not_exist(), otherwise=SeatChanged()
        )
    else:
        transaction.upsert(customer, actions)


def _merge(found: Found, new: Seat, contact: Contact, customer_id: str, now: datetime) -> None:
    """Make one customer of two: every seat of this one goes to the one known by the alias.

    One transaction of both customers' seats in every scope, their channels and this one's
    aliases. Raises SeatChanged when any of it changed meanwhile.
    """
    slot = found.slot
    ours = read_all([slot._replace(scope=scope) for scope in KINDS])
    theirs = read_all([Slot(slot.organization_id, customer_id, scope) for scope in KINDS])
    known = [other.seat for other in theirs] + [mine.seat for mine in ours]
    if any(other.seat and other.seat.merged_into for other in theirs):
        raise SeatChanged  # the alias is about to name the customer they became
    transaction = Transaction()
    after: list[Seat | None] = []
    for mine, other in zip(ours, theirs, strict=True):
        if mine.slot == slot and mine.version != found.version:
            raise SeatChanged
        seat = new if mine.slot == slot else mine.seat
        both = rules.merge(other.seat, seat, contact.assignment_id)
        after.append(both)
        if both is not None:
            put_seat(transaction, other, both)
        # Also where there is no seat: a later join in this scope must find the other customer.
        put_seat(transaction, mine, Seat(merged_into=customer_id))
    admit(transaction, slot.organization_id, known, after)
    told = _find(new, contact.assignment_id)
    _repoint(transaction, slot, customer_id, told.referrer_id if told else None, now)
    transaction.commit()


def _repoint(
    transaction: Transaction, slot: Slot, customer_id: str, referrer_id: str | None, now: datetime
) -> None:
    key = ids.key(slot.organization_id, "customer", slot.customer_id)
    known = _customer(slot)
    aliases = sorted(known.aliases or ()) if known else []
    for alias in aliases[:MAX_ALIASES]:
        transaction.update(
            Alias(alias),
            [Alias.customer_id.set(customer_id)],
            condition=Alias.customer_id == slot.customer_id,
            otherwise=SeatChanged(),
        )
    actions: list[Action] = [Customer.customer_id.set(customer_id)]
    if aliases:
        actions.append(Customer.aliases.add(set(aliases)))
    referrer_id = (known.referrer_id if known else None) or referrer_id
    if referrer_id:
        actions.append(Customer.referrer_id.set(Customer.referrer_id | referrer_id))
    transaction.upsert(Customer(ids.key(slot.organization_id, "customer", customer_id)), actions)
    transaction.upsert(
        Customer(key),
        [
            Customer.customer_id.set(slot.customer_id),
            Customer.merged_into.set(customer_id),
            Customer.aliases.remove(),
            Customer.created_at.set(Customer.created_at | now),
        ],
    )
