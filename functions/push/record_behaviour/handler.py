"""POST /partners/{organization_id}/behaviours: something a user did, evidence for pushes (E4).

Stored by user and time for 30 days, with the claim of its webhook-id: one transaction, 4 write
units. It settles nothing by itself: the chain looks at it when a wait ends. Refuses:
idempotency-key-reused.
"""

from datetime import timedelta

from sluice.organizations import access
from sluice.push.inputs import ContentId, Kind, UserId
from sluice.push.refusals import BehaviourKnown
from sluice.push.rules.judging import Behaviour
from sluice.push.store import behaviours
from sluice.shared import errors, http
from sluice.shared.claims import AlreadyClaimed, KeyReused
from sluice.shared.fields import Time

CLOCK_SKEW = timedelta(minutes=5)


class RecordBehaviour(http.Body):
    """`kind` is opened, visited, bought or whatever the strategies count."""

    user_id: UserId
    kind: Kind
    at: Time
    content_id: ContentId | None = None


class RecordedBehaviour(http.View):
    """It is stored."""

    user_id: str
    kind: str


@http.operation(
    access.partner("POST /partners/{organization_id}/behaviours", "behaviour.recorded.v1"),
    body=RecordBehaviour,
    answers={202: RecordedBehaviour},
    refusals=(KeyReused,),
)
def handler(call: http.Call[RecordBehaviour, http.NoBody]) -> http.Answer:
    """Store the behaviour; the same event again, or the same behaviour, changes nothing."""
    given, claim = call.body, call.claim
    if claim is None:
        raise errors.Unauthenticated
    if not call.now - behaviours.KEPT <= given.at <= call.now + CLOCK_SKEW:
        raise errors.Invalid("at is not within the last 30 days.", [("at", "out of range")])
    behaviour = Behaviour(given.kind, given.at, given.content_id)
    view = RecordedBehaviour(user_id=given.user_id, kind=given.kind)
    try:
        behaviours.record_behaviour(call.organization_id, given.user_id, behaviour, claim, call.now)
    except AlreadyClaimed as claimed:
        claim.replay(claimed)
    except BehaviourKnown:
        return http.Answer(202, view)
    return http.Answer(202, view)
