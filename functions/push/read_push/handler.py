"""GET /organizations/{organization_id}/pushes/{push_id}: attempts, what happened when, and cost.

With each try, what it waited for, what forbade it, and why the push stopped (E7). One query, and
nothing is written: what time or behaviour decides, PushStep and RepairWaits settle.
Refuses: not-found.
"""

from sluice.organizations import access
from sluice.organizations.rules import OPERATOR
from sluice.push import timeline
from sluice.push.store import held as store
from sluice.shared import errors, http


@http.operation(
    access.staff("GET /organizations/{organization_id}/pushes/{push_id}", OPERATOR),
    answers={200: timeline.PushView},
    refusals=(errors.NotFound,),
)
def handler(call: http.Call[http.NoBody, http.NoBody]) -> http.Answer:
    """Show the push in the path."""
    held, receipts = store.load_with_receipts(call.organization_id, call.path["push_id"])
    return http.Answer(200, timeline.view_of(held, receipts))
