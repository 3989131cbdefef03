"""POST /organizations/{organization_id}/promoters/{member_id}/bonus-tasks: accept one (D6).

From now on it counts, and its time runs. The promoter's own, or an operator for them. One query and
one transaction of 2 items, 4 write units; repeated, it answers the task as it stands. Refuses:
no-bonus-task.
"""

from typing import Annotated

from msgspec import Meta

from sluice.organizations import access
from sluice.organizations.rules import OPERATOR, PROMOTER
from sluice.promoters.bonus_views import BonusTaskView, task_view
from sluice.promoters.refusals import NoBonusTask
from sluice.promoters.rules.bonuses import CHANNEL_TYPE
from sluice.promoters.rules.offers import OFFER_ID
from sluice.promoters.store import bonuses
from sluice.shared import errors, http


class AcceptBonusTask(http.Body):
    """Which task: the latest of a channel type with an offer."""

    offer_id: Annotated[str, Meta(pattern=OFFER_ID)]
    channel_type: Annotated[str, Meta(pattern=CHANNEL_TYPE)]


@http.operation(
    access.staff(
        "POST /organizations/{organization_id}/promoters/{member_id}/bonus-tasks",
        PROMOTER,
        OPERATOR,
    ),
    body=AcceptBonusTask,
    answers={200: BonusTaskView},
    refusals=(NoBonusTask,),
)
def handler(call: http.Call[AcceptBonusTask, http.NoBody]) -> http.Answer:
    """Accept the task for the promoter in the path."""
    member_id, asked = call.path["member_id"], call.body
    if access.owner(call.caller) not in {None, member_id}:
        raise errors.Forbidden("This is another promoter's.")
    item = bonuses.accept(
        call.organization_id, member_id, asked.offer_id, asked.channel_type, call.now
    )
    return http.Answer(200, task_view(item))
