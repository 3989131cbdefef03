"""GET /organizations/{organization_id}/pushes: a user's pushes, newest first, and how they ended.

One query, and one request for the pushes of a page. Refuses: invalid-request (no user_id).
"""

from typing import Annotated

from msgspec import Meta

from sluice.organizations import access
from sluice.organizations.rules import OPERATOR
from sluice.push import timeline
from sluice.push.inputs import UserId
from sluice.push.store import listing
from sluice.push.timeline import ListedPush
from sluice.shared import http


class ListPushes(http.Body):
    """Whose pushes, and how many."""

    user_id: UserId
    limit: Annotated[int, Meta(ge=1, le=100)] = 20
    cursor: Annotated[str, Meta(max_length=200)] = ""


class ListedPushes(http.View):
    """A page of them."""

    items: list[ListedPush]
    next_cursor: str | None = None


@http.operation(
    access.staff("GET /organizations/{organization_id}/pushes", OPERATOR),
    query=ListPushes,
    answers={200: ListedPushes},
)
def handler(call: http.Call[http.NoBody, ListPushes]) -> http.Answer:
    """List the pushes of the user in the query."""
    query = call.query
    found, following = listing.pushes_of(
        call.organization_id, query.user_id, query.limit, query.cursor
    )
    items = [timeline.listed(push) for push in found]
    return http.Answer(200, ListedPushes(items=items, next_cursor=following))
