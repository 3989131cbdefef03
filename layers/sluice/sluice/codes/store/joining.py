"""A join (A4, A5): the customer's own seat if there is one, else the first channel with room.

The common case is one request: the channel's counter and the seat, written together under both
conditions. A refusal brings the item it met, so a repeated join needs no read either.
"""

from typing import Any, NamedTuple

from sluice.codes.refusals import (
    ChannelFull,
    ChannelGone,
    MustWait,
    NoRoom,
    SeatChanged,
    TooManyJoins,
)
from sluice.codes.rules import choice
from sluice.codes.rules.choice import Choice, Rule
from sluice.codes.rules.places import Place
from sluice.codes.rules.seats import Assignment, Seat
from sluice.codes.rules.shifts import When
from sluice.codes.store import choosing, counters, expiry, loading, queues, reserving
from sluice.codes.store import seats as stored
from sluice.codes.store.hints import mark_full
from sluice.codes.store.pool import pool as known_pool
from sluice.codes.store.reserving import Join
from sluice.codes.store.seats import Found, Slot
from sluice.codes.tables import OPEN, Code
from sluice.shared.errors import Contention, Refusal
from sluice.shared.guard import pause

MAX_CONFLICTS = 8
MAX_MERGES = 11  # followed at a time, a read each: with the conflicts more than there can be
MAX_MISSES = 16  # full channels met before the pool is called full
MAX_STEPS = 32  # of everything together: each is at most one write
MISSES_BEFORE_REFRESH = 2


class Joined(NamedTuple):
    """The seat a customer has now; `is_new` when this call gave it."""

    assignment: Assignment
    is_new: bool


def join(
    code: Code,
    rule: Rule,
    customer_id: str,
    place: Place,
    *,
    when: When,
    seconds: int,
    source_ip: str | None = None,
) -> Joined:
    """Return the customer's seat: the one they have, or a new one reserved for `seconds`.

    One request where a channel has room (two items, 4 write units and 1 of the expiry index) and
    where the customer has a seat; a sold-out code costs one read. `source_ip` is that of a
    customer who proved no identity: in a strained pool the join then counts for its network (a
    third item, 2 write units more), and costs one read where the network has had its joins.
    Raises NoRoom (MustWait: there may be room, for those on the waiting list), TooManyJoins,
    Contention.
    """
    pool = known_pool(code.organization_id)
    return seat(Join(code, rule, customer_id, place, source_ip, when, seconds, pool))


def seat(under_way: Join) -> Joined:
    """Carry out a join: seat its customer. Raises as `join` does."""
    conflicts = 0
    for _ in range(MAX_STEPS):
        chosen: Choice | None = None
        try:
            own = _own_seat(under_way)
            if own is not None:
                return own
            chosen = _next_choice(under_way)
            if chosen is not None:
                return Joined(reserving.reserve(under_way, chosen), is_new=True)
        except (SeatChanged, ChannelFull, ChannelGone) as refusal:
            _learn(under_way, chosen, refusal)
        except TooManyJoins:
            if under_way.has_looked:
                raise
            _look(under_way, under_way.customer_id)  # whoever has a seat is answered it
        except Contention:
            conflicts += 1
            pause(conflicts, last=conflicts == MAX_CONFLICTS)
    raise Contention


def _own_seat(join: Join) -> Joined | None:
    """Return the seat the customer already has (sticky before any rule), renewed if need be.

    Raises Contention: they were merged into another, that one into another, and so on.
    """
    for _ in range(MAX_MERGES):
        became = _became(join)
        if became is None:
            return _standing_seat(join)
        _look(join, became)
    raise Contention


def _became(join: Join) -> str | None:
    """Return the customer whom this one, as far as known, was merged into."""
    merged = (found.seat.merged_into for found in join.known.values() if found.seat)
    return next(filter(None, merged), None)


def _standing_seat(join: Join) -> Joined | None:
    for found in join.known.values():
        seat = found.seat
        if seat is None:
            continue
        current = seat.current
        if current.status == "connected":
            return Joined(current, is_new=False)
        if current.status != "reserved" or not _is_open(join, current.channel_id):
            continue  # may be taken again, or moved to an open channel
        if current.expires_at > join.now:
            return Joined(current, is_new=False)
        return _renew(join, found, seat)
    return None


def _is_open(join: Join, channel_id: str) -> bool:
    """Tell whether a channel is open; one that seems gone is looked up before it is believed."""
    known = join.pool.find(channel_id)
    if (known is None or not known.open) and channel_id not in join.looked_up:
        join.looked_up.add(channel_id)
        known = loading.read_candidate(join.code.organization_id, channel_id)
        if known is not None:
            join.pool.add(known)
    return known is not None and known.open


def _renew(join: Join, found: Found, seat: Seat) -> Joined | None:
    """Renew an expired reservation; None where its channel has closed. Raises SeatChanged."""
    try:
        return Joined(reserving.renew(join, found, seat), is_new=False)
    except ChannelGone:
        join.pool.learn_closed(seat.current.channel_id)
        return None


def _next_choice(join: Join) -> Choice | None:
    """Return the next channel to try; None after something new was learned. Raises NoRoom."""
    must_wait = _must_wait(join)
    has_ended = must_wait or join.misses > MAX_MISSES or choosing.is_closed(join)
    if not has_ended:
        chosen = choosing.next_choice(join)
        if chosen is not None:
            return chosen
    if not join.has_looked:
        _look(join, join.customer_id)
        return None
    if not has_ended and not join.has_taken_back:
        freed = _take_back(join)
        join.has_taken_back = True
        if freed:
            return None
    if not has_ended and not join.has_refreshed:
        _refresh(join, fresh=not join.pool.is_fresh)
        _start_over(join)  # what was full may have room by now
        return None
    if must_wait:
        raise MustWait
    choosing.close(join)
    raise NoRoom


def _must_wait(join: Join) -> bool:
    """Tell whether others wait whom this customer, who does not come from the list, would pass."""
    if join.rule.waiting is None or join.beside is not None:
        return False
    return queues.must_wait(join.pool, join.code.organization_id, join.rule, join.now)


def _take_back(join: Join) -> bool:
    """Free what has expired in the channels that this customer could get; tells whether."""
    freed = expiry.take_back(join.code.organization_id, choosing.names(join), join.now)
    if freed:
        _refresh(join)
        _start_over(join)
    return bool(freed)


def _start_over(join: Join) -> None:
    """Try again what was tried, as it is known by now."""
    join.tried.clear()
    join.ranked.clear()
    join.comparisons = 0


def _refresh(join: Join, *, fresh: bool = True) -> None:
    join.pool = known_pool(join.code.organization_id, fresh=fresh)
    join.has_refreshed = True


def _look(join: Join, customer_id: str) -> None:
    """Read every seat the customer could have: one request."""
    join.customer_id = customer_id
    slots = [
        Slot(join.code.organization_id, customer_id, scope)
        for scope in choice.KINDS
        if join.rule.kind in {None, scope}
    ]
    join.known = {found.slot.scope: found for found in stored.read_all(slots)}
    join.has_looked = True


def _learn(join: Join, chosen: Choice | None, refusal: Refusal) -> None:
    """Take from a refusal what it says of the seat or of the channel."""
    current: Any = refusal.current
    if isinstance(refusal, SeatChanged):
        slot = Slot(join.code.organization_id, join.customer_id, current.scope)
        join.known[current.scope] = stored.found_in(slot, current)
        choosing.put_back(join, chosen)
        return
    if chosen is None:
        raise refusal
    candidate = chosen.candidate
    if _is_to_be_tidied(join, current):
        join.forgotten[current.channel_id] = counters.forgotten_days(current, join.today)
        choosing.put_back(join, chosen)
        return
    join.tried.add(candidate.channel_id)
    join.misses += 1
    if current is None or current.status != OPEN:
        join.pool.learn_closed(candidate.channel_id)
    else:
        join.pool.learn_full(candidate.channel_id)
        mark_full(current, join.today)
    if join.misses == MISSES_BEFORE_REFRESH and not join.pool.is_fresh:
        _refresh(join)


def _is_to_be_tidied(join: Join, current: Any) -> bool:
    """Tell whether a channel has room, and was refused for the old days it still counts."""
    return (
        current is not None
        and current.channel_id not in join.forgotten
        and current.status == OPEN
        and current.held < current.cap
        and counters.has_many_days(current)
    )
