"""GET /t/{code}: follow a promoter's link to the product's page (D4, D10).

Remembers the visitor by a cookie, and that this promoter brought them, by the offer as it is now;
the shop gets a signed token of the visitor as `sluice_visitor`, and sends it back with a payment.
Crawlers and link previews are led on and not counted. JSON instead by Accept. Five reads, one
transaction of 1 or 2 items (2 or 4 write units). Where the promoter's bonus task is nearly complete
the visitor gets a coupon, as `sluice_coupon` (D8): one query, and for a new one a read and a
transaction of 3 items. A person is led to that coupon's own page, /t/{code}/coupons/{coupon}, to
show at the till or to go on from: 4 reads. Refuses: not-found, task-over.
"""

from msgspec import convert

from sluice.codes import visitors
from sluice.promoters import showing, visiting
from sluice.promoters.bonus_views import CouponView
from sluice.promoters.link_tables import TaskLink
from sluice.promoters.refusals import NoSuchPromoter, TaskOver
from sluice.promoters.rules.offers import Offer, is_running
from sluice.promoters.store import coupons, links, offers
from sluice.promoters.store.coupons import Coupon
from sluice.shared import crawlers, errors, http, pages, root_secret, telemetry

COUPON = "GET /t/{code}/coupons/{coupon}"


class Followed(http.View):
    """Where a link leads, for clients without a browser."""

    offer_id: str
    url: str
    visitor_token: str | None = None
    coupon: CouponView | None = None


@http.operation(
    http.anyone("GET /t/{code}"),
    http.anyone(COUPON),
    answers={200: (Followed, CouponView, "text/html"), 302: ""},
    refusals=(errors.NotFound, TaskOver),
    primes=(root_secret.read,),
)
def handler(call: http.Call[http.NoBody, http.NoBody]) -> http.Answer:
    """Lead a visitor on, or show them their coupon."""
    if call.request.event["resource"] == COUPON.split()[1]:
        return showing.answer(call.request, call.path["code"], call.path["coupon"])
    link = links.load(call.path["code"])
    offer = offers.load(link.organization_id, link.offer_id)
    if not is_running(offer, call.now) or offer.product.url is None:
        raise TaskOver
    if crawlers.is_crawler(call.request.headers.get("user-agent", "")):
        return _answer(call, offer, None, None, {})
    visitor_id = visitors.visitor_of(call.request) or visitors.new_visitor()
    key = visiting.key_of(link.organization_id, visitor_id)
    coupon = _bind(call, link, offer, key)
    valid = visiting.validity(offer.attribution.window_seconds)
    token = visiting.token_of(link.organization_id, key, call.now, valid)
    secure = call.request.base_url.startswith("https:")
    cookie = visitors.cookie(visitor_id, call.now, secure=secure)
    return _answer(call, offer, token, coupon, {"Set-Cookie": cookie})


def _bind(
    call: http.Call[http.NoBody, http.NoBody], link: TaskLink, offer: Offer, visitor_key: str
) -> Coupon | None:
    """Remember who brought the visitor, where they may promote this still; return a coupon."""
    try:
        task = links.task_of(link.organization_id, offer, link.member_id)
    except NoSuchPromoter:
        return None
    if task is None:
        return None
    links.follow(link, task, visitor_key, call.now)
    try:
        return coupons.give(link.organization_id, offer, link.member_id, visitor_key, call.now)
    except errors.Contention:  # many visitors at one task: led on they are all the same
        telemetry.logger.warning("no_coupon_now", extra={"offer_id": offer.offer_id})
        return None


def _answer(
    call: http.Call[http.NoBody, http.NoBody],
    offer: Offer,
    token: str | None,
    coupon: Coupon | None,
    headers: dict[str, str],
) -> http.Answer:
    page = str(offer.product.url)
    url = visiting.address(page, token, coupon.code if coupon else None) if token else page
    accept = call.request.headers.get("accept", "")
    if "application/json" in accept and "text/html" not in accept:
        shown = convert(coupon, CouponView, from_attributes=True) if coupon else None
        view = Followed(offer_id=offer.offer_id, url=url, visitor_token=token, coupon=shown)
        return http.Answer(200, view, headers=showing.PRIVATE | headers)
    if coupon is not None and pages.are_wanted(call.request.headers):
        url = showing.address_of(call.request, call.path["code"], coupon.code)
    return http.Answer(302, headers={"Location": url, **showing.PRIVATE, **headers})
