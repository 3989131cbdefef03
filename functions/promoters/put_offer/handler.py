"""PUT /organizations/{organization_id}/offers/{offer_id}: an offer's next version (D1).

A merchant writes their own, an operator anybody's. Each version is kept; the same again is none.
3 reads; one transaction: 14 write units for each KiB of the offer or so, with its outbox event and
a check of the merchant, 16 more where budget or hold period change. Refuses: forbidden,
invalid-request, not-found (no such organisation), no-such-merchant, offer-fixed,
changed-meanwhile.
"""

import re

from sluice.organizations import access
from sluice.organizations.rules import MERCHANT, OPERATOR
from sluice.promoters.offer_views import OfferView, PutOffer, offer_of, terms_of, view_of
from sluice.promoters.refusals import NoSuchMerchant, OfferFixed
from sluice.promoters.rules.offers import OFFER_ID
from sluice.promoters.store import publishing
from sluice.shared import errors, http
from sluice.shared.preconditions import ChangedMeanwhile


@http.operation(
    access.staff("PUT /organizations/{organization_id}/offers/{offer_id}", OPERATOR, MERCHANT),
    body=PutOffer,
    answers={200: OfferView},
    refusals=(errors.NotFound, NoSuchMerchant, OfferFixed, ChangedMeanwhile),
)
def handler(call: http.Call[PutOffer, http.NoBody]) -> http.Answer:
    """Store the offer in the path."""
    given, offer_id, owner = call.body, call.path["offer_id"], access.owner(call.caller)
    if not re.fullmatch(OFFER_ID, offer_id):
        raise errors.Invalid("No id of an offer.", [("offer_id", "not in the expected form")])
    merchant_id = given.merchant_id or owner
    if merchant_id is None:
        raise errors.Invalid("Whose offer is this?", [("merchant_id", "missing")])
    wanted = offer_of(offer_id, merchant_id, given)
    stored = publishing.put(
        call.organization_id, wanted, terms_of(given), owner, call.now, expected=call.expected
    )
    return http.Answer(200, view_of(stored))
