"""GET /organizations/{organization_id}/offers: offers, by merchant and id (D1).

Or one of them, by the path, as it is now or was in a version, with its terms and what of its budget
is left. A merchant sees their own. One query, and a request for the figures; of one offer three
reads and a query. A page that asks for a status may hold fewer than its limit. Refuses: not-found.
"""

from typing import Annotated

from msgspec import Meta

from sluice.organizations import access
from sluice.organizations.rules import MERCHANT, OPERATOR
from sluice.promoters.offer_views import OfferPage, OfferShown, Status, list_of, show
from sluice.promoters.store import offers
from sluice.shared import errors, http
from sluice.shared.fields import Name

_LIST = "/organizations/{organization_id}/offers"


class ReadOffers(http.Body):
    """Which page of the list, or which version of an offer."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    cursor: Annotated[str, Meta(max_length=200)] = ""
    merchant_id: Name | None = None
    status: Status | None = None
    version: Annotated[int, Meta(ge=1, le=10**9)] | None = None


@http.operation(
    access.staff(f"GET {_LIST}", OPERATOR, MERCHANT),
    access.staff(f"GET {_LIST}/{{offer_id}}", OPERATOR, MERCHANT),
    query=ReadOffers,
    answers={200: (OfferPage, OfferShown)},
    refusals=(errors.NotFound,),
)
def handler(call: http.Call[http.NoBody, ReadOffers]) -> http.Answer:
    """Show the offer in the path, or a page of them."""
    query, owner = call.query, access.owner(call.caller)
    if "offer_id" in call.path:
        found = offers.find(call.organization_id, call.path["offer_id"], query.version)
        if found is None or owner not in {None, found.merchant_id}:
            raise errors.NotFound("There is no such offer.")
        return http.Answer(200, show(call.organization_id, found))
    page, following = offers.list_offers(
        call.organization_id, owner or query.merchant_id, query.limit, query.cursor
    )
    wanted = (offer for offer in page if query.status in {None, offer.status})
    items = list_of(call.organization_id, wanted)
    return http.Answer(200, OfferPage(items=items, next_cursor=following))
