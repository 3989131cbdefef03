"""The write of a join: a seat in the channel that was chosen, or the same one for longer.

In a strained pool a customer without an identity also takes from what their network may have: a
third item of the same transaction, and only then.
"""

import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import msgspec

from sluice.codes.refusals import TooManyJoins
from sluice.codes.rules import seats
from sluice.codes.rules.choice import Choice, Rule
from sluice.codes.rules.places import Place
from sluice.codes.rules.seats import Assignment, Seat
from sluice.codes.rules.shifts import When
from sluice.codes.store import networks
from sluice.codes.store import seats as stored
from sluice.codes.store.counters import Admission
from sluice.codes.store.networks import Network
from sluice.codes.store.pool import Pool
from sluice.codes.store.seats import Found, Slot
from sluice.codes.tables import Code
from sluice.shared import telemetry
from sluice.shared.guard import Transaction

_random = random.SystemRandom()  # restored copies of a warm start would share `random`'s state


type Beside = Callable[[Transaction, Assignment], None]


def _draws() -> Callable[[], float]:
    """Return draws of one seed of the system's: to ask the system for each is slow."""
    return random.Random(_random.getrandbits(64)).random  # noqa: S311  # nosec B311


class Join(msgspec.Struct):
    """One join under way: what it knows, and which channels it has tried."""

    code: Code
    rule: Rule
    customer_id: str
    place: Place
    source_ip: str | None  # of a customer without an identity
    when: When
    seconds: int
    pool: Pool
    draw: Callable[[], float] = msgspec.field(default_factory=_draws)  # numbers in [0, 1)
    known: dict[str, Found] = msgspec.field(default_factory=dict)  # by scope
    tried: set[str] = msgspec.field(default_factory=set)
    looked_up: set[str] = msgspec.field(default_factory=set)  # channels that seemed closed
    forgotten: dict[str, list[str]] = msgspec.field(default_factory=dict)  # old days by channel
    ranked: list[Choice] = msgspec.field(default_factory=list)  # by figures, to be tried next
    starts: dict[str, int] = msgspec.field(default_factory=dict)  # new head starts, in turns
    comparisons: int = 0  # of figures
    misses: int = 0
    has_looked: bool = False  # for a seat of the customer's own
    has_refreshed: bool = False
    has_taken_back: bool = False
    beside: Beside | None = None  # what else is written with the seat, for one who waited

    @property
    def now(self) -> datetime:
        """The moment of the join, in UTC."""
        return self.when.now

    @property
    def today(self) -> str:
        """The organisation's day of it."""
        return self.when.today


def reserve(join: Join, chosen: Choice) -> Assignment:
    """Give the customer a seat in a channel: 2 items, 3 where their network is counted.

    Raises SeatChanged, OtherSeatTaken, ChannelFull, ChannelGone, TooManyJoins, Contention: the
    customer's own seat is told of before the channel, and the channel before the network.
    """
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
        story=telemetry.correlation_id(),
    )
    beside = [
        join.known.get(kind, Found(slot._replace(scope=kind), None, 0))
        for kind in join.pool.kinds(join.rule) - {candidate.kind}
    ]
    admission = Admission(
        candidate.channel_id,
        is_turn=True,
        start_turns=join.starts.get(candidate.channel_id),
        forgotten=join.forgotten.get(candidate.channel_id, ()),
    )
    _write(join, found, seats.reserve(found.seat, assignment), admission, beside)
    networks.reserved_one(join.pool, join.rule)
    return assignment


def renew(join: Join, found: Found, seat: Seat) -> Assignment:
    """Renew an expired reservation where it is; that counts like a new one for its network.

    Raises SeatChanged, ChannelGone, TooManyJoins, Contention.
    """
    renewed = seats.renew(seat, join.now, join.seconds)
    channel_id = renewed.current.channel_id
    forgotten = join.forgotten.get(channel_id, ())
    _write(join, found, renewed, Admission(channel_id, forgotten=forgotten))
    return renewed.current


def _write(
    join: Join, found: Found, new: Seat, admission: Admission, beside: Sequence[Found] = ()
) -> None:
    """Write a seat and what goes with it, in one attempt: the loop of joins is the retry."""
    counted = _counted(join, found.seat)
    transaction = stored.reservation(found, new, admission, beside)
    if counted is not None:
        if counted.key in join.pool.spent:
            raise counted.refusal()
        networks.take(transaction, counted)
    if join.beside is not None:
        join.beside(transaction, new.current)
    try:
        transaction.commit(attempts=1)
    except TooManyJoins:
        if counted is not None:
            join.pool.spent.add(counted.key)
        raise


def _counted(join: Join, seat: Seat | None) -> Network | None:
    """Return the network that this join counts for; a seat that only moves is not another."""
    organization_id = join.code.organization_id
    if join.source_ip is None or (seat is not None and seats.is_waiting(seat, join.now)):
        return None
    if not networks.is_strained(join.pool, organization_id, join.rule):
        return None
    return networks.network(organization_id, join.code.code, join.source_ip, join.now)
