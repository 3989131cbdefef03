"""PUT /organizations/{organization_id}/people: what is known of a person (C1, C3, C4).

By phone number or ids, of which keyed hashes are kept; those named together are one person's.
Lists they join and leave, attributes, who they are in app 2; a partner's event says the same. Safe
to repeat. One transaction: 2 write units for each list and identity, for the mapping and the
attributes under each identity, for each pair of identities twice, for a claim, for an activity's
event; then a query for each identity. A read where a phone number has no country. Refuses:
idempotency-key-reused.
"""

from sluice.invitations import people_views as views
from sluice.invitations.store import people
from sluice.organizations import access
from sluice.organizations.rules import OPERATOR
from sluice.shared import http
from sluice.shared.claims import AlreadyClaimed, KeyReused


@http.operation(
    access.staff("PUT /organizations/{organization_id}/people", OPERATOR),
    access.partner("POST /partners/{organization_id}/people", "person.put.v1"),
    body=views.PutPerson,
    answers={200: views.PersonView},
    refusals=(KeyReused,),
)
def handler(call: http.Call[views.PutPerson, http.NoBody]) -> http.Answer:
    """Store what is said, and show what is known."""
    source = f"{call.caller.kind}:{call.caller.id}"
    said = views.statement_of(call.organization_id, call.body, source, call.now)
    try:
        people.put_person(call.organization_id, said, call.now, claim=call.claim)
    except AlreadyClaimed as claimed:
        if call.claim is None:
            raise
        call.claim.replay(claimed)
    known = people.find_known(call.organization_id, said.keys)
    return http.Answer(200, views.of_person(known))
