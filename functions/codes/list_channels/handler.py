"""GET /organizations/{organization_id}/channels: channels and their loads, a page at a time (A1).

One query of the index and one batch read for a page. The index may be a moment behind.
"""

from typing import Annotated

from msgspec import Meta

from sluice.codes import views
from sluice.codes.store import channels
from sluice.organizations import rules
from sluice.organizations.access import staff
from sluice.shared import http


class ListChannels(http.Body):
    """Which page."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    cursor: Annotated[str, Meta(max_length=200)] = ""


class ChannelPage(http.View):
    """A page; `next_cursor` leads to the one after it."""

    items: list[views.ChannelView]
    next_cursor: str | None = None


@http.operation(
    staff("GET /organizations/{organization_id}/channels", rules.OPERATOR),
    query=ListChannels,
    answers={200: ChannelPage},
)
def handler(call: http.Call[http.NoBody, ListChannels]) -> http.Answer:
    """List the organisation's channels by id."""
    found, following = channels.list_channels(
        call.organization_id, call.query.limit, call.query.cursor
    )
    items = [views.of_channel(channel) for channel in found]
    return http.Answer(200, ChannelPage(items=items, next_cursor=following))
