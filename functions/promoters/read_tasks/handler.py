"""GET /organizations/{organization_id}/promoters/{member_id}/tasks: the offers for a promoter (D2).

In one of three orders (D3), with what they would earn and the link they asked for; by the other
path their rank and who is next to them (D10). A promoter reads their own, an operator anybody's.
Tasks: 3 reads, 1 or 2 queries for each tag, 3 batch reads, whatever the number of offers; in an
order with the own history a query and 2 batch reads more at first, and a write where it goes on.
Rank: 3 reads, 4 queries at most.
Refuses: forbidden, not-found (no active promoter), list-outdated.
"""

from sluice.organizations import access, store
from sluice.organizations.rules import OPERATOR, PROMOTER
from sluice.promoters import settings
from sluice.promoters.refusals import ListOutdated
from sluice.promoters.store import boards, links, tasks
from sluice.promoters.store.tasks import Promoter, Wanted
from sluice.promoters.task_views import BoardView, ReadTasks, TaskPage, board_view, task_view
from sluice.shared import errors, http

_ONE = "/organizations/{organization_id}/promoters/{member_id}"


@http.operation(
    access.staff(f"GET {_ONE}/tasks", OPERATOR, PROMOTER),
    access.staff(f"GET {_ONE}/rank", OPERATOR, PROMOTER),
    query=ReadTasks,
    answers={200: (TaskPage, BoardView)},
    refusals=(errors.NotFound, ListOutdated),
)
def handler(call: http.Call[http.NoBody, ReadTasks]) -> http.Answer:
    """Show a page of tasks, or a rank."""
    promoter, query = _promoter(call), call.query
    organization_id, member_id, _ = promoter
    if call.request.event["resource"].endswith("/rank"):
        place = boards.around(organization_id, member_id, query.period, query.neighbours, call.now)
        return http.Answer(200, board_view(place))
    weights = settings.find(organization_id)
    wanted = Wanted(query.order, query.limit, query.cursor)
    page, following = tasks.list_tasks(promoter, weights, wanted, call.now)
    codes = links.codes_of(organization_id, member_id, [task.offer.offer_id for task in page])
    base = f"{call.request.base_url}/t/"
    urls = {offer_id: base + code for offer_id, code in codes.items()}
    items = [task_view(task, urls.get(task.offer.offer_id)) for task in page]
    return http.Answer(200, TaskPage(items=items, next_cursor=following))


def _promoter(call: http.Call[http.NoBody, ReadTasks]) -> Promoter:
    organization_id, member_id = call.organization_id, call.path["member_id"]
    if access.owner(call.caller) not in {None, member_id}:
        raise errors.Forbidden("These are another promoter's tasks.")
    member = store.find_member(organization_id, member_id)
    if member is None or not member.active or PROMOTER not in member.roles:
        raise errors.NotFound("There is no such promoter.")
    return Promoter(organization_id, member_id, frozenset(member.tags or ()))
