"""What an organisation settles for a programme: budget, caps, hold period, checks.

A programme without settings has none of these: its rewards are the owners' at once.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sluice.rewards.rules import PROGRAMME, Grant
from sluice.rewards.rules.checks import NO_CHECKS, Checks, window_of

MAX_CAPS = 4
MAX_BUDGETS = 10
MAX_BUDGET_MINOR = 10**15
MAX_PERIOD_DAYS = 366
MAX_HOLD_SECONDS = 366 * 86_400
MAX_GRANTS = 10  # in one transaction
GATES = 4  # copies of the version, for grants at one moment
# A budget without a limit is counted down from this, which no sum of rewards reaches.
UNLIMITED_MINOR = 10**18
_KEPT = timedelta(days=2)  # a counter, after its window: the time to live decides nothing
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Cap:
    """What one person may get in a period; periods of so many days follow one another from 1970.

    With a currency only its rewards count, and their sum may be capped; without one all count.
    """

    period_days: int | None = None  # None: ever
    max_count: int | None = None
    currency: str | None = None
    max_amount_minor: int | None = None
    per: str = "person"


@dataclass(frozen=True)
class Programme:
    """The settings of a programme; `version` counts their changes from 1.

    `budget`: what may be granted in a currency, None for what is counted and not limited; of a
    currency that is not named nothing is counted.
    """

    programme: str = ""
    budget: Mapping[str, int | None] = field(default_factory=dict)
    caps: tuple[Cap, ...] = ()
    hold_seconds: int = 0
    review_seconds: int | None = None  # a held reward that nobody decided by then expires
    checks: Checks = NO_CHECKS
    is_open: bool = True
    version: int = 0


@dataclass(frozen=True)
class Count:
    """What grants add to one counter of a person, and the highest it may become."""

    owner_id: str
    item: str
    count: int
    amount_minor: int
    max_count: int | None
    max_amount_minor: int | None
    expires: datetime | None  # when it may be forgotten
    is_velocity: bool = False


def faults(programme: Programme) -> list[tuple[str, str]]:
    """Return what is wrong with settings, as (field, reason)."""
    found = []
    if not re.fullmatch(PROGRAMME, programme.programme):
        found.append(("programme", "not in the expected form"))
    if len(programme.budget) > MAX_BUDGETS:
        found.append(("budget", f"over {MAX_BUDGETS} currencies, with those counted before"))
    for cap in programme.caps:
        if cap.max_count is None and cap.max_amount_minor is None:
            found.append(("caps", "caps neither a count nor an amount"))
        if cap.max_amount_minor is not None and cap.currency is None:
            found.append(("caps", "an amount needs a currency"))
    kinds = [(cap.period_days, cap.currency) for cap in programme.caps]
    if len(set(kinds)) < len(kinds):
        found.append(("caps", "two caps of the same period and currency"))
    windows = [velocity.window_seconds for velocity in programme.checks.velocities]
    if len(set(windows)) < len(windows):
        found.append(("checks", "two velocities of the same window"))
    return found


def spending(programme: Programme | None, given: Sequence[Grant]) -> dict[str, int]:
    """Return what grants together take from the programme's budget, by currency."""
    taken: dict[str, int] = {}
    for grant in given:
        if programme is not None and grant.currency in programme.budget:
            taken[grant.currency] = taken.get(grant.currency, 0) + grant.amount_minor
    return taken


def counts(programme: Programme | None, given: Sequence[Grant], now: datetime) -> list[Count]:
    """Return what grants together add to the counters of each person: caps, then velocities."""
    if programme is None:
        return []
    found = []
    for owner_id in sorted({grant.owner_id for grant in given}):
        own = [grant for grant in given if grant.owner_id == owner_id]
        found += [_capped(cap, owner_id, own, now) for cap in programme.caps]
        found += _velocities(programme, owner_id, len(own), now)
    return [each for each in found if each.count]


def start_of(cap: Cap, now: datetime) -> datetime | None:
    """Return when the period of a cap began that a moment is in; None where it is for ever."""
    if cap.period_days is None:
        return None
    days = (now - _EPOCH).days
    return _EPOCH + timedelta(days=days - days % cap.period_days)


def _capped(cap: Cap, owner_id: str, own: Sequence[Grant], now: datetime) -> Count:
    start = start_of(cap, now)
    counted = [grant for grant in own if cap.currency in {None, grant.currency}]
    window = "ever" if start is None else f"{cap.period_days}#{start:%Y-%m-%d}"
    return Count(
        owner_id,
        f"cap#{cap.currency or 'all'}#{window}",
        len(counted),
        sum(grant.amount_minor for grant in counted) if cap.currency else 0,
        cap.max_count,
        cap.max_amount_minor,
        None if start is None else start + timedelta(days=cap.period_days or 0) + _KEPT,
    )


def _velocities(programme: Programme, owner_id: str, count: int, now: datetime) -> list[Count]:
    found = []
    for velocity in programme.checks.velocities:
        begun = window_of(velocity, int(now.timestamp()))
        found.append(
            Count(
                owner_id,
                velocity_item(velocity.window_seconds, begun),
                count,
                0,
                velocity.max_count,
                None,
                datetime.fromtimestamp(begun + velocity.window_seconds, UTC) + _KEPT,
                is_velocity=True,
            )
        )
    return found


def velocity_item(window_seconds: int, begun: int) -> str:
    """Return the name of the counter of a window."""
    return f"velocity#{window_seconds}#{begun}"
