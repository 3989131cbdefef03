"""GET /organizations/{organization_id}/codes/{code_id}: a code, its rule and its state (A2).

A member sees codes of their own. One read. Refuses: no-such-code.
"""

from sluice.codes.refusals import NoSuchCode
from sluice.codes.store import issued
from sluice.codes.views import codes as code_views
from sluice.organizations import access, rules
from sluice.shared import http


@http.operation(
    access.staff(
        "GET /organizations/{organization_id}/codes/{code_id}", rules.OPERATOR, rules.MEMBER
    ),
    answers={200: code_views.CodeView},
    refusals=(NoSuchCode,),
)
def handler(call: http.Call[http.NoBody, http.NoBody]) -> http.Answer:
    """Read the code in the path."""
    owner_id = access.owner(call.caller)
    found = issued.read_own(call.organization_id, call.path["code_id"], owner_id)
    return http.Answer(200, code_views.of_code(found, call.request.base_url, call.now))
