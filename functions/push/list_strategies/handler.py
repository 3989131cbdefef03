"""GET /organizations/{organization_id}/strategies: the latest version of each, by id (E1).

One query of the index, which may be a moment behind. Promoters read it to choose one to share by
(D4): it says what each is for, not whom it reaches or what it costs. With an id in the path that
strategy, for operators, the latest version or the one that `version` names: one query or one read.
Refuses: not-found.
"""

from typing import Annotated

from msgspec import Meta

from sluice.organizations import access
from sluice.organizations.rules import OPERATOR, PROMOTER
from sluice.push import strategy_views
from sluice.push.store import strategies
from sluice.shared import errors, http
from sluice.shared.paging import Page

_ALL = "/organizations/{organization_id}/strategies"


class ListStrategies(Page):
    """Which page; of one strategy which version, without it the latest."""

    version: Annotated[int, Meta(ge=1, le=10**9)] | None = None


@http.operation(
    access.staff(f"GET {_ALL}", OPERATOR, PROMOTER),
    access.staff(f"GET {_ALL}/{{strategy_id}}", OPERATOR),
    query=ListStrategies,
    answers={200: (strategy_views.StrategyPage, strategy_views.StrategyView)},
    refusals=(errors.NotFound,),
)
def handler(call: http.Call[http.NoBody, ListStrategies]) -> http.Answer:
    """List the organisation's strategies, or show the one in the path."""
    query = call.query
    if "strategy_id" in call.path:
        found_one = strategies.read_strategy(
            call.organization_id, call.path["strategy_id"], query.version
        )
        return http.Answer(200, strategy_views.of_strategy(found_one))
    found, following = strategies.list_strategies(call.organization_id, query.limit, query.cursor)
    items = [strategy_views.listed(item) for item in found]
    return http.Answer(200, strategy_views.StrategyPage(items=items, next_cursor=following))
