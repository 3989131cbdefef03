"""GET /organizations/{organization_id}/channels/{channel_id}/outside: who came without a code (A6).

People in a channel whom no request is known to have brought, for review: nobody is credited with
them. One query. Refuses nothing: a channel that is not there has none.
"""

from sluice.codes.store import outside
from sluice.codes.views import outside as outside_views
from sluice.organizations import rules
from sluice.organizations.access import staff
from sluice.shared import http
from sluice.shared.paging import Page


class OutsideContacts(http.View):
    """A page of people."""

    items: list[outside_views.OutsideContactView]
    next_cursor: str | None = None


@http.operation(
    staff("GET /organizations/{organization_id}/channels/{channel_id}/outside", rules.OPERATOR),
    query=Page,
    answers={200: OutsideContacts},
)
def handler(call: http.Call[http.NoBody, Page]) -> http.Answer:
    """List a page of them."""
    items, cursor = outside.list_outside(
        call.organization_id, call.path["channel_id"], call.query.limit, call.query.cursor
    )
    views = [outside_views.of_contact(item) for item in items]
    return http.Answer(200, OutsideContacts(items=views, next_cursor=cursor))
