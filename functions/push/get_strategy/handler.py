"""GET /organizations/{organization_id}/strategies/{strategy_id}: a strategy as it is, or was (E1).

The latest version, or the one that `version` names. One query or one read. Refuses: not-found.
"""

from typing import Annotated

from msgspec import Meta

from sluice.organizations import access
from sluice.organizations.rules import OPERATOR
from sluice.push import strategy_views
from sluice.push.store import strategies
from sluice.shared import errors, http


class GetStrategy(http.Body):
    """Which version; without it the latest."""

    version: Annotated[int, Meta(ge=1, le=10**9)] | None = None


@http.operation(
    access.staff("GET /organizations/{organization_id}/strategies/{strategy_id}", OPERATOR),
    query=GetStrategy,
    answers={200: strategy_views.StrategyView},
    refusals=(errors.NotFound,),
)
def handler(call: http.Call[http.NoBody, GetStrategy]) -> http.Answer:
    """Show the strategy in the path."""
    strategy_id, version = call.path["strategy_id"], call.query.version
    found = strategies.read_strategy(call.organization_id, strategy_id, version)
    return http.Answer(200, strategy_views.of_strategy(found))
