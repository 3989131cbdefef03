"""DELETE /organizations/{organization_id}/pushes/{push_id}: send nothing more for this push (E7).

One query and one transaction of 2 items (4 write units); then the waiting task is ended: one
request to Step Functions and one write. A push cancelled before answers the same. Refuses:
not-found, push-over (it was reached, or its channels are used up).
"""

from sluice.organizations import access
from sluice.organizations.rules import OPERATOR
from sluice.push import signals
from sluice.push.refusals import PushOver
from sluice.push.store import pushes
from sluice.shared import errors, http


class CancelledPush(http.View):
    """The push as it stands."""

    push_id: str
    status: str


@http.operation(
    access.staff("DELETE /organizations/{organization_id}/pushes/{push_id}", OPERATOR),
    answers={200: CancelledPush},
    refusals=(PushOver, errors.NotFound),
)
def handler(call: http.Call[http.NoBody, http.NoBody]) -> http.Answer:
    """Cancel the push in the path, then end its wait."""
    held = pushes.cancel_push(call.organization_id, call.path["push_id"], call.now)
    if held.push.due_bucket is not None:
        signals.follow(held)
    return http.Answer(200, CancelledPush(push_id=held.push.push_id, status=held.push.status))
