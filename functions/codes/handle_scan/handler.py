"""GET /s/{code}: the landing page of a scan, or JSON with a token to join (A3).

Counts the view, unless a crawler or a link preview asks: at most one write (2 write units). Code
and organisation come from this function's memory, some seconds old. Whom the cookie knows is shown
how they stand: their contact, their place in the line, that their time is over (a batch read; with
a waiting list 2 reads and 4 queries a queue). The page offers to use the visitor's location only
where the code's rule and some channel's area can: a query of the channels' index (1 MB at most), a
minute old. In WeChat, where the organisation has an account there, the customer is first sent to
say who they are. A campaign's code leads on to its signup page (B4), also when it is over.
"""

from datetime import datetime

from sluice.codes import landings, visitors
from sluice.codes.refusals import CodeGone
from sluice.codes.store import issued, pool, visits
from sluice.codes.tables import SIGNUP
from sluice.shared import crawlers, http, metrics, pages, root_secret


class Scanned(http.View):
    """What a scan gives to a client without a browser; a campaign's code leads to a page too."""

    code: str
    organization_name: str
    visitor_token: str
    token_expires_at: datetime
    signup_url: str | None = None


@http.operation(
    http.anyone("GET /s/{code}"),
    answers={200: (Scanned, "text/html"), 302: ""},
    refusals=(CodeGone,),
    primes=(root_secret.read, pool.connect),
)
def handler(call: http.Call[http.NoBody, http.NoBody]) -> http.Answer:
    """Welcome a visitor."""
    request, now = call.request, call.now
    try:
        code = pool.code(call.path["code"])
    except CodeGone:
        return _over(call)
    organization = pool.organization(code.organization_id)
    again = landings.looks_again(request)
    if organization.wechat_account and not again and _is_to_be_asked(request, code.organization_id):
        return http.Answer(302, headers={"Location": f"{request.base_url}/s/{code.code}/oauth"})
    visitor_id = landings.visitor(request, code)
    if not again and not crawlers.is_crawler(request.headers.get("user-agent", "")):
        day = pool.today(code.organization_id, now)
        visits.count_view(code, visitor_id, day, now)
        metrics.count("Views", now)
    headers = landings.cookies(request, visitor_id, now)
    signup_url = _signup_url(request, code.code) if code.lands_on == SIGNUP else None
    accept = request.headers.get("accept", "")
    if "application/json" in accept and not pages.are_wanted(request.headers):
        view = Scanned(
            code=code.code,
            organization_name=organization.name,
            visitor_token=visitors.token(visitor_id, code.code, now),
            token_expires_at=now + visitors.TOKEN_VALID,
            signup_url=signup_url,
        )
        return http.Answer(200, view, headers=headers)
    if signup_url:
        return http.Answer(302, headers=headers | {"Location": signup_url})
    return landings.answer(request, code, visitor_id, landings.stand(request, code, now))


def _over(call: http.Call[http.NoBody, http.NoBody]) -> http.Answer:
    """Lead a person to the page that says that a campaign is over. Raises CodeGone."""
    code = call.path["code"]
    if pages.are_wanted(call.request.headers) and issued.lands_on(code) == SIGNUP:
        return http.Answer(302, headers={"Location": _signup_url(call.request, code)})
    raise CodeGone


def _signup_url(request: http.Request, code: str) -> str:
    """Return the page that a campaign's code leads to; it belongs to the campaigns."""
    return f"{request.base_url}/s/{code}/signup"


def _is_to_be_asked(request: http.Request, organization_id: str) -> bool:
    """Tell whether WeChat, where the page is open, can say who this is and was not asked yet."""
    query = request.event.get("queryStringParameters") or {}
    return (
        pages.are_wanted(request.headers)
        and "micromessenger" in request.headers.get("user-agent", "").lower()
        and visitors.ASKED not in query
        and visitors.customer_of(request, organization_id) is None
    )
