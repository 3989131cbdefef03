"""GET /organizations/{organization_id}/strategies: the latest version of each, by id (E1).

One query of the index, which may be a moment behind.
"""

from typing import Annotated

from msgspec import Meta

from sluice.organizations import access
from sluice.organizations.rules import OPERATOR
from sluice.push import strategy_views
from sluice.push.store import strategies
from sluice.shared import http


class ListStrategies(http.Body):
    """Which page."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    cursor: Annotated[str, Meta(max_length=200)] = ""


@http.operation(
    access.staff("GET /organizations/{organization_id}/strategies", OPERATOR),
    query=ListStrategies,
    answers={200: strategy_views.StrategyPage},
)
def handler(call: http.Call[http.NoBody, ListStrategies]) -> http.Answer:
    """List the organisation's strategies."""
    query = call.query
    found, following = strategies.list_strategies(call.organization_id, query.limit, query.cursor)
    items = [strategy_views.listed(item) for item in found]
    return http.Answer(200, strategy_views.StrategyPage(items=items, next_cursor=following))
