"""GET /s/{code}/signup: a campaign's signup page, with one salesperson's contact (B4).

For people HTML, for apps JSON, by Accept. Its script joins by POST /s/{code}/join, so that who
only looks through a link preview holds no seat; whom the cookie knows to have a seat is shown the
same salesperson at once, and whether they signed up. Writes nothing: the scan counted the view.
Code, campaign, organisation and channels come from this function's memory, some seconds old; with a
cookie a batch read and a read. Before the start and after the end the page says so.
"""

from sluice.campaigns import signup_views as views
from sluice.campaigns import visits
from sluice.codes import visitors
from sluice.codes.store import pool
from sluice.codes.views import contacts
from sluice.shared import errors, http, pages, root_secret


@http.operation(
    http.anyone("GET /s/{code}/signup"),
    answers={200: (views.PageView, "text/html")},
    refusals=(errors.NotFound,),
    primes=(root_secret.read, pool.connect),
)
def handler(call: http.Call[http.NoBody, http.NoBody]) -> http.Answer:
    """Show the page to a visitor."""
    request, now = call.request, call.now
    found = visits.visit(call.path["code"])
    stands = visits.standing(found, request, now)
    shown = visits.contact(found, stands.seat)
    visitor_id = visitors.visitor_of(request) or visitors.new_visitor()
    token = visitors.token(visitor_id, found.code.code, now)
    secure = request.base_url.startswith("https:")
    headers = {"Set-Cookie": visitors.cookie(visitor_id, now, secure=secure)}
    stage = found.stage(now)
    if stands.signup is not None and stage == "asks":
        stage = "done"
    if pages.are_wanted(request.headers):
        return visits.answer(found, request, stage, token=token, shown=shown, headers=headers)
    given = found.campaign.definition
    view = views.PageView(
        code=found.code.code,
        organization_name=found.organization.name,
        title=given.title,
        headline=given.landing.headline,
        text=given.landing.text,
        starts_at=given.starts_at,
        ends_at=given.ends_at,
        stage=stage,
        form=list(given.form),
        visitor_token=token,
        token_expires_at=now + visitors.TOKEN_VALID,
        contact=contacts.drawn(shown) if shown else None,
    )
    return http.Answer(200, view, headers=headers | {"Vary": "Accept, Accept-Language"})
