"""GET /organizations/{organization_id}/promotions: the promotions, by id (C).

Or one of them, or a participation in one with who brought the newcomer, and why not the others
(C5), by the path. One query or one read. Refuses: not-found.
"""

from sluice.invitations import participation_views
from sluice.invitations.participation_views import ParticipationView
from sluice.invitations.promotion_views import PromotionPage, PromotionView, view_of
from sluice.invitations.rules.promotions import PROMOTION_ID
from sluice.invitations.store import participating, promotions
from sluice.organizations import access
from sluice.organizations.rules import OPERATOR
from sluice.shared import errors, http, paging
from sluice.shared.paging import Page

_LIST = "/organizations/{organization_id}/promotions"
_ONE = f"{_LIST}/{{promotion_id}}/participations/{{participation_id}}"


@http.operation(
    access.staff(f"GET {_LIST}", OPERATOR),
    access.staff(f"GET {_LIST}/{{promotion_id}}", OPERATOR),
    access.staff(f"GET {_ONE}", OPERATOR),
    query=Page,
    answers={200: (PromotionPage, PromotionView, ParticipationView)},
    refusals=(errors.NotFound,),
)
def handler(call: http.Call[http.NoBody, Page]) -> http.Answer:
    """Show the promotion in the path, or a page of them."""
    if "participation_id" in call.path:
        path = call.path
        item = participating.load_participation(
            call.organization_id, path["promotion_id"], path["participation_id"]
        )
        return http.Answer(200, participation_views.view_of(item))
    if "promotion_id" in call.path:
        found = promotions.load_promotion(call.organization_id, call.path["promotion_id"])
        return http.Answer(200, view_of(found))
    after = paging.place_of(call.query, PROMOTION_ID)
    page = promotions.list_promotions(call.organization_id, after, call.query.limit)
    following = paging.following(call.query, page, lambda promotion: promotion.promotion_id)
    items = [view_of(promotion) for promotion in page]
    return http.Answer(200, PromotionPage(items=items, next_cursor=following))
