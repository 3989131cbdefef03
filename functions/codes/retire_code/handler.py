"""DELETE /organizations/{organization_id}/codes/{code_id}: retire a code for good (A10).

From then on it answers code-gone; functions that remember it serve it for 5 s more. Repeated it
changes nothing. A member retires codes of their own. 2 write units and 1 of the index. Refuses:
no-such-code.
"""

from sluice.codes.refusals import NoSuchCode
from sluice.codes.store import issued
from sluice.organizations import access, rules
from sluice.shared import http


@http.operation(
    access.staff(
        "DELETE /organizations/{organization_id}/codes/{code_id}", rules.OPERATOR, rules.MEMBER
    ),
    answers={204: ""},
    refusals=(NoSuchCode,),
)
def handler(call: http.Call[http.NoBody, http.NoBody]) -> http.Answer:
    """Retire the code in the path."""
    issued.retire_code(call.organization_id, call.path["code_id"], access.owner(call.caller))
    return http.Answer(204)
