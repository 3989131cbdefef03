"""What joins without an identity take from their source network (docs/decisions/0011).

Only where a pool is mostly unconfirmed, as far as this function knows; then a condition in the
join's own transaction limits them.
"""

import random
from datetime import datetime, timedelta
from typing import NamedTuple

from sluice.codes.refusals import TooManyJoins
from sluice.codes.rules import networks as rules
from sluice.codes.rules.choice import Rule
from sluice.codes.rules.networks import Limits, Share
from sluice.codes.store import statistics
from sluice.codes.store.pool import Pool
from sluice.codes.tables.networks import NetworkJoins
from sluice.shared import ids, settings, signing
from sluice.shared.guard import Transaction

LIMITS = Limits(
    share_percent=settings.number("UNCONFIRMED_SHARE_PERCENT", 0, 100),
    joins=settings.number("JOINS_PER_NETWORK", 1, 1_000_000),
    window_seconds=settings.number("NETWORK_WINDOW_SECONDS", 60, 86_400),
)
NEVER = 100  # percent: the threshold that no pool passes
MAX_SAMPLED = 25  # channels; the others of a larger pool are taken to be like these
KEPT = timedelta(hours=1)  # after a window, for whoever looks into an abuse
_random = random.SystemRandom()  # restored copies of a warm start would share `random`'s state


class Network(NamedTuple):
    """A source network in the window of one join through one code."""

    key: str
    expires: datetime
    wait_seconds: int  # until the next window

    def refusal(self) -> TooManyJoins:
        """Return what it is told when it has had its joins."""
        return TooManyJoins(self.wait_seconds)


def network(organization_id: str, code: str, source_ip: str, now: datetime) -> Network:
    """Return the network of an address, under a key that does not tell it: no request."""
    window = rules.window_of(now, LIMITS.window_seconds)
    hashed = ids.derived(
        signing.derived_key("network"),
        *(organization_id, code, rules.network_of(source_ip), str(window.number)),
    )
    key = ids.key(organization_id, code, hashed)
    return Network(key, window.ends_at + KEPT, rules.wait_seconds(now, window))


def entering(
    organization_id: str, code: str, source_ip: str | None, now: datetime
) -> Network | None:
    """Return the network that an entry into the waiting list counts for, strained pool or not.

    A free token must not buy a place before honest people, and a full pool is no sign of a loop.
    """
    if source_ip is None or LIMITS.share_percent == NEVER:
        return None
    return network(organization_id, code, source_ip, now)


def take(transaction: Transaction, taken: Network) -> None:
    """Add one join of a network to the transaction of its seat; refuses with TooManyJoins.

    One item more, 2 write units.
    """
    transaction.update(
        NetworkJoins(taken.key),
        [NetworkJoins.joins.add(1), NetworkJoins.expires.set(taken.expires)],
        condition=NetworkJoins.joins.does_not_exist() | (NetworkJoins.joins < LIMITS.joins),
        otherwise=taken.refusal(),
    )


def is_strained(pool: Pool, organization_id: str, rule: Rule) -> bool:
    """Tell whether too much of a code's pool is unconfirmed for another to come for nothing.

    One read when the pool was just loaded, of half a unit for each of 25 channels at most.
    """
    if LIMITS.share_percent == NEVER:
        return False
    if rule.scope not in pool.shares:
        pool.shares[rule.scope] = _measured(pool, organization_id, rule)
    return rules.is_strained(pool.shares[rule.scope], LIMITS.share_percent)


def reserved_one(pool: Pool, rule: Rule) -> None:
    """Count a seat given here: what was measured is some seconds old."""
    share = pool.shares.get(rule.scope)
    if share is not None:
        pool.shares[rule.scope] = share._replace(reserved=share.reserved + 1)


def _measured(pool: Pool, organization_id: str, rule: Rule) -> Share:
    channels = pool.open_to(rule)
    sample = channels
    if len(channels) > MAX_SAMPLED:
        sample = _random.sample(channels, MAX_SAMPLED)
    reserved = statistics.read_reserved(organization_id, [c.channel_id for c in sample])
    cap, sampled = sum(c.cap for c in channels), sum(c.cap for c in sample)
    return Share(reserved * cap // sampled if sampled else 0, cap)
