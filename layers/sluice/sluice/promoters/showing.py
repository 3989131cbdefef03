"""A coupon as its visitor sees it again: how it stands, on a page or as JSON (D8)."""

from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec import convert, structs

from sluice.codes import visitors
from sluice.organizations import store as organizations
from sluice.promoters import visiting
from sluice.promoters.bonus_views import CouponView
from sluice.promoters.pages import coupon as page
from sluice.promoters.pages.coupon import Shown, State
from sluice.promoters.rules.offers import Offer, is_running
from sluice.promoters.store import coupons, links, offers
from sluice.promoters.store.coupons import Coupon
from sluice.shared import http, pages
from sluice.shared.errors import NotFound

PRIVATE = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "Vary": "Accept"}


def address_of(request: http.Request, code: str, coupon: str) -> str:
    """Return the page of a coupon that a promoter's link gave."""
    return f"{request.base_url}/t/{code}/coupons/{coupon}"


def answer(request: http.Request, code: str, name: str) -> http.Answer:
    """Answer a coupon by its code: 4 reads. Raises NotFound: also of one of another link."""
    link = links.load(code)
    coupon = coupons.find(link.organization_id, name)
    is_of_it = coupon is not None and coupon.offer_id == link.offer_id
    if coupon is None or not is_of_it or coupon.member_id != link.member_id:
        raise NotFound("There is no such coupon.")
    offer = offers.load(link.organization_id, link.offer_id)
    state = state_of(coupon, offer, request.now)
    if not pages.are_wanted(request.headers):
        view = convert(coupon, CouponView, from_attributes=True)
        return http.Answer(200, structs.replace(view, state=state), headers=PRIVATE)
    organization = organizations.find_organization(link.organization_id)
    shown = Shown(
        coupon=coupon,
        offer=offer,
        organization_name=organization.name,
        zone=ZoneInfo(organization.time_zone),
        state=state,
        url=_shop(request, link.organization_id, offer, name),
    )
    languages = request.headers.get("accept-language", "") or organization.locale
    made = page.render(shown, languages, request.now)
    headers = PRIVATE | {"Vary": "Accept, Accept-Language"} | made.headers
    return http.Answer(200, made.html, pages.HTML, headers)


def state_of(coupon: Coupon, offer: Offer, now: datetime) -> State:
    """Return how a coupon stands: used before over, since its visitor may ask what became of it."""
    if coupon.order_id is not None:
        return "used"
    if coupon.expires_at < now:
        return "expired"
    return "usable" if is_running(offer, now) else "over"


def _shop(request: http.Request, organization_id: str, offer: Offer, coupon: str) -> str:
    """Return the product's page with the coupon, and the visitor whom the cookie knows."""
    if offer.product.url is None:
        return ""
    visitor_id, token = visitors.visitor_of(request), None
    if visitor_id is not None:
        key = visiting.key_of(organization_id, visitor_id)
        valid = visiting.validity(offer.attribution.window_seconds)
        token = visiting.token_of(organization_id, key, request.now, valid)
    return visiting.address(offer.product.url, token, coupon)
