"""POST /inbox/{organization_id}/events: what the user did with messages inside the app (E1, E3).

For apps, with an identity token that a partner signed for the user. `delivered`, `seen` and
`clicked` are receipts of the message, and marked on it; done again they change nothing. One query;
for each event two reads and a query, and the first time a transaction as for a receipt (2 to 10
write units), at most one request to Step Functions, and one transaction (2). An event of a message
that is not the user's is answered `unknown`. Refuses: unauthenticated.
"""

from typing import Annotated, Literal

from msgspec import Meta

from sluice.push import apps, tracking
from sluice.push.rules.judging import RECEIPT_LEVELS, Level
from sluice.push.store import inbox
from sluice.shared import http
from sluice.shared.errors import NotFound, Unauthenticated

MAX_EVENTS = 20


class InboxEvent(http.Body):
    """What happened to a message."""

    tracking_id: Annotated[str, Meta(min_length=1, max_length=64)]
    event: Literal["delivered", "seen", "clicked"]


class ReportInbox(http.Body):
    """What happened, in any order."""

    events: Annotated[list[InboxEvent], Meta(min_length=1, max_length=MAX_EVENTS)]


class ReportedInbox(http.View):
    """What became of each event: recorded or unknown."""

    outcomes: list[str]


@http.operation(
    apps.door("POST /inbox/{organization_id}/events"),
    body=ReportInbox,
    answers={202: ReportedInbox},
    refusals=(Unauthenticated,),
)
def handler(call: http.Call[ReportInbox, http.NoBody]) -> http.Answer:
    """Record every event of the call."""
    outcomes = [_record(call, event) for event in call.body.events]
    return http.Answer(202, ReportedInbox(outcomes=outcomes))


def _record(call: http.Call[ReportInbox, http.NoBody], event: InboxEvent) -> str:
    try:
        tracked = tracking.find_tracked(event.tracking_id)
    except NotFound:
        return "unknown"
    push, attempt = tracked.held.push, tracked.attempt
    if (push.organization_id, push.user_id) != (call.organization_id, call.caller.id):
        return "unknown"
    level = RECEIPT_LEVELS[event.event]
    tracking.record(tracked, level, call.now, f"the app says {event.event}")
    if level >= Level.SEEN:
        item = inbox.item_of(attempt.created_at, attempt.tracking_id)
        inbox.mark(push.organization_id, push.user_id, item, level, call.now)
    return "recorded"
