"""Serving the waiting list (A4): in the order of entering, as long as there is room.

Each place is served by the ordinary join of its customer, with the end of the place and the notice
in the seat's own transaction: of two that serve at once one writes, and the other goes on to the
next. Who can get none of the free channels keeps their place and holds nobody up.
"""

import time
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple

import msgspec

from sluice.codes.refusals import CodeGone, NoRoom, TicketGone
from sluice.codes.rules import waiting as rules
from sluice.codes.rules.choice import Rule
from sluice.codes.rules.places import NOWHERE, Place
from sluice.codes.rules.seats import Assignment
from sluice.codes.rules.waiting import Status, Waiting
from sluice.codes.store import (
    choosing,
    issued,
    joining,
    marks,
    notices,
    queues,
    seats,
    turns,
    waiting,
)
from sluice.codes.store import pool as memory
from sluice.codes.store.reserving import Join
from sluice.codes.tables import Code
from sluice.codes.tables.waiting import Ticket, WaitingMark
from sluice.shared import guard, sweeping, telemetry
from sluice.shared.errors import NotFound
from sluice.shared.guard import Transaction
from sluice.shared.table import find

LOOK_AHEAD = 100  # places that cannot be served: behind them it goes on where the last run ended
MAX_TICKETS = 1_000  # of one run
SECONDS = 20  # of one run, which are fewer than its turn has
SERVED: Status = "served"
BLOCKED = "blocked"
DUE = sweeping.Waiting(Ticket.by_due, Ticket.due_at, waiting.BUCKETS)
NOTICE = "waiting-served"


def serve(organization_id: str, now: datetime, until: float) -> Counter[str]:
    """Serve an organisation's list; `until` is on the monotonic clock, in seconds.

    One read where nobody waits, or where another run looks at the list after this one came. Else
    the turn (2 transactions of 1 item), and for each look a read of the mark, the channels, four
    queries for each queue in use and one for each further 25 places of a part; for each place that
    may be served a join and 2 items more (the place, the notice); for who cannot a batch read of
    their seats, or nothing where a moment ago another of the same code could not. Returns how often
    each thing was done. Raises Contention.
    """
    turn = turns.take(organization_id, now)
    run = _Run(organization_id, now, min(until, time.monotonic() + SECONDS), Counter())
    if turn is None:
        return run.done
    try:
        _look(run)
        while turns.goes_on(turn, is_over=run.is_over):
            _look(run)
    except Exception:
        turns.give_back(turn)
        raise
    return run.done


class _Run(NamedTuple):
    organization_id: str
    now: datetime
    until: float
    done: Counter[str]

    @property
    def is_over(self) -> bool:
        return self.done.total() >= MAX_TICKETS or time.monotonic() >= self.until


def _look(run: _Run) -> None:
    """Serve the list once, as long as there is room.

    When 100 places could not be served it goes on where the run before ended, so that nobody
    behind them is forgotten (1 item, to note the place).
    """
    mark = find(WaitingMark, run.organization_id)
    if mark is None:
        return
    memory.pool(run.organization_id, fresh=True)
    kinds = sorted(queues.times_of(mark))
    reached = _serve_behind(run, kinds, "", LOOK_AHEAD)
    if reached is not None and _has_room(run.organization_id):
        after = max(reached, mark.looked_to or "")
        reached = _serve_behind(run, kinds, after, MAX_TICKETS)
        marks.note_place(mark, reached)
    marks.tidy(mark, run.now)


def _serve_behind(run: _Run, kinds: Sequence[str], place: str, most_blocked: int) -> str | None:
    """Serve those behind a place in order; return the last looked at, None at the list's end."""
    blocked = 0
    for ticket in queues.in_order(run.organization_id, kinds, place):
        if run.is_over:
            return place
        place = str(ticket.place)
        outcome = _try(ticket, run.now)
        run.done[outcome] += 1
        blocked += outcome == BLOCKED
        if blocked >= most_blocked or (outcome == BLOCKED and not _has_room(run.organization_id)):
            return place
    return None


def _has_room(organization_id: str) -> bool:
    return memory.pool(organization_id).may_have_room(Rule())


def _try(ticket: Ticket, now: datetime) -> str:
    """Serve one place, and say what became of it; a fault in it must not hold up the others."""
    try:
        return _serve(ticket, now)
    except TicketGone:
        return "gone"  # served by another, or left
    except NoRoom:
        return BLOCKED
    except Exception as error:
        if guard.is_busy(error):
            raise
        telemetry.logger.exception("ticket_failed", extra={"ticket_id": ticket.ticket_id})
        return BLOCKED


def _serve(ticket: Ticket, now: datetime) -> str:
    if ticket.expires_at <= now:
        return waiting.end(ticket, "expired", now)
    _, name, customer_id = ticket.key.split("#")
    try:
        code = memory.code(name)
    except (CodeGone, NotFound):
        return waiting.end(ticket, "ended", now)
    join = _join(code, ticket, customer_id, now)
    if choosing.is_closed(join):
        return BLOCKED
    if joining.seat(join).is_new:
        return SERVED
    return waiting.end(ticket, SERVED, now)  # they have a seat from elsewhere


def _join(code: Code, ticket: Ticket, customer_id: str, now: datetime) -> Join:
    """Return the ordinary join of this customer; what has expired is the sweep's to give back."""
    rule = issued.rule_of(code)
    return Join(
        code=code,
        rule=rule,
        customer_id=customer_id,
        place=msgspec.json.decode(ticket.where, type=Place) if ticket.where else NOWHERE,
        source_ip=None,  # it counted for its network when it entered
        when=memory.when(code.organization_id, now),
        seconds=(rule.waiting or Waiting()).called_seconds,
        pool=memory.pool(code.organization_id),
        has_refreshed=True,
        has_taken_back=True,
        beside=partial(_beside, ticket, now),
    )


def _beside(ticket: Ticket, now: datetime, transaction: Transaction, given: Assignment) -> None:
    """Add the end of the place, and the notice to who has the seat, to the seat's transaction.

    Who waited may have turned out to be another customer since.
    """
    waiting.add_served(transaction, ticket, now)
    organization_id, _, customer_id = ticket.key.split("#")
    slot = seats.slot_of(organization_id, given.assignment_id)
    customer_id = slot.customer_id if slot else customer_id
    known = memory.pool(organization_id).find(given.channel_id)
    content = rules.turn_notice(
        known.name if known else given.channel_id,
        given.expires_at,
        given.expires_at.astimezone(memory.when(organization_id, now).zone),
        ticket.link,
        memory.organization(organization_id).locale,
    )
    notices.want(transaction, organization_id, ticket.ticket_id, NOTICE, customer_id, content, now)


def sweep(now: datetime, until: float) -> Counter[str]:
    """Serve every list that is due, and end the places whose time is over.

    `until` is on the monotonic clock, in seconds. 16 queries of the index and one more for each
    further 100; a place: one transaction of 1 item. One that fails is put off (`sweeping.sweep`).
    """
    served: Counter[str] = Counter()

    def work(item: Ticket) -> str:
        if "#" in item.key:
            return _expire(item, now)
        served.update(serve(item.key, now, until))
        return "lists"

    done = sweeping.sweep(DUE, work, now, until)
    done.update(served)
    return done


def counted(done: Counter[str]) -> dict[str, int]:
    """Return the metrics of what was done."""
    names = {"served": "WaitingServed", "expired": "WaitingExpired", "blocked": "WaitingBlocked"}
    return {name: done[outcome] for outcome, name in names.items()}


def _expire(item: Ticket, now: datetime) -> str:
    """End a place whose time is over; the index brought no more than its key."""
    over = (Ticket.status == rules.WAITING) & (Ticket.expires_at <= now)
    try:
        return waiting.end_where(item.key, over, "expired", now)
    except TicketGone:
        return "changed"
