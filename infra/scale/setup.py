"""What is simulated: a demand, a pool, and what AWS gives it. Units are in the names."""

from dataclasses import dataclass
from typing import Any

# Assumed, since no AWS account was used; docs/scale.md says what each is based on.
TRANSACTION_SECONDS, READ_SECONDS, SIGMA = 0.010, 0.004, 0.4
IN_FLIGHT = 0.8  # of a transaction's time: in it the item refuses others
COLD_SECONDS = 0.8  # a new environment: Lambda's own part, and our init on its share of a core
IDLE_SECONDS = 600.0  # after which Lambda ends an environment that nobody calls
GATEWAY_SECONDS = 0.006
# Measured (docs/bench.md): processor time of a warm join is 2.1 ms on a whole core; 512 MB of
# memory are 512 / 1769 of one.
JOIN_CPU_SECONDS = 0.0021 * 1769 / 512

# AWS's published limits (docs/scale.md lists them with their sources).
PARTITION_WRITE_UNITS, PARTITION_READ_UNITS = 1_000, 3_000
NEW_TABLE_PARTITIONS = 4  # 4,000 write units a second: a new on-demand table, or index
ENVIRONMENTS_PER_SECOND, ENVIRONMENTS_AT_ONCE = 100, 1_000
REQUESTS_PER_CONCURRENCY = 10  # a second, of all functions of an account
GATEWAY_BURST_SECONDS = 2  # as the template has it: twice the rate


@dataclass(frozen=True)
class Setup:
    """A run; the defaults are those of the template and of an account nobody asked to raise."""

    name: str
    joins_per_second: float
    seconds: float  # for which customers come
    channels: int
    cap: int
    filled: float = 0.0  # share of the seats that are connected before
    scans_per_join: float = 1.5
    confirms_per_join: float = 0.6  # at the same time, of those who joined before
    gateway_rate: float = 2_000.0
    concurrency: int = 1_000
    warm: int = 0  # environments that are there before: provisioned, or of earlier traffic
    partitions: int = NEW_TABLE_PARTITIONS
    networks: int = 0  # mean number of a customer's source network; 0: they have identities
    joins_per_network: int = 30
    expiry_buckets: int = 16
    in_flight: float = IN_FLIGHT
    tries: int = 3  # of a customer who is told to try again
    seed: int = 7

    @property
    def seats(self) -> int:
        """How many seats are free at the start."""
        return self.channels * (self.cap - self.held_before)

    @property
    def held_before(self) -> int:
        """How many seats of each channel are held at the start."""
        return round(self.cap * self.filled)


@dataclass
class Result:
    """What a run came to."""

    joins: int = 0  # customers who came
    requests: int = 0
    seated_at_once: int = 0  # by their first request
    seated: int = 0
    no_room: int = 0
    too_early: int = 0  # told that there was no room while there was
    gateway_429: int = 0
    lambda_429: int = 0
    network_429: int = 0
    contention_503: int = 0
    given_up: int = 0  # customers left without an answer after their last try
    transactions: int = 0
    conflicts: int = 0
    misses: int = 0  # refused as full
    throttled: int = 0
    loads: int = 0  # of the channels' list
    over_cap: int = 0
    p50_ms: float = 0.0
    p99_ms: float = 0.0
    environments: int = 0
    hottest: str = ""  # the table or index that held back most, or came nearest to it
    hottest_share: float = 0.0  # of what its fullest partition may have, on average
    held_back: int = 0  # requests for which it had no units left

    def shares(self) -> dict[str, Any]:
        """Return the figures that the document shows as shares."""
        return {
            "at_once": self.seated_at_once / max(1, self.joins),
            "seated": self.seated / max(1, self.joins),
            "conflicts": self.conflicts / max(1, self.transactions),
        }
