"""A join (A4, A5): the customer's own seat if there is one, else the first channel with room.

The common case is one request: the channel's counter and the seat, written together under both
conditions. A refusal brings the item it met, so a repeated join needs no read either.
"""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from sluice.codes.refusals import ChannelFull, ChannelGone, NoRoom, SeatChanged
from sluice.codes.rules import choice, lineups, seats
from sluice.codes.rules.areas import Location
from sluice.codes.rules.choice import Choice, Rule
from sluice.codes.rules.places import Place
from sluice.codes.rules.seats import Assignment, Seat
from sluice.codes.rules.shifts import When
from sluice.codes.store import expiry
from sluice.codes.store import seats as stored
from sluice.codes.store.channels import OPEN, mark_full
from sluice.codes.store.pool import Pool
from sluice.codes.store.pool import pool as known_pool
from sluice.codes.store.seats import Found, Slot
from sluice.codes.tables import Code
from sluice.shared.errors import Contention, Refusal
from sluice.shared.guard import pause

MAX_CONFLICTS = 8
MAX_MISSES = 16  # full channels met before the pool is called full
MAX_STEPS = 32  # of everything together: each is at most one write
MISSES_BEFORE_REFRESH = 2
_random = random.SystemRandom()  # restored copies of a warm start would share `random`'s state


class Joined(NamedTuple):
    """The seat a customer has now; `is_new` when this call gave it."""

    assignment: Assignment
    is_new: bool


@dataclass
class _Join:
    """One join under way: what it knows, and which channels it has tried."""

    code: Code
    rule: Rule
    customer_id: str
    location: Location | None
    now: datetime
    today: str
    seconds: int
    pool: Pool
    known: dict[str, Found] = field(default_factory=dict)  # by scope
    tried: set[str] = field(default_factory=set)
    misses: int = 0
    has_looked: bool = False  # for a seat of the customer's own
    has_refreshed: bool = False
    has_taken_back: bool = False


def join(
    code: Code,
    rule: Rule,
    customer_id: str,
    location: Location | None,
    *,
    now: datetime,
    today: str,
    seconds: int,
) -> Joined:
    """Return the customer's seat: the one they have, or a new one reserved for `seconds`.

    One request where a channel has room (two items, 4 write units and 1 of the expiry index) and
    where the customer has a seat; a sold-out code costs one read. Raises NoRoom, Contention.
    """
    under_way = _Join(
        code, rule, customer_id, location, now, today, seconds, known_pool(code.organization_id)
    )
    conflicts = 0
    for _ in range(MAX_STEPS):
        chosen: Choice | None = None
        try:
            own = _own_seat(under_way)
            if own is not None:
                return own
            chosen = _next_choice(under_way)
            if chosen is not None:
                return _reserve(under_way, chosen)
        except (SeatChanged, ChannelFull, ChannelGone) as refusal:
            _learn(under_way, chosen, refusal)
        except Contention:
            conflicts += 1
            pause(conflicts, last=conflicts == MAX_CONFLICTS)
    raise Contention


def _own_seat(join: _Join) -> Joined | None:
    """Return the seat the customer already has (sticky before any rule), renewed if need be."""
    for found in join.known.values():
        seat = found.seat
        if seat is None:
            continue
        if seat.merged_into:
            _look(join, seat.merged_into)
            return _own_seat(join)
        current = seat.current
        if current.status == "connected":
            return Joined(current, is_new=False)
        if current.status != "reserved" or not _is_open(join, current.channel_id):
            continue  # may be taken again, or moved to an open channel
        if current.expires_at > join.now:
            return Joined(current, is_new=False)
        return _renew(join, found, seat)
    return None


def _is_open(join: _Join, channel_id: str) -> bool:
    """Tell whether a channel is open; one that seems gone is looked up before it is believed."""
    known = join.pool.find(channel_id)
    if (known is None or not known.open) and not join.has_refreshed:
        _refresh(join)
        known = join.pool.find(channel_id)
    return known is not None and known.open


def _renew(join: _Join, found: Found, seat: Seat) -> Joined | None:
    """Renew an expired reservation; None where its channel has closed. Raises SeatChanged."""
    renewed = seats.renew(seat, join.now, join.seconds)
    try:
        stored.reserve(found, renewed)
    except ChannelGone:
        join.pool.learn(seat.current.channel_id, open=False)
        return None
    return Joined(renewed.current, is_new=False)


def _next_choice(join: _Join) -> Choice | None:
    """Return the next channel to try; None after something new was learned. Raises NoRoom."""
    is_closed = join.pool.is_closed(join.code.code) or join.misses > MAX_MISSES
    if not is_closed:
        for chosen in _ordered(join):
            if chosen.candidate.channel_id not in join.tried:
                return chosen
    if not join.has_looked:
        _look(join, join.customer_id)
        return None
    if not is_closed and not join.has_taken_back:
        freed = _take_back(join)
        join.has_taken_back = True
        if freed:
            return None
    if not is_closed and not join.has_refreshed:
        _refresh(join)
        join.tried.clear()  # what was full may have room by now
        return None
    if not join.pool.has_room(join.rule) or join.misses:  # elsewhere there may be room
        join.pool.close(join.code.code)
    raise NoRoom


def _ordered(join: _Join, *, with_full: bool = False) -> list[Choice]:
    candidates = join.pool.candidates
    if with_full:
        candidates = [msgspec.structs.replace(c, full=False) for c in candidates]
    ask = lineups.Ask(join.rule, join.code.referrer_id, Place(location=join.location))
    return lineups.order(candidates, ask, When(join.now, UTC), _random.random)


def _take_back(join: _Join) -> bool:
    """Free what has expired in the full channels that this customer could get; tells whether."""
    names = {chosen.candidate.channel_id for chosen in _ordered(join, with_full=True)}
    freed = expiry.take_back(join.code.organization_id, names, join.now)
    if freed:
        _refresh(join)
        join.tried.clear()
    return bool(freed)


def _refresh(join: _Join) -> None:
    join.pool = known_pool(join.code.organization_id, fresh=True)
    join.has_refreshed = True


def _look(join: _Join, customer_id: str) -> None:
    """Read every seat the customer could have: one request."""
    join.customer_id = customer_id
    slots = [
        Slot(join.code.organization_id, customer_id, scope)
        for scope in choice.KINDS
        if join.rule.kind in {None, scope}
    ]
    join.known = {found.slot.scope: found for found in stored.read_all(slots)}
    join.has_looked = True


def _reserve(join: _Join, chosen: Choice) -> Joined:
    candidate = chosen.candidate
    slot = Slot(join.code.organization_id, join.customer_id, candidate.kind)
    found = join.known.get(candidate.kind, Found(slot, None, 0))
    assignment = Assignment(
        assignment_id=stored.new_assignment_id(slot, join.now),
        channel_id=candidate.channel_id,
        provider=candidate.provider,
        code=join.code.code,
        referrer_id=join.code.referrer_id,
        reserved_at=join.now,
        reserved_day=join.today,
        expires_at=join.now + timedelta(seconds=join.seconds),
        why=chosen.why,
    )
    beside = [
        join.known.get(kind, Found(slot._replace(scope=kind), None, 0))
        for kind in join.pool.kinds(join.rule) - {candidate.kind}
    ]
    stored.reserve(found, seats.reserve(found.seat, assignment), beside)
    return Joined(assignment, is_new=True)


def _learn(join: _Join, chosen: Choice | None, refusal: Refusal) -> None:
    """Take from a refusal what it says of the seat or of the channel."""
    current: Any = refusal.current
    if isinstance(refusal, SeatChanged):
        slot = Slot(join.code.organization_id, join.customer_id, current.scope)
        join.known[current.scope] = stored.found_in(slot, current)
        return
    if chosen is None:
        raise refusal
    candidate = chosen.candidate
    join.tried.add(candidate.channel_id)
    join.misses += 1
    if current is None or current.status != OPEN:
        join.pool.learn(candidate.channel_id, open=False)
    else:
        join.pool.learn(candidate.channel_id, full=True)
        mark_full(current)
    if join.misses == MISSES_BEFORE_REFRESH:
        _refresh(join)
