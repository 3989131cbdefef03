"""GET /organizations/{organization_id}/assignments: of a channel, or of a provider's customer (A8).

Of a channel a page, newest first, from its list, which is some moments behind: one query of 500
rows at most; with a status a page may hold fewer than `limit` and not be the last. Of a customer
by their id at a provider account: all that their seats keep, as they say now; two reads.
"""

from typing import Annotated, Literal

from msgspec import Meta

from sluice.codes.store import assignments, lookup
from sluice.codes.views import assignments as views
from sluice.organizations import rules
from sluice.organizations.access import staff
from sluice.shared import http
from sluice.shared.errors import Invalid
from sluice.shared.fields import Name
from sluice.shared.paging import Page


class ListAssignments(Page):
    """A channel's, a page at a time; or those of a provider account's customer."""

    channel_id: Name | None = None
    status: Literal["reserved", "connected", "lost", "released"] | None = None
    account_id: Name | None = None
    customer_ref: Annotated[str, Meta(min_length=1, max_length=128)] | None = None


class AssignmentPage(http.View):
    """A page; `next_cursor` leads to the one after it."""

    items: list[views.StaffAssignmentView]
    next_cursor: str | None = None


@http.operation(
    staff("GET /organizations/{organization_id}/assignments", rules.OPERATOR),
    query=ListAssignments,
    answers={200: AssignmentPage},
)
def handler(call: http.Call[http.NoBody, ListAssignments]) -> http.Answer:
    """List assignments."""
    asked = call.query
    if asked.channel_id is not None and asked.account_id is None and asked.customer_ref is None:
        rows, following = assignments.list_channel(
            call.organization_id, asked.channel_id, asked.status, asked.limit, asked.cursor
        )
        items = [views.of_row(row) for row in rows]
        return http.Answer(200, AssignmentPage(items=items, next_cursor=following))
    if asked.channel_id is not None or asked.account_id is None or asked.customer_ref is None:
        wrong = "this alone, or account_id with customer_ref"
        raise Invalid(f"channel_id: {wrong}.", [("channel_id", wrong)])
    kept = lookup.of_reference(call.organization_id, asked.account_id, asked.customer_ref)
    found = [views.of_kept(each) for each in kept if asked.status in {None, each.assignment.status}]
    return http.Answer(200, AssignmentPage(items=found))
