"""When a delivery is tried again, and when a webhook that only fails is left alone (F3)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

# Between one attempt and the next: three days together. Early ones bridge a deployment, late ones
# a weekend.
GAPS = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 30, 300, 1_800, 7_200, 18_000, 36_000, 43_200, 64_800, 87_865)
)
MAX_ATTEMPTS = len(GAPS) + 1
SPREAD = 0.1  # of a gap, to either side: what failed together does not come back together
LASTING = timedelta(days=3)  # of nothing but failures: then the webhook is disabled
FALTERING = timedelta(seconds=30)  # a webhook that fails for less is not spared
LONGEST_REST = timedelta(minutes=10)
LONGEST_WISH = timedelta(days=1)  # that a receiver's Retry-After is listened to
SLOW = timedelta(seconds=3)  # an answer that takes longer makes its webhook a slow one
LOOKS_SECONDS = (2.0, 10.0)  # until what waits for a slow webhook looks again, at first
GONE = 410
_OK = range(200, 300)
_WAITING = {429, 503}  # statuses whose Retry-After counts


@dataclass(frozen=True)
class Outcome:
    """What came of one call: a status, or why there is none."""

    status: int | None
    reason: str = ""
    retry_after_seconds: int | None = None

    @property
    def is_delivered(self) -> bool:
        """Tell whether the receiver took it: any 2xx; a redirect is not followed."""
        return self.status in _OK

    @property
    def is_gone(self) -> bool:
        """Tell whether the receiver wants no more (410)."""
        return self.status == GONE


def next_attempt(attempts: int, outcome: Outcome, now: datetime, entropy: float) -> datetime | None:
    """Return when to try again after so many failed attempts; None: that was the last.

    `entropy` is 0 to 1. A receiver that says when it wants to be asked again is listened to, where
    that is later, for a day at most.
    """
    if attempts >= MAX_ATTEMPTS or outcome.is_gone:
        return None
    wait = GAPS[attempts - 1] * (1 - SPREAD + 2 * SPREAD * entropy)
    if outcome.status in _WAITING and outcome.retry_after_seconds is not None:
        wish = timedelta(seconds=outcome.retry_after_seconds)
        wait = max(wait, min(wish, LONGEST_WISH))
    return now + wait


def rest_until(failing_since: datetime, now: datetime) -> datetime | None:
    """Return until when a failing webhook is not called at all: a quarter of its failing so far.

    Others must not wait behind calls that only time out. None: it began to fail just now.
    """
    failing = now - failing_since
    if failing < FALTERING:
        return None
    return now + min(failing / 4, LONGEST_REST)


def next_look(queues_since: datetime, now: datetime, entropy: float) -> datetime:
    """Return when a delivery that its slow webhook has no time for looks again.

    Within seconds at first, then after a quarter of its waiting so far, less up to half by
    `entropy` (0 to 1), ten minutes at most: thousands that wait for one webhook must not keep
    everybody's workers busy with looking.
    """
    low, high = LOOKS_SECONDS
    soon = timedelta(seconds=low + (high - low) * entropy)
    later = min((now - queues_since) / 4, LONGEST_REST) * (0.5 + entropy / 2)
    return now + max(soon, later)


def is_given_up(failing_since: datetime, now: datetime) -> bool:
    """Tell whether a webhook has done nothing but fail for three days."""
    return now - failing_since >= LASTING
