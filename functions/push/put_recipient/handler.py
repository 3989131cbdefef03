"""PUT /organizations/{organization_id}/recipients/{user_id}: what is known of a user (E7).

Addresses, time zone, locale, tags and consents; a partner's event says the same. What is put
replaces what was, but a consent only gives way to a later one, and a suppression to another
address. One read and one transaction: 2 write units, 2 more with a claim and for each tag and
address that comes or goes; none where nothing changes. Refuses: idempotency-key-reused.
"""

from sluice.organizations import access
from sluice.organizations.rules import OPERATOR
from sluice.push import recipient_views as views
from sluice.push.rules.courtesy import NOBODY
from sluice.push.store import recipients
from sluice.shared import http
from sluice.shared.claims import AlreadyClaimed, KeyReused
from sluice.shared.errors import Invalid


@http.operation(
    access.staff("PUT /organizations/{organization_id}/recipients/{user_id}", OPERATOR),
    access.partner("POST /partners/{organization_id}/recipients", "recipient.put.v1"),
    body=views.PutRecipient,
    answers={200: views.RecipientView},
    refusals=(KeyReused,),
)
def handler(call: http.Call[views.PutRecipient, http.NoBody]) -> http.Answer:
    """Store the recipient, and show them as stored."""
    organization_id, claim = call.organization_id, call.claim
    user_id = call.path.get("user_id") or call.body.user_id
    if user_id is None or call.body.user_id not in {None, user_id}:
        raise Invalid("user_id is not the one meant.", [("user_id", "missing, or another")])
    person = views.person_of(call.body, call.now)
    try:
        stored = recipients.put_recipient(organization_id, user_id, person, call.now, claim=claim)
    except AlreadyClaimed as claimed:
        if claim is None:
            raise
        claim.replay(claimed)
        found = recipients.find_recipient(organization_id, user_id)
        stored = recipients.person_of(found) or NOBODY
    return http.Answer(200, views.view_of(user_id, stored))
