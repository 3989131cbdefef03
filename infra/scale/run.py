"""A run: customers come, try again when told to, and are counted."""

from collections.abc import Callable
from math import ceil

from greenlet import getcurrent

from infra.scale import setup as given
from infra.scale.aws import Fleet, Throttled
from infra.scale.engine import Bucket, Engine
from infra.scale.joins import World, join, replaced
from infra.scale.setup import Result, Setup
from sluice.codes.refusals import NoRoom, TooManyJoins
from sluice.shared.errors import Contention

MIN_TICK_SECONDS, TICKS = 0.02, 500  # in which what others write is put together
RETRY_SECONDS = {"gateway_429": 5.0, "contention_503": 1.0, "lambda_429": 1.0}  # Retry-After
AGAIN = tuple(RETRY_SECONDS)


class Run:
    """One setup, simulated."""

    def __init__(self, setup: Setup) -> None:
        self.setup, self.result = setup, Result()
        self.engine = Engine(setup.seed)
        self.world = World(self.engine, setup)
        self._fleet = Fleet(self.engine, setup)
        rate = setup.gateway_rate
        self._gateway = Bucket(self.engine, rate, rate * given.GATEWAY_BURST_SECONDS)
        self._times: list[float] = []

    def go(self) -> Result:
        """Simulate it all; returns the figures."""
        with replaced(self.world):
            self._plan()
            self.engine.run()
        return self._counted()

    def _plan(self) -> None:
        draw, setup, at = self.engine.random, self.setup, 0.0
        while (at := at + draw.expovariate(setup.joins_per_second)) < setup.seconds:
            self.result.joins += 1
            self.engine.spawn(at, self._customer(f"u{self.result.joins}", self._address()))
        self.engine.spawn(0.0, self._others)

    def _address(self) -> str | None:
        count = self.setup.networks
        if not count:
            return None
        number = int(self.engine.random.expovariate(1 / count))  # some have more than others
        return f"100.{64 + number // 256 % 64}.{number % 256}.7"

    def _others(self) -> None:
        """Ask and write what goes on beside the joins: scans, and confirmations of earlier ones."""
        tick = max(MIN_TICK_SECONDS, self.setup.seconds / TICKS)
        joins = self.setup.joins_per_second * tick
        scans = joins * self.setup.scans_per_join
        confirms = joins * self.setup.confirms_per_join
        db = self.world.db
        buckets = self.setup.expiry_buckets
        while self.engine.now < self.setup.seconds:
            self._gateway.press(scans)
            for partition in db.seats.writes:
                partition.press(2 * confirms / db.seats.count)
            for number in range(buckets):  # a confirmed seat leaves the index
                db.expiry.writes[db.expiry.of(str(number))].press(confirms / buckets)
            self.engine.wait(tick)

    def _customer(self, name: str, source_ip: str | None) -> Callable[[], None]:
        def come() -> None:
            for attempt in range(self.setup.tries):
                began, self.result.requests = self.engine.now, self.result.requests + 1
                self.engine.wait(given.GATEWAY_SECONDS)
                end = self._ask(name, source_ip)
                setattr(self.result, end, getattr(self.result, end) + 1)
                if end == "seated":
                    self._times.append(self.engine.now - began)
                    self.result.seated_at_once += not attempt
                if end not in AGAIN:
                    return
                if attempt + 1 < self.setup.tries:
                    wait = RETRY_SECONDS[end]
                    self.engine.wait(wait + self.engine.random.uniform(0, wait))
            self.result.given_up += 1

        return come

    def _ask(self, name: str, source_ip: str | None) -> str:
        if not self._gateway.take(1):
            return "gateway_429"
        environment = self._fleet.take()
        if environment is None:
            return "lambda_429"
        getcurrent().environment = environment
        self.engine.wait(self.engine.around(given.JOIN_CPU_SECONDS, given.SIGMA / 2))
        try:
            join(self.world, name, source_ip)
        except NoRoom:
            self.result.too_early += self.world.free > 0
            return "no_room"
        except TooManyJoins:
            return "network_429"
        except (Contention, Throttled):
            return "contention_503"
        finally:
            self._fleet.give_back(environment)
        return "seated"

    def _counted(self) -> Result:
        result, world = self.result, self.world
        times = sorted(self._times)
        if times:
            result.p50_ms = 1000 * times[(len(times) - 1) // 2]
            result.p99_ms = 1000 * times[ceil(len(times) * 0.99) - 1]
        result.transactions, result.conflicts = world.db.transactions, world.db.conflicts
        result.throttled, result.loads = world.db.throttled, world.loads
        result.misses = world.misses
        result.over_cap = sum(max(0, held - self.setup.cap) for held in world.held.values())
        result.environments = self._fleet.most
        hottest = max(table.hottest(self.setup.seconds) for table in world.db.tables)
        result.held_back, result.hottest_share, result.hottest = hottest
        return result


def simulate(setup: Setup) -> Result:
    """Run a setup from its seed."""
    return Run(setup).go()
