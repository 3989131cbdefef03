"""POST /partners/{organization_id}/participations: somebody took part in a promotion (C4, C5).

Stores whether they are a newcomer and who of several inviters brought them, by the promotion's
terms when it happened; the reward follows from the event of this, or from that of the activity
record, whichever comes last. Said again it is tried again where it is open. Identities said
together are one person's. A read of the promotion, and a query where it has changed since; a query
for each identity, a read for each link; one transaction: 2 items, 2 more for each identity, 2 for
each pair of them, 1 for each other inviter, a claim. Refuses: not-found, idempotency-key-reused.
"""

from typing import Annotated

import msgspec
from msgspec import Meta

from sluice.invitations import participation_views
from sluice.invitations.participation_views import ParticipationView
from sluice.invitations.people_views import Identities, identities_in
from sluice.invitations.rules.promotions import PROMOTION_ID
from sluice.invitations.store import participants, participating, promotions
from sluice.invitations.store.participating import Took
from sluice.organizations import access
from sluice.shared import errors, http
from sluice.shared.claims import AlreadyClaimed, KeyReused
from sluice.shared.fields import Time, check_past


class FollowedLink(http.Body):
    """A link of an invitation that the participant had opened: its last part, and when."""

    token: Annotated[str, Meta(pattern=r"^[0-9a-z]{16}$(?!\n)")]
    opened_at: Time


class RecordParticipation(http.Body):
    """Who took part, a user of app 2, in what, when, and when they consented to it."""

    promotion_id: Annotated[str, Meta(pattern=PROMOTION_ID)]
    participant: Identities
    occurred_at: Time
    consented_at: Time
    links: Annotated[list[FollowedLink], Meta(max_length=10)] = msgspec.field(default_factory=list)


@http.operation(
    access.partner("POST /partners/{organization_id}/participations", "promotion.joined.v1"),
    body=RecordParticipation,
    answers={202: ParticipationView},
    refusals=(errors.NotFound, KeyReused),
)
def handler(call: http.Call[RecordParticipation, http.NoBody]) -> http.Answer:
    """Store the participation, and show how it stands."""
    organization_id, given = call.organization_id, call.body
    check_past(given.occurred_at, "occurred_at", call.now)
    check_past(given.consented_at, "consented_at", call.now)
    promotion = promotions.load_at(organization_id, given.promotion_id, given.occurred_at)
    person = participants.load_person(
        organization_id, identities_in(given.participant, "participant"), "participant"
    )
    followed = [(link.token, link.opened_at) for link in given.links]
    took = Took(person, given.occurred_at, given.consented_at, followed)
    try:
        item = participating.record(
            organization_id, promotion, took, claim=call.claim, now=call.now
        )
    except AlreadyClaimed as claimed:
        if call.claim is None:
            raise
        call.claim.replay(claimed)
        item = participating.load_participation(organization_id, promotion.promotion_id, person.key)
    return http.Answer(202, participation_views.view_of(item))
