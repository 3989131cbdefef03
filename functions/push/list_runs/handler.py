"""GET /organizations/{organization_id}/runs: the organisation's runs, newest first (E8).

One query of an index, which lags by some milliseconds.
"""

from typing import Annotated

from msgspec import Meta

from sluice.organizations import access
from sluice.organizations.rules import OPERATOR
from sluice.push import run_views
from sluice.push.store import runs
from sluice.shared import cursors, http

RUN = r"[0-9a-z]{26}"


class Page(http.Body):
    """Which page."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    cursor: Annotated[str, Meta(max_length=200)] = ""


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
    limit, cursor = call.query.limit, call.query.cursor
    before = cursors.place_in(cursor, RUN) if cursor else None
    found = runs.list_runs(call.organization_id, before, limit)
    following = cursors.cursor_of(found[-1].run_id) if len(found) == limit else None
    items = [run_views.line_of(run) for run in found]
    return http.Answer(200, Runs(items=items, next_cursor=following))
