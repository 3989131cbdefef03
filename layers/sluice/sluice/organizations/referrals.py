"""What a referrer is promised for each connected customer, now and before (A8)."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

MAX_KEPT = 20  # promises of before: who changes it oftener pays what is older by the oldest


class Reward(NamedTuple):
    """An amount in minor units, for each customer."""

    amount_minor: int
    currency: str


class Former(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was promised until a moment; without an amount, nothing."""

    until: datetime
    amount_minor: int | None = None
    currency: str | None = None


def reward_of(amount_minor: float | None, currency: str | None) -> Reward | None:
    """Return the reward of an organisation's settings; None: there is none."""
    return Reward(int(amount_minor), currency) if amount_minor and currency else None


def kept(
    before: Sequence[Former], was: Reward | None, becomes: Reward | None, now: datetime
) -> Sequence[Former]:
    """Return what was promised before, the oldest first, once the promise changes."""
    if was == becomes:
        return before
    amount, currency = was or (None, None)
    until = now.replace(
        microsecond=0
    )  # a stream tells the second only: all of this one is paid anew
    return [*before, Former(until, amount, currency)][-MAX_KEPT:]


def at(before: Sequence[Former], latest: Reward | None, moment: datetime) -> Reward | None:
    """Return what was promised at a moment."""
    for former in before:
        if moment < former.until:
            return reward_of(former.amount_minor, former.currency)
    return latest
