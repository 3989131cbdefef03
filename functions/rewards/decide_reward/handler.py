"""POST /organizations/{organization_id}/rewards/{reward_id}/decision: approve, reject or reverse.

A held reward is approved (it clears, or is pending until its hold period is over) or rejected
(voided); any reward that no payout batch has claimed is reversed. Who decided, when and why is kept
with the reward. Two reads, one transaction, at most 12 write units and 2 for each budget and cap; a
repetition writes nothing. Refuses: not-found, reward-not-held, reward-not-reversible,
balance-too-low.
"""

from typing import Annotated, Literal

from msgspec import Meta

from sluice.organizations import access
from sluice.organizations.rules import OPERATOR
from sluice.rewards import rules, views
from sluice.rewards.refusals import BalanceTooLow, RewardNotHeld, RewardNotReversible
from sluice.rewards.store import deciding
from sluice.shared import http, telemetry


class Decision(http.Body):
    """What is decided, and why."""

    decision: Literal["approve", "reject", "reverse"]
    reason: Annotated[str, Meta(pattern=rules.REASON)]


@http.operation(
    access.staff("POST /organizations/{organization_id}/rewards/{reward_id}/decision", OPERATOR),
    body=Decision,
    answers={200: views.Listed},
    refusals=(RewardNotHeld, RewardNotReversible, BalanceTooLow),
)
def handler(call: http.Call[Decision, http.NoBody]) -> http.Answer:
    """Decide the reward in the path."""
    given, reward_id = call.body, call.path["reward_id"]
    decided = deciding.decide(
        call.organization_id,
        reward_id,
        deciding.Decision(given.decision, given.reason, call.caller.id),
        call.now,
    )
    telemetry.note(reward_id=reward_id, decision=given.decision, state=decided.state)
    return http.Answer(200, views.listed(decided))
