"""GET /organizations/{organization_id}/assignments/{assignment_id}: one, and why (A4, A8).

From the seat itself, as it is now: one request, one more for each merge. A seat keeps its current
assignment and some before it. Refuses: not-found.
"""

from sluice.codes.store import lookup
from sluice.codes.views import assignments as views
from sluice.organizations import rules
from sluice.organizations.access import staff
from sluice.shared import http


@http.operation(
    staff("GET /organizations/{organization_id}/assignments/{assignment_id}", rules.OPERATOR),
    answers={200: views.StaffAssignmentView},
)
def handler(call: http.Call[http.NoBody, http.NoBody]) -> http.Answer:
    """Return the assignment in the path."""
    found = lookup.assignment(call.organization_id, call.path["assignment_id"])
    return http.Answer(200, views.of_kept(found))
