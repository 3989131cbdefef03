"""Simulated time: work that waits in it, and rates that are limited in it.

Work is ordinary code, the product's own among it: where it would wait for AWS it waits here, in a
greenlet of its own, and the clock goes on to whatever happens next.
"""

import heapq
import itertools
import random
from collections.abc import Callable

from greenlet import getcurrent, greenlet


class Engine:
    """A clock that jumps from one event to the next; the same seed gives the same events."""

    def __init__(self, seed: int) -> None:
        self.now = 0.0
        self.random = random.Random(seed)  # noqa: S311  # nosec B311
        self._hub = getcurrent()
        self._order = itertools.count()
        self._due: list[tuple[float, int, greenlet]] = []

    def spawn(self, delay: float, work: Callable[[], None]) -> None:
        """Begin work after a delay in seconds."""
        self._push(delay, greenlet(work, parent=self._hub))

    def wait(self, seconds: float) -> None:
        """Let time pass for the work that calls; seconds."""
        self._push(seconds, getcurrent())
        self._hub.switch()

    def _push(self, delay: float, work: greenlet) -> None:
        heapq.heappush(self._due, (self.now + delay, next(self._order), work))

    def run(self) -> None:
        """Do everything, in the order of time, until nothing is left to do."""
        while self._due:
            self.now, _, work = heapq.heappop(self._due)
            work.switch()

    def around(self, median: float, sigma: float) -> float:
        """Draw a duration: log-normal, as latencies are, with this median."""
        return median * self.random.lognormvariate(0, sigma)


class Bucket:
    """A rate with a burst: tokens come at `rate` a second, up to `burst` of them are kept."""

    def __init__(self, engine: Engine, rate: float, burst: float) -> None:
        self._engine = engine
        self._rate, self._burst = rate, burst
        self._tokens, self._at = burst, engine.now
        self.taken = 0.0
        self.refused = 0

    def has(self, tokens: float) -> bool:
        """Tell whether so many could be taken now."""
        now = self._engine.now
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        return self._tokens >= tokens

    def take(self, tokens: float) -> bool:
        """Take so many, or none: then it is counted as refused."""
        if not self.has(tokens):
            self.refused += 1
            return False
        self._tokens -= tokens
        self.taken += tokens
        return True

    def press(self, tokens: float) -> None:
        """Take what others take anyway, as far as there is."""
        self.has(0)
        taken = min(tokens, self._tokens)
        self._tokens -= taken
        self.taken += taken
