"""GET /organizations/{organization_id}/segments: whom promotions may be for, by id (C1).

One query.
"""

from typing import Annotated

from msgspec import Meta

from sluice.invitations import people_views as views
from sluice.invitations.store import segments
from sluice.organizations import access
from sluice.organizations.rules import OPERATOR
from sluice.shared import cursors, http
from sluice.shared.fields import NAME


class ListSegments(http.Body):
    """Which page."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    cursor: Annotated[str, Meta(max_length=200)] = ""


@http.operation(
    access.staff("GET /organizations/{organization_id}/segments", OPERATOR),
    query=ListSegments,
    answers={200: views.SegmentPage},
)
def handler(call: http.Call[http.NoBody, ListSegments]) -> http.Answer:
    """List the organisation's segments."""
    query = call.query
    after = cursors.place_in(query.cursor, NAME) if query.cursor else ""
    found = segments.list_segments(call.organization_id, after, query.limit)
    following = cursors.cursor_of(found[-1].segment_id) if len(found) == query.limit else None
    items = [views.of_segment(item) for item in found]
    return http.Answer(200, views.SegmentPage(items=items, next_cursor=following))
