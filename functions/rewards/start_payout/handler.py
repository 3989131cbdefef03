"""POST /organizations/{organization_id}/payouts: pay cleared rewards out as a batch (D5).

Of one currency, of the owners whose cleared rewards reach the minimum; of one programme or one
owner where named. The batch is stored and answered 202; a worker claims the rewards, then it is
`ready`. One transaction, 4 or 6 write units, and one read. Refuses: idempotency-key-reused.
"""

from typing import Annotated

from msgspec import Meta, convert

from sluice.organizations import access
from sluice.organizations.rules import OPERATOR
from sluice.rewards import payout_views, rules
from sluice.rewards.rules import payouts as ordering
from sluice.rewards.store import payouts
from sluice.shared import http, telemetry
from sluice.shared.claims import AlreadyClaimed, KeyReused
from sluice.shared.fields import Currency, Name


class StartPayout(http.Body):
    """Which rewards; `minimum_minor` is of an owner."""

    currency: Currency
    minimum_minor: Annotated[int, Meta(ge=1, le=ordering.MAX_MINIMUM_MINOR)] = 1
    programme: Annotated[str, Meta(pattern=rules.PROGRAMME)] | None = None
    owner_id: Name | None = None
    note: Annotated[str, Meta(min_length=1, max_length=ordering.MAX_NOTE)] | None = None


@http.operation(
    access.staff("POST /organizations/{organization_id}/payouts", OPERATOR),
    body=StartPayout,
    answers={202: payout_views.PayoutView},
    refusals=(KeyReused,),
)
def handler(call: http.Call[StartPayout, http.NoBody]) -> http.Answer:
    """Store the batch, or answer as it stands the one that the same request began."""
    order = convert(call.body, ordering.Order, from_attributes=True)
    try:
        payout_id = payouts.start_payout(
            call.organization_id, order, call.caller.id, claim=call.claim, now=call.now
        )
    except AlreadyClaimed as claimed:
        if call.claim is None:
            raise
        payout_id = call.claim.replay(claimed)["payout_id"]
    telemetry.note(payout_id=payout_id)
    view = payout_views.of(payouts.load_payout(call.organization_id, payout_id))
    return http.Answer(202, view)
