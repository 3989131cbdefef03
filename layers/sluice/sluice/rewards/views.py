"""How operations show rewards."""

from datetime import datetime

from sluice.rewards.store import items
from sluice.rewards.tables import Reward
from sluice.shared import http


class Listed(http.View):
    """A reward with what people decided of it."""

    reward_id: str
    programme: str
    natural_key: str
    owner_id: str
    amount_minor: int
    currency: str
    state: str
    granted_at: datetime
    reason: str
    reasons: tuple[str, ...] = ()
    clears_at: datetime | None = None
    collected_minor: int = 0
    reversed_minor: int = 0
    decision: str | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    decision_reason: str | None = None
    payout_id: str | None = None


def listed(reward: Reward, *, with_review: bool = True) -> Listed:
    """Return what is shown of a reward; its review is only the operators' to know (D10)."""
    standing = items.standing_of(reward)
    shown = Listed(
        reward_id=standing.reward_id,
        programme=standing.programme,
        natural_key=standing.natural_key,
        owner_id=standing.owner_id,
        amount_minor=standing.amount_minor,
        currency=standing.currency,
        state=standing.state.value,
        granted_at=standing.granted_at,
        reason=reward.reason,
        clears_at=standing.clears_at,
        collected_minor=standing.collected_minor,
        reversed_minor=standing.reversed_minor,
        decision=reward.decision,
        decided_at=reward.decided_at,
        payout_id=reward.payout_id,
    )
    if with_review:
        shown.reasons = standing.reasons
        shown.decided_by = reward.decided_by
        shown.decision_reason = reward.decision_reason
    return shown
