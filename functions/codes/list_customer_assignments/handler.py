"""GET /organizations/{organization_id}/customers/{customer_id}/assignments: all that is kept (A8).

From the customer's seats as they are now, with why each channel was given, and who brought the
customer, which is kept for ever. Two reads, one more for each merge. Of a customer we do not know
the list is empty.
"""

from datetime import datetime

from sluice.codes.store import lookup
from sluice.codes.views import assignments as views
from sluice.organizations import rules
from sluice.organizations.access import staff
from sluice.shared import http


class CustomerAssignments(http.View):
    """What is kept, the newest first; `customer_id` is who they turned out to be."""

    customer_id: str
    items: list[views.StaffAssignmentView]
    referrer_id: str | None = None  # who brought them; the code they came by
    code: str | None = None
    customer_since: datetime | None = None
    next_cursor: str | None = None


@http.operation(
    staff(
        "GET /organizations/{organization_id}/customers/{customer_id}/assignments", rules.OPERATOR
    ),
    answers={200: CustomerAssignments},
)
def handler(call: http.Call[http.NoBody, http.NoBody]) -> http.Answer:
    """List the assignments of the customer in the path."""
    kept = lookup.of_customer(call.organization_id, call.path["customer_id"])
    customer_id = kept[0].customer_id if kept else call.path["customer_id"]
    known = lookup.customer(call.organization_id, customer_id)
    view = CustomerAssignments(
        customer_id=customer_id,
        items=[views.of_kept(each) for each in kept],
        referrer_id=known.referrer_id if known else None,
        code=known.code if known else None,
        customer_since=known.created_at if known else None,
    )
    return http.Answer(200, view)
