"""GET /organizations/{organization_id}/promoters/{member_id}/bonus-tasks: by offer and type (D6).

Or a merchant's hints, by the path (D9). Operators read anybody's; promoters and merchants their
own. One query.
"""

from sluice.organizations import access
from sluice.organizations.rules import MERCHANT, OPERATOR, PROMOTER
from sluice.promoters.bonus_views import BonusTaskPage, HintPage, hint_view, task_view
from sluice.promoters.store import bonuses, hints
from sluice.shared import errors, http, paging
from sluice.shared.paging import Page

_TASKS = "/organizations/{organization_id}/promoters/{member_id}/bonus-tasks"
_HINTS = "/organizations/{organization_id}/merchants/{member_id}/hints"


@http.operation(
    access.staff(f"GET {_TASKS}", PROMOTER, OPERATOR),
    access.staff(f"GET {_HINTS}", MERCHANT, OPERATOR),
    query=Page,
    answers={200: (BonusTaskPage, HintPage)},
)
def handler(call: http.Call[http.NoBody, Page]) -> http.Answer:
    """Show a page of what is in the path."""
    member_id, query = call.path["member_id"], call.query
    if access.owner(call.caller) not in {None, member_id}:
        raise errors.Forbidden("This is somebody else's.")
    if call.request.event["resource"] == _HINTS:
        after = paging.place_of(query, hints.PLACE)
        found = hints.list_hints(call.organization_id, member_id, after, query.limit)
        following = paging.following(query, found, lambda item: item.item)
        page = HintPage(items=[hint_view(item) for item in found], next_cursor=following)
        return http.Answer(200, page)
    after = paging.place_of(query, bonuses.PLACE)
    tasks = bonuses.list_tasks(call.organization_id, member_id, after, query.limit)
    following = paging.following(query, tasks, lambda item: item.item)
    return http.Answer(
        200, BonusTaskPage(items=[task_view(item) for item in tasks], next_cursor=following)
    )
