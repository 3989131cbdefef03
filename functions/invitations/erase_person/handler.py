"""POST /organizations/{organization_id}/people/erasures: forget a person (C6).

Named by any identity, since none may stand in an address; a partner's event says the same. All that
is kept under all identities goes, but an entry on the blacklist stays unless
`keep_blacklisted` is false: else somebody invites them again. With `only_named` it is these
identities alone. What else is kept of the person follows from `person.erased.v1`. For each identity
4 queries; a transaction, one for each 50 items (2 write units each), one for the claim. Refuses:
too-many-identities (over 40: nothing is erased, name them yourself), contention, where more is left
than one call erases: ask again; idempotency-key-reused.
"""

from sluice.invitations import identities
from sluice.invitations import people_views as views
from sluice.invitations.refusals import TooManyIdentities
from sluice.invitations.rules.identity import USER
from sluice.invitations.store import erasing
from sluice.organizations import access
from sluice.organizations.rules import OPERATOR
from sluice.shared import http
from sluice.shared.claims import AlreadyClaimed, KeyReused


class ErasePerson(http.Body):
    """Whom, by some of their identities; `only_named`: these alone, whatever they lead to."""

    identities: views.Identities
    keep_blacklisted: bool = True
    only_named: bool = False


@http.operation(
    access.staff("POST /organizations/{organization_id}/people/erasures", OPERATOR),
    access.partner("POST /partners/{organization_id}/people/erasures", "person.erase.v1"),
    body=ErasePerson,
    answers={204: ""},
    refusals=(TooManyIdentities, KeyReused),
)
def handler(call: http.Call[ErasePerson, http.NoBody]) -> http.Answer:
    """Erase the person named."""
    named = views.identities_in(call.body.identities)
    keys = identities.keys_of(call.organization_id, named, "identities")
    try:
        erasing.erase(
            call.organization_id,
            keys,
            call.now,
            keep_blacklisted=call.body.keep_blacklisted,
            only_named=call.body.only_named,
            users=[each.value for each in named if each.kind == USER],
            names=views.outside_names(call.organization_id, named),
            claim=call.claim,
        )
    except AlreadyClaimed as claimed:
        if call.claim is None:
            raise
        call.claim.replay(claimed)
    return http.Answer(204)
