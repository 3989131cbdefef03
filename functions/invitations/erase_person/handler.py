"""POST /organizations/{organization_id}/people/erasures: forget a person (C6).

Named by any identity, since none may stand in an address; a partner's event says the same. All that
is kept under all identities goes, but an entry on the blacklist stays unless
`keep_blacklisted` is false: else somebody invites them again. What else is kept of the person
follows from `person.erased.v1`. A query for each identity and a transaction, then a query and a
transaction for each 50 items (2 write units each). Asked again it changes nothing. Refuses:
contention, where more is left than one call erases: ask again.
"""

from sluice.invitations import identities
from sluice.invitations import people_views as views
from sluice.invitations.store import erasing
from sluice.organizations import access
from sluice.organizations.rules import OPERATOR
from sluice.shared import http


class ErasePerson(http.Body):
    """Whom, by some of their identities."""

    identities: views.Identities
    keep_blacklisted: bool = True


@http.operation(
    access.staff("POST /organizations/{organization_id}/people/erasures", OPERATOR),
    access.partner("POST /partners/{organization_id}/people/erasures", "person.erase.v1"),
    body=ErasePerson,
    answers={204: ""},
)
def handler(call: http.Call[ErasePerson, http.NoBody]) -> http.Answer:
    """Erase the person named."""
    named = views.identities_in(call.body.identities)
    keys = identities.keys_of(call.organization_id, named, "identities")
    keeps = call.body.keep_blacklisted
    erasing.erase(call.organization_id, keys, call.now, keep_blacklisted=keeps)
    return http.Answer(204)
