"""GET /organizations/{organization_id}/sandbox/messages: what the sandbox delivered to a user.

Newest first, at most 100: one query. Refuses: invalid-request (no user_id).
"""

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from sluice.organizations import access
from sluice.organizations.rules import OPERATOR
from sluice.push.inputs import UserId
from sluice.push.providers import sandbox
from sluice.shared import http


class ListSandboxMessages(http.Body):
    """Whose messages, and how many."""

    user_id: UserId
    limit: Annotated[int, Meta(ge=1, le=sandbox.MAX_LISTED)] = 20


class SandboxMessageView(http.View):
    """A message as the user would see it, with what the account's script made of it."""

    account_id: str
    channel: str
    tracking_id: str
    title: str
    body: str
    script: str
    at: datetime
    link: str | None = None
    unsubscribe_url: str | None = None
    content_id: str | None = None


class SandboxMessages(http.View):
    """The latest messages."""

    messages: list[SandboxMessageView]


@http.operation(
    access.staff("GET /organizations/{organization_id}/sandbox/messages", OPERATOR),
    query=ListSandboxMessages,
    answers={200: SandboxMessages},
)
def handler(call: http.Call[http.NoBody, ListSandboxMessages]) -> http.Answer:
    """List the messages of the user in the query."""
    found = sandbox.delivered(call.organization_id, call.query.user_id, call.query.limit)
    messages = [
        SandboxMessageView(
            account_id=message.account_id,
            channel=message.channel,
            tracking_id=message.tracking_id,
            title=message.title,
            body=message.body,
            script=message.script,
            at=message.at,
            link=message.link,
            unsubscribe_url=message.unsubscribe_url,
            content_id=message.content_id,
        )
        for message in found
    ]
    return http.Answer(200, SandboxMessages(messages=messages))
