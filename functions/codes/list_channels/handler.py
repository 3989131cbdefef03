"""GET /organizations/{organization_id}/channels: channels and their loads, a page at a time (A1).

One query of the index and a batch read for each 100 items; what has an area or shifts is two, and
ends a page early where that is more than 3 MB. The index may be a moment behind. As CSV it is what
the import takes, and the cursor of the next page is in `X-Next-Cursor` (F7).
"""

from typing import Annotated, Literal

from msgspec import Meta

from sluice.codes import channel_sheets, views
from sluice.codes.store import channels
from sluice.organizations import rules
from sluice.organizations.access import staff
from sluice.shared import http, sheets


class ListChannels(http.Body):
    """Which page."""

    limit: Annotated[int, Meta(ge=1, le=500)] = 50
    cursor: Annotated[str, Meta(max_length=200)] = ""
    format: Literal["json", "csv"] = "json"


class ChannelPage(http.View):
    """A page; `next_cursor` leads to the one after it."""

    items: list[views.ChannelView]
    next_cursor: str | None = None


@http.operation(
    staff("GET /organizations/{organization_id}/channels", rules.OPERATOR),
    query=ListChannels,
    answers={200: (ChannelPage, sheets.MEDIA_TYPE)},
)
def handler(call: http.Call[http.NoBody, ListChannels]) -> http.Answer:
    """List the organisation's channels by id."""
    found, following = channels.list_channels(
        call.organization_id, call.query.limit, call.query.cursor
    )
    if call.query.format == "csv":
        headers = {sheets.NEXT_CURSOR: following} if following else {}
        return http.Answer(200, channel_sheets.render(found), sheets.MEDIA_TYPE, headers)
    items = [views.of_channel(channel) for channel in found]
    return http.Answer(200, ChannelPage(items=items, next_cursor=following))
