"""GET /organizations/{organization_id}/statistics/{dimension}: exact counts (A8).

Per channel, referrer or code, or of the `organization` (its codes together): in all; or summed over
the days `from` to `to` of the organisation's calendar, both included; or with `by=day` for each of
them. Without `to`: until today; without `from`: 31 days; 366 at most. A member is shown themselves
as a referrer. As CSV the cursor of the next page is in `X-Next-Cursor`. Four queries; over days a
request for each 100 rows; of one `id` only that. Of the organisation a page sums 10,000 rows: a day
that is in two is the sum of both. Counts follow a change within a second.
"""

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, field

from sluice.codes.store import figures as store
from sluice.codes.store import pool
from sluice.codes.views import figures as figure_views
from sluice.organizations import access, rules
from sluice.shared import errors, http, sheets
from sluice.shared.days import days_of, problem_with
from sluice.shared.fields import Name

DIMENSIONS = ("channels", "referrers", "codes", store.ORGANIZATION)


class Wanted(http.Body):
    """Of whom, which days, and how."""

    first: date | None = field(name="from", default=None)
    last: date | None = field(name="to", default=None)
    by: Literal["total", "day"] = "total"
    id: Name | None = None
    format: Literal["json", "csv"] = "json"
    limit: Annotated[int, Meta(ge=1, le=5000)] = 1000
    cursor: Annotated[str, Meta(max_length=200)] = ""


@http.operation(
    access.staff(
        "GET /organizations/{organization_id}/statistics/{dimension}", rules.OPERATOR, rules.MEMBER
    ),
    query=Wanted,
    answers={200: (figure_views.Statistics, sheets.MEDIA_TYPE)},
)
def handler(call: http.Call[http.NoBody, Wanted]) -> http.Answer:
    """Read the counts of the dimension in the path."""
    query, dimension = call.query, call.path["dimension"]
    if dimension not in DIMENSIONS:
        raise errors.NotFound(f"There are statistics of: {', '.join(DIMENSIONS)}.")
    whose = _whose(call)
    today = date.fromisoformat(pool.today(call.organization_id, call.now))
    days = None
    if query.by == "day" or query.first or query.last:
        days = days_of(query.first, query.last, today)
        if wrong := problem_with(*days):
            raise errors.Invalid(f"{wrong[0]}: {wrong[1]}.", [wrong])
    asked = store.Asked(dimension, whose, days, query.by == "day", query.limit, query.cursor)
    found, following = store.read(call.organization_id, asked)
    rows = figure_views.of_page(found, days[1] if days else None, today)
    if query.format == "json":
        return http.Answer(200, figure_views.Statistics(rows=rows, next_cursor=following))
    headers = {sheets.NEXT_CURSOR: following} if following else {}
    return http.Answer(200, figure_views.sheet(rows), sheets.MEDIA_TYPE, headers)


def _whose(call: http.Call[http.NoBody, Wanted]) -> str | None:
    """Return whose figures are wanted, or None: everyone's. Raises Forbidden."""
    own = access.owner(call.caller)
    if own and (call.path["dimension"] != "referrers" or call.query.id not in {None, own}):
        raise errors.Forbidden("These are not your own figures.")
    return own or call.query.id
