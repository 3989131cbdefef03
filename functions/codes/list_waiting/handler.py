"""GET /organizations/{organization_id}/waiting: who waits, in the order of entering (A4).

Twelve queries of an index for a page. It may be a moment behind, and shows a place for up to a
minute after its time.
"""

from sluice.codes.store import queues
from sluice.codes.views import waiting as waiting_views
from sluice.organizations import rules
from sluice.organizations.access import staff
from sluice.shared import http
from sluice.shared.fields import Name
from sluice.shared.paging import Page


class ListWaiting(Page):
    """Which page; of one code, or of all."""

    code: Name | None = None


class WaitingPage(http.View):
    """A page; `next_cursor` leads to the one after it."""

    items: list[waiting_views.TicketView]
    next_cursor: str | None = None


@http.operation(
    staff("GET /organizations/{organization_id}/waiting", rules.OPERATOR),
    query=ListWaiting,
    answers={200: WaitingPage},
)
def handler(call: http.Call[http.NoBody, ListWaiting]) -> http.Answer:
    """List those who wait."""
    given = call.query
    found, following = queues.page(call.organization_id, given.code, given.limit, given.cursor)
    items = [waiting_views.of_ticket(ticket) for ticket in found]
    return http.Answer(200, WaitingPage(items=items, next_cursor=following))
