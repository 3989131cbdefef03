"""Verbs on places of the waiting list (A4): entered once, and ended once.

```
waiting -> served    with the seat, in one transaction
        -> left      the customer gave it up
        -> expired   its time was over (the time decides, the sweep tidies)
        -> ended     its code is no more
```
"""

import zlib
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from sluice.codes.refusals import TicketGone, TicketTaken
from sluice.codes.rules import waiting as rules
from sluice.codes.rules.choice import Rule
from sluice.codes.rules.places import Place
from sluice.codes.rules.waiting import WAITING, Status, Waiting
from sluice.codes.store import networks, queues
from sluice.codes.store.networks import Network
from sluice.codes.store.pool import Pool
from sluice.codes.tables import Code
from sluice.codes.tables.waiting import Ticket, WaitingMark
from sluice.shared import ids
from sluice.shared.guard import Transaction
from sluice.shared.outbox import Event, emit
from sluice.shared.table import find

WANTED = "waiting.wanted.v1"
BUCKETS = 16
SERVED_EACH = timedelta(minutes=1)  # a list is served at least that often
KEPT = timedelta(days=7)  # of a place that has ended


class Entered(NamedTuple):
    """A customer's place; `is_new` when this call gave it, `ahead` is exact up to 100."""

    ticket: Ticket
    is_new: bool
    ahead: int


class Entry(msgspec.Struct, frozen=True):
    """Who enters the list, and why; `network` where the entry counts for one."""

    code: Code
    rule: Rule
    customer_id: str
    place: Place
    link: str
    network: Network | None = None
    is_held_back: bool = False  # there may be room, but others come first


def ticket_key(code: Code, customer_id: str) -> str:
    """Return the key of a customer's place: one for each code."""
    return ids.key(code.organization_id, code.code, customer_id)


def enter(entry: Entry, pool: Pool, now: datetime) -> Entered:
    """Give a customer a place at the end of the list; who waits already keeps theirs.

    One read: whoever asks again and again is answered by it, since what they have already writes
    nothing. For a new place one transaction of 1 item (2 write units and 2 of the indexes); 1 item
    more where it counts for a network, and 2 where the mark is renewed or the list is to be served
    at once. Then 4 queries for each queue with those who come before. Raises TooManyJoins,
    Contention.
    """
    ticket, is_new = find(Ticket, ticket_key(entry.code, entry.customer_id)), False
    if ticket is None or ticket.status != WAITING or ticket.expires_at <= now:
        ticket, is_new = _enter(entry, pool, now)
    pool.waited[ticket.kind] = True
    before = _ahead(entry.code.organization_id, entry.rule, ticket, pool, now)
    return Entered(ticket, is_new, before)


def standing(code: Code, rule: Rule, customer_id: str, pool: Pool, now: datetime) -> Entered | None:
    """Return the place that a customer has, None without one; nothing is written.

    One read; of who waits 1 more for the marks, and 4 queries for each queue.
    """
    ticket = find(Ticket, ticket_key(code, customer_id))
    if ticket is None or ticket.status != WAITING or ticket.expires_at <= now:
        return None
    return Entered(
        ticket, is_new=False, ahead=_ahead(code.organization_id, rule, ticket, pool, now)
    )


def _ahead(organization_id: str, rule: Rule, ticket: Ticket, pool: Pool, now: datetime) -> int:
    """Count those who come before a place, in the queues that compete with its own."""
    known = {*queues.marks(pool, organization_id), ticket.kind}
    kinds = [kind for kind in rules.competing(rule.kind) if kind in known]
    return queues.ahead(organization_id, kinds, str(ticket.place), now)


def _enter(entry: Entry, pool: Pool, now: datetime) -> tuple[Ticket, bool]:
    """Write the place, unless they have one by now; tell whether it is new."""
    ticket = _ticket(entry, now)
    transaction = Transaction()
    transaction.put(
        ticket,
        Ticket.key.does_not_exist() | (Ticket.status != WAITING) | (Ticket.expires_at <= now),
        TicketTaken(),
    )
    if entry.network is not None:
        networks.take(transaction, entry.network)
    marks = queues.marks(pool, entry.code.organization_id)
    is_stale = rules.is_stale(marks.get(ticket.kind), now)
    if is_stale:
        _mark(transaction, entry.code.organization_id, ticket.kind, now)
    if is_stale or (entry.is_held_back and pool.may_have_room(entry.rule)):
        _want_service(transaction, entry, ticket, now)
    try:
        transaction.commit()
    except TicketTaken as taken:
        return taken.current, False
    if is_stale:
        marks[ticket.kind] = now
    return ticket, True


def _ticket(entry: Entry, now: datetime) -> Ticket:
    settings = entry.rule.waiting or Waiting()
    kind = rules.queue_of(entry.rule.kind)
    key = ticket_key(entry.code, entry.customer_id)
    expires_at = now + timedelta(hours=settings.hours)
    if entry.code.expires_at is not None:
        expires_at = min(expires_at, entry.code.expires_at)
    ticket_id = ids.sortable(now)
    where = rules.kept(entry.place)
    return Ticket(
        key,
        ticket_id=ticket_id,
        status=WAITING,
        kind=kind,
        where=msgspec.json.encode(where).decode() if where.is_known else None,
        link=entry.link,
        entered_at=now,
        expires_at=expires_at,
        queue=queues.queue_name(entry.code.organization_id, kind, key),
        place=ids.key(str(Ticket.entered_at.serialize(now)), ticket_id),
        due_bucket=bucket_of(key),
        due_at=expires_at,
    )


def bucket_of(key: str) -> str:
    """Return the bucket of the sweeper's index in which an item is."""
    return str(zlib.crc32(key.encode()) % BUCKETS)


def _mark(transaction: Transaction, organization_id: str, kind: str, now: datetime) -> None:
    """Let every join know within 3 s that somebody waits."""
    transaction.upsert(
        WaitingMark(organization_id),
        [
            getattr(WaitingMark, f"{kind}_at").set(now),
            WaitingMark.due_bucket.set(bucket_of(organization_id)),
            WaitingMark.due_at.set(WaitingMark.due_at | (now + SERVED_EACH)),
        ],
    )


def _want_service(transaction: Transaction, entry: Entry, ticket: Ticket, now: datetime) -> None:
    """Ask for the list to be served: room may have come between the refusal and the entry."""
    event = Event(
        id=f"{ticket.ticket_id}.wanted",
        type=WANTED,
        organization_id=entry.code.organization_id,
        occurred_at=now,
        version=1,
        data={"code": entry.code.code, "kind": ticket.kind},
    )
    emit(transaction, event)


def end(ticket: Ticket, status: Status, now: datetime) -> Status:
    """End this very place: one transaction of 1 item. Raises TicketGone: it is no more."""
    return end_where(ticket.key, _is_this(ticket), status, now)


def leave(code: Code, customer_id: str, now: datetime) -> bool:
    """Give up a customer's place on the list: one transaction of 1 item; False without one."""
    waits = (Ticket.status == WAITING) & (Ticket.expires_at > now)
    try:
        end_where(ticket_key(code, customer_id), waits, "left", now)
    except TicketGone:
        return False
    return True


def end_where(key: str, condition: Condition, status: Status, now: datetime) -> Status:
    """End a place under a condition: one transaction of 1 item. Raises TicketGone."""
    transaction = Transaction()
    transaction.update(
        Ticket(key), _ended(status, now), condition=condition, otherwise=TicketGone()
    )
    transaction.commit()
    return status


def add_served(transaction: Transaction, ticket: Ticket, now: datetime) -> None:
    """Add that this very place is served to the seat's transaction; refuses with TicketGone.

    Its customer must still wait, and their time must not be over.
    """
    transaction.update(
        Ticket(ticket.key),
        _ended("served", now),
        condition=_is_this(ticket) & (Ticket.expires_at > now),
        otherwise=TicketGone(),
    )


def _is_this(ticket: Ticket) -> Condition:
    this: Condition = (Ticket.status == WAITING) & (Ticket.ticket_id == ticket.ticket_id)
    return this


def _ended(status: Status, now: datetime) -> list[Action]:
    """Return what changes when a place ends: it is in no index any more."""
    return [
        Ticket.status.set(status),
        Ticket.ended_at.set(now),
        Ticket.expires.set(now + KEPT),
        Ticket.queue.remove(),
        Ticket.place.remove(),
        Ticket.due_bucket.remove(),
        Ticket.due_at.remove(),
        Ticket.sweep_failures.remove(),
    ]
