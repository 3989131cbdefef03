"""GET /organizations/{organization_id}/strategies: the latest version of each, by id (E1).

One query of the index, which may be a moment behind. Promoters read it to choose one to share by
(D4): it says what each is for, not whom it reaches or what it costs.
"""

from sluice.organizations import access
from sluice.organizations.rules import OPERATOR, PROMOTER
from sluice.push import strategy_views
from sluice.push.store import strategies
from sluice.shared import http
from sluice.shared.paging import Page


@http.operation(
    access.staff("GET /organizations/{organization_id}/strategies", OPERATOR, PROMOTER),
    query=Page,
    answers={200: strategy_views.StrategyPage},
)
def handler(call: http.Call[http.NoBody, Page]) -> http.Answer:
    """List the organisation's strategies."""
    query = call.query
    found, following = strategies.list_strategies(call.organization_id, query.limit, query.cursor)
    items = [strategy_views.listed(item) for item in found]
    return http.Answer(200, strategy_views.StrategyPage(items=items, next_cursor=following))
