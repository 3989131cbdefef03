"""GET /organizations/{organization_id}/rewards: held rewards, or an owner's.

`state=held` lists what waits for a decision, the oldest first; `owner_id` an owner's, the newest
first, in one state where `state` is given: a page may then have fewer, and still a next one. Who is
no operator gets their own, without what the checks found and who decided. One query; the indexes
may be some milliseconds behind. Refuses: invalid-request (neither of the two), forbidden.
"""

from typing import Annotated

from msgspec import Meta

from sluice.organizations import access
from sluice.organizations.rules import ROLES
from sluice.rewards import views
from sluice.rewards.rules import State
from sluice.rewards.store import listing
from sluice.shared import http
from sluice.shared.errors import Forbidden, Invalid
from sluice.shared.fields import Name


class ListRewards(http.Body):
    """Which rewards: those of an owner, or those that are held."""

    owner_id: Name | None = None
    state: State | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    cursor: Annotated[str, Meta(max_length=64)] | None = None


class ListedRewards(http.View):
    """A page of them."""

    items: list[views.Listed]
    next_cursor: str | None = None


@http.operation(
    access.staff("GET /organizations/{organization_id}/rewards", *ROLES),
    query=ListRewards,
    answers={200: ListedRewards},
)
def handler(call: http.Call[http.NoBody, ListRewards]) -> http.Answer:
    """List the rewards that the query names."""
    asked, owner = call.query, access.owner(call.caller)
    if owner is not None and asked.owner_id not in {None, owner}:
        raise Forbidden("These are another owner's rewards.")
    owner_id = owner or asked.owner_id
    if owner_id is not None:
        found, following = listing.owned(
            call.organization_id, owner_id, asked.state, asked.limit, asked.cursor
        )
    elif asked.state is State.HELD:
        found, following = listing.held(call.organization_id, asked.limit, asked.cursor)
    else:
        raise Invalid("Ask for state=held or for an owner_id.", [("owner_id", "missing")])
    items = [views.listed(reward, with_review=owner is None) for reward in found]
    return http.Answer(200, ListedRewards(items=items, next_cursor=following))
