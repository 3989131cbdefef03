"""GET /s/{code}: the landing page of a scan, or JSON with a token to join (A3).

Counts the view, unless a crawler or a link preview asks: at most one write (2 write units). Code
and organisation come from this function's memory, some seconds old. The page offers to use the
visitor's location only where the code's rule and some channel's area can: a query of the channels'
index (1 MB at most), a minute old. In WeChat, where the organisation has an account there, the
customer is first sent to say who they are. A campaign's code leads on to its signup page (B4).
"""

from datetime import datetime

from sluice.codes import visitors
from sluice.codes.pages import landing
from sluice.codes.refusals import CodeGone
from sluice.codes.store import pool, visits
from sluice.codes.tables import SIGNUP, Code
from sluice.shared import crawlers, http, root_secret


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
    code = pool.code(call.path["code"])
    organization = pool.organization(code.organization_id)
    if organization.wechat_account and _is_to_be_asked(request, code.organization_id):
        return http.Answer(302, headers={"Location": f"{request.base_url}/s/{code.code}/oauth"})
    visitor_id = visitors.visitor_of(request) or visitors.new_visitor()
    if not crawlers.is_crawler(request.headers.get("user-agent", "")):
        day = pool.today(code.organization_id, now)
        visits.count_view(code, visitor_id, day, now)
    secure = request.base_url.startswith("https:")
    headers = {
        "Set-Cookie": visitors.cookie(visitor_id, now, secure=secure),
        "Vary": "Accept, Accept-Language",
    }
    token = visitors.token(visitor_id, code.code, now)
    accept = request.headers.get("accept", "")
    if "application/json" in accept and "text/html" not in accept:
        view = Scanned(
            code=code.code,
            organization_name=organization.name,
            visitor_token=token,
            token_expires_at=now + visitors.TOKEN_VALID,
            signup_url=_signup_url(request, code),
        )
        return http.Answer(200, view, headers=headers)
    if signup_url := _signup_url(request, code):
        return http.Answer(302, headers=headers | {"Location": signup_url})
    page = landing.render(
        organization.name,
        f"{code.code}/join",  # relative: the page may only ask the host it came from
        token,
        request.headers.get("accept-language", "") or organization.locale,
        asks_place=pool.asks_place(code),
    )
    return http.Answer(200, page.html, "text/html; charset=utf-8", headers | page.headers)


def _signup_url(request: http.Request, code: Code) -> str | None:
    """Return the page that a campaign's code leads to; it belongs to the campaigns."""
    return f"{request.base_url}/s/{code.code}/signup" if code.lands_on == SIGNUP else None


def _is_to_be_asked(request: http.Request, organization_id: str) -> bool:
    """Tell whether WeChat, where the page is open, can say who this is and was not asked yet."""
    query = request.event.get("queryStringParameters") or {}
    return (
        "text/html" in request.headers.get("accept", "")
        and "micromessenger" in request.headers.get("user-agent", "").lower()
        and visitors.ASKED not in query
        and visitors.customer_of(request, organization_id) is None
    )
