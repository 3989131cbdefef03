"""GET /organizations/{organization_id}/codes: codes, the newest first, a page at a time (A2).

A member is shown codes of their own. One query of the index, which may be a moment behind; with a
filter it looks at 1,000 codes, so a page may be short, even empty, and a cursor leads on.
"""

from sluice.codes.rules.codes import Filter, State
from sluice.codes.store import issued
from sluice.codes.views import codes as code_views
from sluice.organizations import access, rules
from sluice.shared import http
from sluice.shared.fields import Name
from sluice.shared.paging import Page


class ListCodes(Page):
    """Which codes, and which page."""

    referrer_id: Name | None = None
    campaign_id: Name | None = None
    status: State | None = None


@http.operation(
    access.staff("GET /organizations/{organization_id}/codes", rules.OPERATOR, rules.MEMBER),
    query=ListCodes,
    answers={200: code_views.CodePage},
)
def handler(call: http.Call[http.NoBody, ListCodes]) -> http.Answer:
    """List the organisation's codes."""
    query = call.query
    referrer_id = access.owner(call.caller) or query.referrer_id
    wanted = Filter(referrer_id, query.campaign_id, query.status)
    found, following = issued.list_codes(
        call.organization_id, wanted, query.limit, query.cursor, call.now
    )
    items = [code_views.of_code(code, call.request.base_url, call.now) for code in found]
    return http.Answer(200, code_views.CodePage(items=items, next_cursor=following))
