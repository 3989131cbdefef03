"""The join on the model: the product's own, with its rules and memories; AWS alone is not real.

What is replaced is what would ask DynamoDB, the clock, the pause after a conflict and the sources
of chance. Which channel is tried, what is remembered of full ones, when the list is read anew, how
often it is tried and when it ends are `sluice.codes` itself.
"""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import patch

from greenlet import getcurrent

from infra.scale.aws import Conflict, DynamoDB, Environment, Part, Throttled
from infra.scale.engine import Engine
from infra.scale.setup import READ_SECONDS, Setup
from sluice.codes.refusals import ChannelFull, SeatChanged
from sluice.codes.rules.choice import Candidate, Rule
from sluice.codes.rules.places import NOWHERE
from sluice.codes.rules.seats import Seat
from sluice.codes.rules.shifts import When
from sluice.codes.store import expiry, joining, networks, pool, reserving, seats, statistics
from sluice.codes.store.pool import Pool
from sluice.codes.store.reserving import Join
from sluice.codes.store.seats import Found, Slot
from sluice.codes.tables import Channel, Code
from sluice.shared import guard, memory, root_secret
from sluice.shared.errors import Contention

ORGANIZATION = "acme"
CODE = cast("Code", SimpleNamespace(organization_id=ORGANIZATION, code="CODE", referrer_id=None))
ITEM_UNITS = 2.0  # of an item in a transaction
LIST_UNITS = 12.5 / 1_000  # read units of a channel in the list (docs/codes.md)
LIST_PAGE = 2_000  # channels of a page of 1 MB
SAMPLE_UNITS = 0.5  # of a channel's statistics
MIDNIGHT = datetime(2026, 3, 5, 8, tzinfo=UTC)
ROOT = "the root of all keys in a simulation"


class World:
    """The tables of a run, what its channels hold, and the product's join over both."""

    def __init__(self, engine: Engine, setup: Setup) -> None:
        self.engine, self.setup = engine, setup
        self.db = DynamoDB(engine, setup)
        self.names = [f"c{n:05}" for n in range(setup.channels)]
        self.held = dict.fromkeys(self.names, setup.held_before)
        self.given: set[str] = set()  # customers with a seat
        self.by_network: Counter[str] = Counter()
        self.full: set[str] = set()
        self.loads = self.misses = self.late_hints = 0
        self._candidates = {name: _candidate(name, setup.cap) for name in self.names}

    @property
    def free(self) -> int:
        """How many seats are left."""
        return self.setup.seats - len(self.given)

    # What the product asks instead of AWS

    def monotonic(self) -> float:
        """Tell the time in seconds."""
        return self.engine.now

    def uniform(self, low: float, high: float) -> float:
        """Draw for a pause."""
        return self.engine.random.uniform(low, high)

    def pause(self, attempt: int, *, last: bool = False) -> None:
        """Wait as `guard.pause` does."""
        if last:
            raise Contention
        self.engine.wait(self.uniform(0, guard.BACKOFF_SECONDS * 2**attempt))

    def pool(self, _: str, *, fresh: bool = False) -> Pool:
        """Give what this environment remembers of the channels, as `pool.pool` does."""
        own: Environment = cast("Any", getcurrent()).environment
        if own.pool is None or fresh or self.engine.now >= own.until:
            count = len(self.names)
            pages = 1 + count // LIST_PAGE
            units = max(1.0, LIST_UNITS * count)
            self.loads += 1
            self.db.read(self.db.by_organization, ORGANIZATION, units, pages)
            own.pool = Pool(self._candidates.values())
            own.until = self.engine.now + own.pool.seconds
        return own.pool

    def write(
        self, join: Join, found: Found, new: Seat, _admission: object, _beside: object = ()
    ) -> None:
        """Write a seat under its channel's cap, as `reserving._write` does."""
        counted = reserving._counted(join, found.seat)  # noqa: SLF001
        name, customer = new.current.channel_id, found.slot.customer_id
        indexed = [(self.db.expiry, seats.bucket_of(ORGANIZATION, name), 1.0)]
        parts: list[Part] = [
            (self.db.channels, name, ITEM_UNITS),
            (self.db.seats, customer, ITEM_UNITS),
        ]
        if counted is not None:
            if counted.key in join.pool.spent:
                raise counted.refusal()
            parts.append((self.db.networks, counted.key, ITEM_UNITS))

        def happen() -> None:
            if customer in self.given:
                raise SeatChanged
            if self.held[name] >= self.setup.cap:
                refusal = ChannelFull()
                refusal.current = self._full_channel(name)
                raise refusal
            if counted is not None:
                if self.by_network[counted.key] >= networks.LIMITS.joins:
                    join.pool.spent.add(counted.key)
                    raise counted.refusal()
                self.by_network[counted.key] += 1
            self.held[name] += 1
            self.given.add(customer)

        try:
            self.db.transact(parts, happen, indexed)
        except ChannelFull:
            self.misses += 1
            raise
        except (Conflict, Throttled):
            raise Contention from None

    def _full_channel(self, name: str) -> Any:
        cap = self.setup.cap
        full = True if name in self.full else None
        return SimpleNamespace(channel_id=name, status="open", held=cap, cap=cap, full=full)

    def mark_full(self, channel: Channel, _today: str) -> bool:
        """Leave the hint for other functions, as `hints.mark_full` does."""
        name = channel.channel_id
        if channel.full:
            return False
        parts: list[Part] = [(self.db.channels, name, ITEM_UNITS)]
        indexed = [(self.db.by_organization, ORGANIZATION, 1.0)]

        def happen() -> None:
            self.late_hints += name in self.full
            self.full.add(name)
            self._candidates[name] = _candidate(name, self.setup.cap, full=True)

        with suppress(Conflict, Throttled):
            self.db.transact(parts, happen, indexed)
        return True

    def read_all(self, slots: Sequence[Slot]) -> list[Found]:
        """Read the customer's seats: of these customers none comes back with one."""
        self.db.read(self.db.seats, slots[0].customer_id, float(len(slots)))
        return [Found(slot, None, 0) for slot in slots]

    def take_back(self, *_: Any) -> int:
        """Find nothing expired in the index's buckets."""
        self.engine.wait(self.setup.expiry_buckets * READ_SECONDS)
        return 0

    def read_reserved(self, _: str, channel_ids: list[str]) -> int:
        """Tell how many seats of these channels wait for a confirmation."""
        names = list(channel_ids)
        self.db.read(self.db.statistics, ORGANIZATION, SAMPLE_UNITS * len(names))
        return sum(self.held[name] - self.setup.held_before for name in names)


def join(world: World, customer: str, source_ip: str | None) -> None:
    """Join as `functions/codes/assign_channel` does. Raises as `joining.join`, and Throttled."""
    now = MIDNIGHT + timedelta(seconds=world.engine.now)
    when = When(now, UTC)
    joining.join(CODE, Rule(), customer, NOWHERE, when=when, seconds=900, source_ip=source_ip)


@contextmanager
def replaced(world: World) -> Iterator[None]:
    """Let the product's join meet this world instead of AWS."""
    chance = random.Random(world.setup.seed)  # noqa: S311  # nosec B311
    limits = networks.LIMITS._replace(
        share_percent=50, joins=world.setup.joins_per_network, window_seconds=900
    )
    with ExitStack() as stack:
        for target, name, stand_in in (
            (joining, "known_pool", world.pool),
            (joining, "mark_full", world.mark_full),
            (joining, "pause", world.pause),
            (reserving, "_write", world.write),
            (reserving, "_random", chance),
            (seats, "read_all", world.read_all),
            (seats, "EXPIRY_BUCKETS", world.setup.expiry_buckets),
            (expiry, "take_back", world.take_back),
            (networks, "LIMITS", limits),
            (networks, "_random", chance),
            (statistics, "read_reserved", world.read_reserved),
            (root_secret, "read", lambda: root_secret.parse(ROOT)),
            (pool, "time", world),
            (memory, "time", world),
        ):
            stack.enter_context(patch.object(target, name, stand_in))
        yield


def _candidate(name: str, cap: int, *, full: bool = False) -> Candidate:
    return Candidate(
        channel_id=name,
        kind="group",
        name=name,
        provider="sandbox",
        provider_type="sandbox",
        provider_ref=name,
        open=True,
        full=full,
        cap=cap,
    )
