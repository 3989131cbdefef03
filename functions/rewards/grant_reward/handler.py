"""POST /organizations/{organization_id}/rewards: grant a reward, once per natural key.

Operators ask here, partner systems by POST /partners/{organization_id}/rewards with the event
`reward.grant.v1`. Reads the programme's settings, and a counter for each velocity. Writes the
reward, two entries, two balances and the outbox item, and the caller's claim where there is one:
one transaction, 12 or 14 write units, and 2 for each budget (or the settings' version), cap and
velocity; a repetition writes nothing and is answered 200. Refuses: reward-differs,
idempotency-key-reused, programme-closed, budget-exhausted, cap-reached.
"""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, convert

from sluice.organizations import access
from sluice.organizations.rules import OPERATOR
from sluice.rewards import rules
from sluice.rewards.refusals import BudgetExhausted, CapReached, ProgrammeClosed, RewardDiffers
from sluice.rewards.store.asking import ask
from sluice.shared import http, telemetry
from sluice.shared.claims import KeyReused
from sluice.shared.fields import AmountMinor, Currency, Name


class GrantReward(http.Body):
    """What is granted to whom, and for what."""

    natural_key: Annotated[str, Meta(pattern=rules.NATURAL_KEY)]
    owner_id: Name
    amount_minor: AmountMinor
    currency: Currency
    programme: Annotated[str, Meta(pattern=rules.PROGRAMME)] = rules.DEFAULT_PROGRAMME
    reason: Annotated[str, Meta(pattern=rules.REASON)] = "manual"


class RewardView(http.View):
    """The reward as it stands: `clears_at` ends its hold period, `reasons` are why it is held."""

    reward_id: str
    owner_id: str
    amount_minor: int
    currency: str
    state: str
    granted_at: datetime
    clears_at: datetime | None = None
    reasons: tuple[str, ...] = ()


@http.operation(
    access.staff("POST /organizations/{organization_id}/rewards", OPERATOR),
    access.partner("POST /partners/{organization_id}/rewards", "reward.grant.v1"),
    body=GrantReward,
    answers={201: RewardView, 200: RewardView},
    refusals=(RewardDiffers, KeyReused, ProgrammeClosed, BudgetExhausted, CapReached),
)
def handler(call: http.Call[GrantReward, http.NoBody]) -> http.Answer:
    """Grant the reward in the body."""
    given = convert(call.body, rules.Grant, from_attributes=True)
    standing, first = ask(call.organization_id, given, call.now, call.claim)
    telemetry.note(reward_id=standing.reward_id, granted=first)
    view = convert(standing, RewardView, from_attributes=True)
    return http.Answer(201 if first else 200, view)
