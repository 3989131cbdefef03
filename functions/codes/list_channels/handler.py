"""GET /organizations/{organization_id}/channels: channels and their loads, a page at a time (A1).

One query of the index and a batch read for each 100 items; what has an area or shifts is two, and
ends a page early where that is more than 3 MB. The index may be a moment behind. A filter is
looked at within the page, which may then be short, even empty, and the cursor leads on. As CSV it
is what the import takes, and the cursor of the next page is in `X-Next-Cursor` (F7).

By the other path how full the pool is: of each kind, and which open channels are nearest to their
caps, as counted about a second ago: a query for each MB of the index, and four.
"""

from typing import Annotated, Literal

from msgspec import Meta

from sluice.codes import channel_sheets, views
from sluice.codes.store import channels, fullness
from sluice.codes.tables import Channel
from sluice.codes.views import pool as pool_views
from sluice.codes.views.pool import PoolView
from sluice.organizations import rules
from sluice.organizations.access import staff
from sluice.shared import http, sheets
from sluice.shared.fields import Name

_POOL = "/organizations/{organization_id}/pool"


class ListChannels(http.Body):
    """Which page, or how many of those that are nearest to their caps; and which of them."""

    limit: Annotated[int, Meta(ge=1, le=500)] = 50
    cursor: Annotated[str, Meta(max_length=200)] = ""
    format: Literal["json", "csv"] = "json"
    kind: Literal["contact", "group"] | None = None
    status: Literal["open", "closed"] | None = None
    owner_id: Name | None = None


class ChannelPage(http.View):
    """A page; `next_cursor` leads to the one after it."""

    items: list[views.ChannelView]
    next_cursor: str | None = None


@http.operation(
    staff("GET /organizations/{organization_id}/channels", rules.OPERATOR),
    staff(f"GET {_POOL}", rules.OPERATOR),
    query=ListChannels,
    answers={200: (ChannelPage, PoolView, sheets.MEDIA_TYPE)},
)
def handler(call: http.Call[http.NoBody, ListChannels]) -> http.Answer:
    """List the organisation's channels by id, or show how full they are."""
    asked = call.query
    if call.request.event["resource"] == _POOL:
        return http.Answer(200, pool_views.of(fullness.read(call.organization_id), asked.limit))
    page, following = channels.list_channels(call.organization_id, asked.limit, asked.cursor)
    found = [channel for channel in page if _is_wanted(channel, asked)]
    if asked.format == "csv":
        headers = {sheets.NEXT_CURSOR: following} if following else {}
        return http.Answer(200, channel_sheets.render(found), sheets.MEDIA_TYPE, headers)
    items = [views.of_channel(channel) for channel in found]
    return http.Answer(200, ChannelPage(items=items, next_cursor=following))


def _is_wanted(channel: Channel, asked: ListChannels) -> bool:
    return (
        asked.kind in {None, channel.kind}
        and asked.status in {None, channel.status}
        and asked.owner_id in {None, channel.owner_id}
    )
