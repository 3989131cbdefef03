"""POST /organizations/{organization_id}/pushes: push content to a user by a strategy (E2).

Stores the push with the strategy's latest version; its chain starts from the outbox. What it says
is `content`, or a template's words in the recipient's language (two reads), stored by their hash
(E9): a transaction of 2 items, once for each process. A user of the strategy's hold-out group is
sent nothing: the push is stored as withheld (E6). One query, a read of the organisation a minute
and one transaction of 3 to 5 items: 6 to 10 write units, and 2 for each KiB over the first.
Refuses: not-found (no such strategy or template), idempotency-key-reused.
"""

import msgspec

from sluice.organizations import access
from sluice.organizations.rules import OPERATOR
from sluice.push import wording
from sluice.push.inputs import ContentBody, UserId, Values, check_words, content_of
from sluice.push.rules.contents import Content
from sluice.push.store import pushes
from sluice.shared import errors, http
from sluice.shared.claims import AlreadyClaimed, KeyReused
from sluice.shared.fields import Name


class StartPush(http.Body):
    """Whom to tell what, and by which strategy: `content`, or a template and its variables."""

    strategy_id: Name
    user_id: UserId
    content: ContentBody | None = None
    template_id: Name | None = None
    variables: Values = msgspec.field(default_factory=dict)


class StartedPush(http.View):
    """The push; read it to see how it goes."""

    push_id: str


@http.operation(
    access.staff("POST /organizations/{organization_id}/pushes", OPERATOR),
    access.partner("POST /partners/{organization_id}/pushes", "push.start.v1"),
    body=StartPush,
    answers={202: StartedPush},
    refusals=(KeyReused, errors.NotFound),
)
def handler(call: http.Call[StartPush, http.NoBody]) -> http.Answer:
    """Store the push, or answer again what was answered to the same request."""
    given = call.body
    try:
        push_id = pushes.start_push(
            call.organization_id,
            given.user_id,
            given.strategy_id,
            _content(call),
            claim=call.claim,
            now=call.now,
            base_url=call.request.base_url,
        )
    except AlreadyClaimed as claimed:
        if call.claim is None:
            raise
        return http.Answer(202, msgspec.convert(call.claim.replay(claimed), StartedPush))
    return http.Answer(202, StartedPush(push_id=push_id))


def _content(call: http.Call[StartPush, http.NoBody]) -> Content:
    given = call.body
    check_words(given.content, given.template_id, given.variables)
    if given.content is not None:
        return content_of(given.content)
    return wording.of_template(
        call.organization_id, str(given.template_id), given.user_id, given.variables, call.now
    )
