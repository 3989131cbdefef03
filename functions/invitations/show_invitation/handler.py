"""POST /i/{token}: a newcomer agrees to take part, or wants to be invited by nobody (C6).

By GET the page of an invitation's link, which asks first: link previews follow links. Agreeing is
kept with a targeted invitation and leads on to the app. Refusing erases the invitation and keeps
anybody from naming this person again; an open invitation names nobody. GET: three reads. POST: and
one write, or one transaction. Refuses: not-found.
"""

from datetime import datetime
from typing import Literal

from sluice.invitations.pages import invitation as page
from sluice.invitations.promotion_tables import Link
from sluice.invitations.rules.promotions import Promotion, is_running
from sluice.invitations.store import forgetting, inviting, promotions
from sluice.organizations import store as organizations
from sluice.shared import errors, http


class Choice(http.Body):
    """Which button."""

    choice: Literal["join", "leave"] = "join"


@http.operation(
    http.anyone("POST /i/{token}", reads_body=False),
    http.anyone("GET /i/{token}"),
    query=Choice,
    answers={200: "text/html"},
    refusals=(errors.NotFound,),
)
def handler(call: http.Call[http.NoBody, Choice]) -> http.Answer:
    """Show the page, or carry out its button."""
    link = inviting.find_link(call.path["token"])
    if link is None:
        raise errors.NotFound("There is no such invitation.")
    promotion = promotions.load_promotion(link.organization_id, link.promotion_id)
    organization = organizations.find_organization(link.organization_id)
    languages = call.request.headers.get("accept-language", "") or organization.locale
    named = link.invitation_id is not None
    stage = _stage(call, link, promotion)
    shown = page.render(promotion, organization.name, languages, stage, may_leave=named)
    return http.Answer(200, shown.html, "text/html; charset=utf-8", shown.headers)


def _stage(call: http.Call[http.NoBody, Choice], link: Link, promotion: Promotion) -> page.Stage:
    presses = call.request.event["httpMethod"] == "POST"
    if presses and call.query.choice == "leave" and link.invitation_id is not None:
        forgetting.opt_out(link, call.now)
        return "left"
    if not is_running(promotion, call.now) or _has_expired(link, call.now):
        return "over"
    if not presses:
        return "asks"
    if link.invitation_id is not None:
        inviting.agree(link, call.now)
    return "agreed"


def _has_expired(link: Link, now: datetime) -> bool:
    expires_at: datetime | None = link.expires_at
    return expires_at is not None and expires_at <= now
