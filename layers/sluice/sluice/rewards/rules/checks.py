"""Checks against fraud: they never refuse, they hold a reward for a person to look at (D10).

A check that is asked for and could not be made holds as well: what is not known is no pass.
Identities are keyed hashes; none of them is ever in clear here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

MAX_VELOCITIES = 3
MAX_IDENTITIES = 20
NOT_CHECKED = "-not-checked"

SELF_REFERRAL = "self-referral"
BLACKLISTED = "blacklisted"
DUPLICATE_ACCOUNT = "duplicate-account"
VELOCITY = "velocity"


@dataclass(frozen=True)
class Velocity:
    """At most so many rewards of an owner in a window; windows follow one another from 1970."""

    window_seconds: int
    max_count: int


@dataclass(frozen=True)
class Checks:
    """Which checks a programme makes."""

    self_referral: bool = False
    blacklist: bool = False
    duplicate_account: bool = False
    velocities: tuple[Velocity, ...] = ()


NO_CHECKS = Checks()


@dataclass(frozen=True)
class Facts:
    """What is known of the two sides of a referral; None where it could not be found out."""

    identities: frozenset[str] | None = None  # keyed hashes of the owner
    other_identities: frozenset[str] | None = None  # and of the other side
    blacklisted: bool | None = None
    bound_to: frozenset[str] | None = None  # the owners that these identities belong to
    recent: Mapping[int, int] | None = None  # rewards of the owner by `window_seconds`


@dataclass(frozen=True)
class Verdict:
    """Whether a reward may pass; the reasons why a person must look at it."""

    reasons: tuple[str, ...] = field(default=())

    @property
    def is_passed(self) -> bool:
        """Tell whether no check holds the reward."""
        return not self.reasons


PASSED = Verdict()


def judge(checks: Checks, owner_id: str, facts: Facts) -> Verdict:
    """Return what the programme's checks say of a reward for this owner."""
    found = {
        SELF_REFERRAL: _self_referral(facts) if checks.self_referral else False,
        BLACKLISTED: facts.blacklisted if checks.blacklist else False,
        DUPLICATE_ACCOUNT: _duplicate(owner_id, facts) if checks.duplicate_account else False,
        VELOCITY: _too_fast(checks.velocities, facts) if checks.velocities else False,
    }
    return Verdict(
        tuple(
            reason if held else reason + NOT_CHECKED
            for reason, held in found.items()
            if held is not False
        )
    )


def window_of(velocity: Velocity, now_seconds: int) -> int:
    """Return when the window began that a moment is in, in seconds since 1970."""
    return now_seconds - now_seconds % velocity.window_seconds


def _self_referral(facts: Facts) -> bool | None:
    if not facts.identities or not facts.other_identities:
        return None
    return bool(facts.identities & facts.other_identities)


def _duplicate(owner_id: str, facts: Facts) -> bool | None:
    return None if facts.bound_to is None else bool(facts.bound_to - {owner_id})


def _too_fast(velocities: tuple[Velocity, ...], facts: Facts) -> bool | None:
    if facts.recent is None:
        return None
    counts = [facts.recent.get(velocity.window_seconds) for velocity in velocities]
    if None in counts:
        return None
    return any(
        count is not None and count >= velocity.max_count
        for velocity, count in zip(velocities, counts, strict=True)
    )
