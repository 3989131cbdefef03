"""What AWS is here: a gateway with a rate, environments with limits, tables with partitions."""

import zlib
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from infra.scale import setup as limits
from infra.scale.engine import Bucket, Engine
from infra.scale.setup import Setup
from sluice.codes.store.pool import Pool

NETWORK_SECONDS = 0.001
REFUSED_SECONDS = 0.004  # until a request that is not even begun is answered


class Throttled(Exception):  # noqa: N818
    """A partition has no units left."""


class Conflict(Exception):  # noqa: N818
    """Another transaction has one of the items."""


@dataclass
class Environment:
    """An environment of the function, with what it remembers."""

    until: float = 0.0  # of the list
    pool: Pool | None = None
    idle_since: float = 0.0


class Fleet:
    """A function's environments: an idle one, else a new one, else a refusal."""

    def __init__(self, engine: Engine, setup: Setup) -> None:
        self._engine = engine
        self._limit = setup.concurrency
        self._idle = deque(Environment() for _ in range(setup.warm))
        self._alive = self.most = setup.warm
        self._new = Bucket(
            engine, limits.ENVIRONMENTS_PER_SECOND, float(limits.ENVIRONMENTS_AT_ONCE)
        )
        rate = setup.concurrency * limits.REQUESTS_PER_CONCURRENCY
        self._requests = Bucket(engine, rate, float(rate))

    def take(self) -> Environment | None:
        """Return an environment, after its start if it is new; None: too many requests."""
        if not self._requests.take(1):
            return None
        while self._idle:
            found = self._idle.pop()  # the one that worked last
            if self._engine.now - found.idle_since < limits.IDLE_SECONDS:
                return found
            self._alive -= 1
        if self._alive >= self._limit or not self._new.take(1):
            return None
        self._alive += 1
        self.most = max(self.most, self._alive)
        self._engine.wait(self._engine.around(limits.COLD_SECONDS, limits.SIGMA / 2))
        return Environment()

    def give_back(self, environment: Environment) -> None:
        """Let others have it."""
        environment.idle_since = self._engine.now
        self._idle.append(environment)


@dataclass
class Table:
    """A table or index: its partitions, each with its write and read units a second."""

    engine: Engine
    name: str
    count: int
    writes: list[Bucket] = field(default_factory=list)
    reads: list[Bucket] = field(default_factory=list)

    def __post_init__(self) -> None:
        for units, buckets in (
            (limits.PARTITION_WRITE_UNITS, self.writes),
            (limits.PARTITION_READ_UNITS, self.reads),
        ):
            buckets += [Bucket(self.engine, units, float(units)) for _ in range(self.count)]

    def of(self, key: str) -> int:
        """Return the partition of a key."""
        return zlib.crc32(key.encode()) % self.count

    def hottest(self, seconds: float) -> tuple[int, float, str]:
        """Return how often it held back, its fullest partition's share of a limit, and which."""
        return max(
            (
                sum(bucket.refused for bucket in buckets),
                max(bucket.taken for bucket in buckets) / seconds / limit,
                f"{self.name}, {what}",
            )
            for what, limit, buckets in (
                ("writes", limits.PARTITION_WRITE_UNITS, self.writes),
                ("reads", limits.PARTITION_READ_UNITS, self.reads),
            )
        )


type Part = tuple[Table, str, float]  # a table, a key, write units


class DynamoDB:
    """Transactions of small items, reads, and the limits of both."""

    def __init__(self, engine: Engine, setup: Setup) -> None:
        self._engine = engine
        self._in_flight = setup.in_flight
        self._busy: dict[str, float] = {}
        self.transactions = self.conflicts = self.throttled = 0

        def table(name: str, partitions: int = setup.partitions) -> Table:
            return Table(engine, name, partitions)

        self.channels, self.seats = table("Channels"), table("Seats")
        self.networks, self.statistics = table("NetworkJoins"), table("Statistics")
        self.expiry, self.by_organization = table("by_expiry"), table("by_organization")

    @property
    def tables(self) -> tuple[Table, ...]:
        """Return all tables and indexes."""
        return (
            *(self.channels, self.seats, self.networks, self.statistics),
            *(self.expiry, self.by_organization),
        )

    def transact(
        self, parts: list[Part], happen: Callable[[], None], indexed: Sequence[Part] = ()
    ) -> None:
        """Write the parts together: `happen` changes the items, or raises what refuses them.

        What follows in an index takes units and is no item that two could want; an index without
        units holds the write back. Raises Conflict, Throttled: nothing happened.
        """
        self.transactions += 1
        self._engine.wait(NETWORK_SECONDS)
        keys = [f"{table.name}#{key}" for table, key, _ in parts]
        now = self._engine.now
        if any(self._busy.get(key, 0.0) > now for key in keys):
            self.conflicts += 1
            for table, key, units in parts:  # a cancelled transaction costs its units, too
                table.writes[table.of(key)].press(units)
            self._engine.wait(REFUSED_SECONDS)
            raise Conflict
        buckets = [(table.writes[table.of(key)], units) for table, key, units in (*parts, *indexed)]
        if not all(bucket.take(units) for bucket, units in buckets):
            self.throttled += 1
            self._engine.wait(REFUSED_SECONDS)
            raise Throttled
        taken = self._engine.around(limits.TRANSACTION_SECONDS, limits.SIGMA)
        try:
            happen()
        except Exception:
            self._engine.wait(taken)
            raise
        for key in keys:
            self._busy[key] = now + taken * self._in_flight
        self._engine.wait(taken)

    def read(self, table: Table, key: str, units: float, pages: int = 1) -> None:
        """Read; the client tries once more. Raises Throttled."""
        bucket = table.reads[table.of(key)]
        for attempt in range(2):
            taken = pages * self._engine.around(limits.READ_SECONDS, limits.SIGMA)
            self._engine.wait(taken)
            if bucket.take(units):
                return
            self.throttled += 1
            if not attempt:
                self._engine.wait(self._engine.random.uniform(0, 0.05))
        raise Throttled
