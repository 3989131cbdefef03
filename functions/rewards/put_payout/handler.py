"""PUT /organizations/{organization_id}/payouts/{payout_id}: cancel a payout, or set it going again.

`cancelled`: its worker lets every reward go; rows that failed stay so. `ready`, of one that is
claiming: its worker goes on, where it was given up. One read and one transaction, 4 write units;
one that has the status, one read. GET shows the batch, its progress and its sums: one read.
Refuses: not-found, payout-cannot (a row is paid; what is cancelled is not ready again).
"""

from typing import Literal

from sluice.organizations import access
from sluice.organizations.rules import OPERATOR
from sluice.rewards import payout_views
from sluice.rewards.refusals import PayoutCannot
from sluice.rewards.rules.payouts import Status
from sluice.rewards.store import payouts
from sluice.shared import http, telemetry

ROUTE = "/organizations/{organization_id}/payouts/{payout_id}"


class PutPayout(http.Body):
    """What the batch shall be."""

    status: Literal["cancelled", "ready"] = "ready"


@http.operation(
    access.staff(f"PUT {ROUTE}", OPERATOR),
    access.staff(f"GET {ROUTE}", OPERATOR),
    body=PutPayout,
    answers={200: payout_views.PayoutView},
    refusals=(PayoutCannot,),
)
def handler(call: http.Call[PutPayout, http.NoBody]) -> http.Answer:
    """Bring the batch in the path to a status, or show it."""
    organization_id, payout_id = call.organization_id, call.path["payout_id"]
    telemetry.note(payout_id=payout_id)
    if call.request.event["httpMethod"] == "PUT":
        wanted = Status(call.body.status)
        payout = payouts.change_payout(organization_id, payout_id, wanted, call.now)
    else:
        payout = payouts.load_payout(organization_id, payout_id)
    return http.Answer(200, payout_views.of(payout))
