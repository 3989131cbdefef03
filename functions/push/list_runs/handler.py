"""GET /organizations/{organization_id}/runs: the organisation's runs, newest first (E8).

One query of an index, which lags by some milliseconds.
"""

from sluice.organizations import access
from sluice.organizations.rules import OPERATOR
from sluice.push.runs import views as run_views
from sluice.push.store import runs
from sluice.shared import http, paging
from sluice.shared.paging import Page

RUN = r"[0-9a-z]{26}"


class Runs(http.View):
    """A page of runs."""

    items: list[run_views.RunLine]
    next_cursor: str | None = None


@http.operation(
    access.staff("GET /organizations/{organization_id}/runs", OPERATOR),
    query=Page,
    answers={200: Runs},
)
def handler(call: http.Call[http.NoBody, Page]) -> http.Answer:
    """List a page of runs."""
    before = paging.place_of(call.query, RUN) or None
    found = runs.list_runs(call.organization_id, before, call.query.limit)
    following = paging.following(call.query, found, lambda run: run.run_id)
    items = [run_views.line_of(run) for run in found]
    return http.Answer(200, Runs(items=items, next_cursor=following))
