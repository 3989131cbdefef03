"""How new rewards begin: their state, what is collected of them, when something is due."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sluice.rewards import rules
from sluice.rewards.rules import Grant, Standing, State, transfers
from sluice.rewards.rules.checks import Verdict
from sluice.rewards.rules.programmes import MAX_GRANTS, Programme
from sluice.rewards.store import items, limits
from sluice.rewards.tables import Reward
from sluice.shared.errors import Invalid

type Planned = tuple[Grant, Standing, Reward]


def planned_of(
    organization_id: str,
    given: Sequence[Grant],
    programme: Programme | None,
    verdicts: Sequence[Verdict],
    *,
    now: datetime,
    owed: Mapping[tuple[str, str], int],
) -> list[Planned]:
    """Return the rewards that grants of one programme become. Raises Invalid."""
    if not 0 < len(given) <= MAX_GRANTS:
        raise Invalid(f"From 1 to {MAX_GRANTS} rewards are granted together.")
    if faults := [fault for each in given for fault in rules.faults(each)]:
        raise Invalid("The reward is not valid.", faults)
    left = dict(owed)
    planned = []
    for each, verdict in zip(given, verdicts, strict=True):
        standing = _standing(organization_id, each, programme, verdict, left=left, now=now)
        due_at = _due_at(standing, programme, now)
        reward = items.new_reward(organization_id, each, standing, due_at, now)
        reward.counted = limits.counted_of(programme, each, now)
        planned.append((each, standing, reward))
    return planned


def _standing(
    organization_id: str,
    given: Grant,
    programme: Programme | None,
    verdict: Verdict,
    *,
    left: dict[tuple[str, str], int],
    now: datetime,
) -> Standing:
    """Return how a new reward stands; what it pays of a debt is taken off what is `left` of it."""
    hold_seconds = programme.hold_seconds if programme else 0
    state = State.PENDING if hold_seconds else State.CLEARED
    state = state if verdict.is_passed else State.HELD
    owing = (given.owner_id, given.currency)
    collected = 0
    if state is State.CLEARED:
        collected = transfers.collected_of(given.amount_minor, left.get(owing, 0))
        left[owing] = left.get(owing, 0) - collected
    return Standing(
        reward_id=id_of(organization_id, given),
        programme=given.programme,
        natural_key=given.natural_key,
        owner_id=given.owner_id,
        amount_minor=given.amount_minor,
        currency=given.currency,
        state=state,
        granted_at=now,
        clears_at=now + timedelta(seconds=hold_seconds) if hold_seconds else None,
        reasons=verdict.reasons,
        collected_minor=collected,
    )


def id_of(organization_id: str, given: Grant) -> str:
    """Return the id of the reward that a grant becomes."""
    return items.reward_id_of(organization_id, given.programme, given.natural_key)


def _due_at(standing: Standing, programme: Programme | None, now: datetime) -> datetime | None:
    """Return when something happens to a reward by itself: it clears, or its review is over."""
    if standing.state is State.PENDING:
        return standing.clears_at
    review_seconds = programme.review_seconds if programme else None
    if standing.state is State.HELD and review_seconds is not None:
        return now + timedelta(seconds=review_seconds)
    return None
