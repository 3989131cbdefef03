"""What people decide of a reward: a held one approved or rejected, any other taken back."""

from dataclasses import dataclass
from datetime import datetime

from sluice.rewards.refusals import RewardNotHeld, RewardNotReversible
from sluice.rewards.rules import State
from sluice.rewards.store import grants, items, moves
from sluice.rewards.tables import Reward
from sluice.shared.errors import NotFound


@dataclass(frozen=True)
class Decision:
    """Approve, reject or reverse; the reason is a code, `by` who decided."""

    decision: str
    reason: str
    by: str


def decide(organization_id: str, reward_id: str, given: Decision, now: datetime) -> Reward:
    """Carry out a decision and return the reward as it is then.

    Two reads more than `moves.approve` or `grants.reverse`. Repeated, it writes nothing. Raises as
    these do, and RewardNotHeld where what is rejected is not held.
    """
    if given.decision == "approve":
        moves.approve(organization_id, reward_id, given.reason, given.by, now)
    elif given.decision == "reject":
        _reject(organization_id, reward_id, given, now)
    else:
        grants.reverse(organization_id, reward_id, given.reason, now, by=given.by)
    decided = items.find_reward(organization_id, reward_id)
    if decided is None:
        raise NotFound("There is no such reward.")
    return decided


def _reject(organization_id: str, reward_id: str, given: Decision, now: datetime) -> None:
    try:
        grants.reverse(
            organization_id, reward_id, given.reason, now, by=given.by, expected=State.HELD
        )
    except RewardNotReversible as refusal:
        raise RewardNotHeld(str(refusal)) from None
