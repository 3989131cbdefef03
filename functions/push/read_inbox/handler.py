"""GET /inbox/{organization_id}: the messages inside the app for the user who asks (E1).

For apps, with an identity token that a partner signed for the user. Newest first, of 30 days; each
with how to show it and whether it was seen or clicked. Two queries. Refuses: unauthenticated.
"""

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from sluice.push import apps
from sluice.push.store import inbox
from sluice.shared import http
from sluice.shared.errors import Unauthenticated


class ReadInbox(http.Body):
    """Which page."""

    limit: Annotated[int, Meta(ge=1, le=inbox.MAX_LISTED)] = 20
    cursor: Annotated[str, Meta(max_length=200)] = ""


class InboxMessageView(http.View):
    """A message; `display` is what the strategy says: popup, splash or button."""

    tracking_id: str
    title: str
    body: str
    at: datetime
    display: str | None = None
    link: str | None = None
    content_id: str | None = None
    seen_at: datetime | None = None
    clicked_at: datetime | None = None


class InboxPage(http.View):
    """A page; `next_cursor` leads to the one after it."""

    items: list[InboxMessageView]
    next_cursor: str | None = None


@http.operation(
    apps.door("GET /inbox/{organization_id}"),
    query=ReadInbox,
    answers={200: InboxPage},
    refusals=(Unauthenticated,),
)
def handler(call: http.Call[http.NoBody, ReadInbox]) -> http.Answer:
    """List the user's messages."""
    query, user_id = call.query, call.caller.id
    found, following = inbox.list_messages(
        call.organization_id, user_id, query.limit, query.cursor, call.now
    )
    items = [
        InboxMessageView(
            tracking_id=message.tracking_id,
            title=message.title,
            body=message.body,
            at=message.at,
            display=message.display,
            link=message.link,
            content_id=message.content_id,
            seen_at=message.seen_at,
            clicked_at=message.clicked_at,
        )
        for message in found
    ]
    return http.Answer(200, InboxPage(items=items, next_cursor=following))
