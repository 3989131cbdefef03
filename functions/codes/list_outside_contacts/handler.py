"""GET /organizations/{organization_id}/channels/{channel_id}/outside: who came without a code (A6).

People in a channel whom no request is known to have brought, for review: nobody is credited with
them. One query. Refuses nothing: a channel that is not there has none.
"""

from datetime import datetime

from sluice.codes.store import outside
from sluice.organizations import rules
from sluice.organizations.access import staff
from sluice.shared import http
from sluice.shared.paging import Page


class OutsideContactView(http.View):
    """A person; `matched` who has a seat by now."""

    customer_ref: str
    status: str
    connected_at: datetime | None = None
    lost_at: datetime | None = None


class OutsideContacts(http.View):
    """A page of people."""

    items: list[OutsideContactView]
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
    views = [
        OutsideContactView(
            customer_ref=item.customer_ref,
            status=item.status,
            connected_at=item.connected_at,
            lost_at=item.lost_at,
        )
        for item in items
    ]
    return http.Answer(200, OutsideContacts(items=views, next_cursor=cursor))
