"""POST /organizations/{organization_id}/promoters/{member_id}/tasks/{offer_id}/shares: share (D4).

Sends the promoter's link to a promotion channel by a push to `user_id` (a person, or what a robot's
strategy sends to), or says that the promoter copied it: counted once a day for a channel type.
Gives the link where there is none yet, and binds the promoter's identities to them, as asking for
the link does (D10). What a link costs; a transaction of 3 items, 6 write units, with a push what a
push costs; with an Idempotency-Key 1 more. Refuses: not-found, no-such-promoter, not-a-task,
no-page, too-many-shares, purpose-differs (the strategy is for what is transactional),
idempotency-key-reused.
"""

from typing import Annotated

from msgspec import Meta

from sluice.organizations import access
from sluice.organizations.rules import OPERATOR, PROMOTER
from sluice.promoters import buyers
from sluice.promoters.refusals import NoPage, NoSuchPromoter, NotATask, TooManyShares
from sluice.promoters.rules.bonuses import CHANNEL_TYPE
from sluice.promoters.store import links, sharing
from sluice.promoters.store.links import Task
from sluice.push.inputs import UserId
from sluice.push.refusals import PurposeDiffers
from sluice.push.rules.contents import Content
from sluice.shared import errors, http, ids
from sluice.shared.claims import AlreadyClaimed, KeyReused
from sluice.shared.fields import Name


class ShareTask(http.Body):
    """To which kind of channel; to whom and by which strategy, or neither: it was copied."""

    channel_type: Annotated[str, Meta(pattern=CHANNEL_TYPE)]
    user_id: UserId | None = None
    strategy_id: Name | None = None
    title: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    body: Annotated[str, Meta(min_length=1, max_length=2000)] | None = None


class ShareView(http.View):
    """A share, the link that was shared, and the push where there is one."""

    share_id: str
    url: str
    push_id: str | None = None


@http.operation(
    access.staff(
        "POST /organizations/{organization_id}/promoters/{member_id}/tasks/{offer_id}/shares",
        OPERATOR,
        PROMOTER,
    ),
    body=ShareTask,
    answers={201: ShareView},
    refusals=(
        errors.NotFound,
        NoSuchPromoter,
        NotATask,
        NoPage,
        TooManyShares,
        PurposeDiffers,
        KeyReused,
    ),
)
def handler(call: http.Call[ShareTask, http.NoBody]) -> http.Answer:
    """Share the task in the path."""
    organization_id, member_id, given = call.organization_id, call.path["member_id"], call.body
    if access.owner(call.caller) not in {None, member_id}:
        raise errors.Forbidden("This is another promoter's.")
    if (given.user_id is None) != (given.strategy_id is None):
        raise errors.Invalid(
            "A user and a strategy, or neither.", [("user_id", "with strategy_id")]
        )
    task = links.load_task(organization_id, call.path["offer_id"], member_id, call.now)
    link, _ = links.issue(organization_id, task, None, call.now)
    buyers.bind(organization_id, task.member, call.now)
    url = f"{call.request.base_url}/t/{links.code_of(link)}"
    try:
        share_id, push_id = _share(call, task, url)
    except AlreadyClaimed as claimed:
        if call.claim is None:
            raise
        first = call.claim.replay(claimed)
        share_id, push_id = first["share_id"], first["push_id"] or None
    return http.Answer(201, ShareView(share_id=share_id, url=url, push_id=push_id))


def _share(call: http.Call[ShareTask, http.NoBody], task: Task, url: str) -> tuple[str, str | None]:
    given, offer = call.body, task.offer
    place = (call.organization_id, task.member.member_id, offer.offer_id, given.channel_type)
    if given.user_id is None or given.strategy_id is None:
        share_id = sharing.copied_id(place[0], place[2], place[3], call.now)
        sharing.copy(sharing.Sharing(*place, share_id), call.claim, call.now)
        return share_id, None
    product, share_id = offer.product, ids.sortable(call.now)
    title, body = given.title or product.name, given.body or product.description or product.name
    push_id = sharing.push(
        sharing.Sharing(*place, share_id),
        user_id=given.user_id,
        strategy_id=given.strategy_id,
        content=Content(title[:200], body[:2000], url, offer.offer_id),
        claim=call.claim,
        base_url=call.request.base_url,
        now=call.now,
    )
    return share_id, push_id
