"""DELETE /organizations/{organization_id}/payouts/{payout_id}: cancel a batch that paid nothing.

Its worker then lets every reward go; rows that failed stay so. One read and one transaction, 4
write units; repeated, one read. GET shows the batch, its progress and its sums: one read.
Refuses: not-found, payout-cannot (a row is paid).
"""

from sluice.organizations import access
from sluice.organizations.rules import OPERATOR
from sluice.rewards import payout_views
from sluice.rewards.refusals import PayoutCannot
from sluice.rewards.store import payouts
from sluice.shared import http, telemetry

ROUTE = "/organizations/{organization_id}/payouts/{payout_id}"


@http.operation(
    access.staff(f"DELETE {ROUTE}", OPERATOR),
    access.staff(f"GET {ROUTE}", OPERATOR),
    answers={200: payout_views.PayoutView},
    refusals=(PayoutCannot,),
)
def handler(call: http.Call[http.NoBody, http.NoBody]) -> http.Answer:
    """Cancel the batch in the path, or show it."""
    organization_id, payout_id = call.organization_id, call.path["payout_id"]
    telemetry.note(payout_id=payout_id)
    if call.request.event["httpMethod"] == "DELETE":
        payout = payouts.cancel_payout(organization_id, payout_id, call.now)
    else:
        payout = payouts.load_payout(organization_id, payout_id)
    return http.Answer(200, payout_views.of(payout))
