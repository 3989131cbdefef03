"""POST /partners/{organization_id}/invitations: an inviter's record, and whom they invite (C2).

An existing customer gets an open invitation; with `invitee` they also invite that person by name,
who is on the expected list from then on, and get a personal link to forward: nobody is messaged.
People on the blacklist, or who opted out, are left out. Safe to repeat. A query for each identity
of both; for who is new a transaction of 2 items; for an invitation one of 2 items, 4 more for each
identity of the invited, a claim; then two queries. Refuses: not-found, promotion-over,
not-an-inviter, self-invitation, too-many-invitations, idempotency-key-reused.
"""

from typing import Annotated

from msgspec import Meta

from sluice.invitations import identities, inviter_views
from sluice.invitations.people_views import Identities, identities_in
from sluice.invitations.refusals import (
    NotAnInviter,
    PromotionOver,
    SelfInvitation,
    TooManyInvitations,
)
from sluice.invitations.rules.lists import REFERENCE
from sluice.invitations.rules.promotions import PROMOTION_ID, Promotion, is_running
from sluice.invitations.store import inviting, participants, promotions
from sluice.invitations.store.participants import Person
from sluice.organizations import access
from sluice.shared import errors, http
from sluice.shared.claims import AlreadyClaimed, KeyReused


class InviteNewcomer(http.Body):
    """Who invites, a user of app 2, and whom; `reference` is the inviter's own name for it."""

    promotion_id: Annotated[str, Meta(pattern=PROMOTION_ID)]
    inviter: Identities
    invitee: Identities | None = None
    reference: Annotated[str, Meta(pattern=REFERENCE)] | None = None


@http.operation(
    access.partner("POST /partners/{organization_id}/invitations", "promotion.invite.v1"),
    body=InviteNewcomer,
    answers={200: inviter_views.InviterView},
    refusals=(
        *(errors.NotFound, PromotionOver, NotAnInviter, SelfInvitation),
        *(TooManyInvitations, KeyReused),
    ),
)
def handler(call: http.Call[InviteNewcomer, http.NoBody]) -> http.Answer:
    """Let the inviter take part, invite whom they name, and show their record."""
    organization_id, given = call.organization_id, call.body
    promotion = promotions.load_promotion(organization_id, given.promotion_id)
    person = participants.load_person(
        organization_id, identities_in(given.inviter, "inviter"), "inviter"
    )
    inviter = inviting.find_inviter(organization_id, promotion.promotion_id, person.key)
    left_out = False
    if inviter is None or given.invitee is not None:
        if not is_running(promotion, call.now):
            raise PromotionOver
        inviter = inviting.join(organization_id, promotion, person, call.now)
        left_out = given.invitee is not None and not _invited(call, promotion, person)
    record = inviting.record_of(inviter.key)
    shown = inviter_views.view_of(
        promotion, record, call.request.base_url, call.now, left_out=left_out
    )
    return http.Answer(200, shown)


def _invited(
    call: http.Call[InviteNewcomer, http.NoBody], promotion: Promotion, person: Person
) -> bool:
    keys = identities.keys_of(
        call.organization_id, identities_in(call.body.invitee or (), "invitee"), "invitee"
    )
    try:
        sent = inviting.invite(
            call.organization_id,
            promotion,
            person,
            keys,
            reference=call.body.reference,
            claim=call.claim,
            now=call.now,
        )
    except AlreadyClaimed as claimed:
        if call.claim is None:
            raise
        call.claim.replay(claimed)
        return True
    return sent is not None
