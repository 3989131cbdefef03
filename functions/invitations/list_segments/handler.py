"""GET /organizations/{organization_id}/segments: whom promotions may be for, by id (C1).

One query.
"""

from sluice.invitations import people_views as views
from sluice.invitations.store import segments
from sluice.organizations import access
from sluice.organizations.rules import OPERATOR
from sluice.shared import http, paging
from sluice.shared.fields import NAME
from sluice.shared.paging import Page


@http.operation(
    access.staff("GET /organizations/{organization_id}/segments", OPERATOR),
    query=Page,
    answers={200: views.SegmentPage},
)
def handler(call: http.Call[http.NoBody, Page]) -> http.Answer:
    """List the organisation's segments."""
    after = paging.place_of(call.query, NAME)
    found = segments.list_segments(call.organization_id, after, call.query.limit)
    following = paging.following(call.query, found, lambda item: item.segment_id)
    items = [views.of_segment(item) for item in found]
    return http.Answer(200, views.SegmentPage(items=items, next_cursor=following))
