"""GET /organizations/{organization_id}/statistics/strategies: what pushes cost and brought (E6).

Of one strategy or of a page of them by name: in all, or of the pushes started on the days `from`
to `to` of the organisation's calendar (without `to`: until today; without `from`: 31 days; 366 at
most); together, or with `by` of each version, or of each version's days. A page ends early
where it would be very long, with `by=day` also between two days. As CSV the cursor of the next page
is in `X-Next-Cursor`. Eight queries; over days eight for each strategy, and a read of the
organisation a minute. Figures follow a change within a second.
"""

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, field

from sluice.organizations import access, calendar
from sluice.organizations.rules import OPERATOR
from sluice.push import figure_views
from sluice.push.store import figure_pages
from sluice.shared import errors, http, sheets
from sluice.shared.days import days_of, problem_with
from sluice.shared.fields import Name


class Wanted(http.Body):
    """Of which strategies, which days, and how."""

    first: date | None = field(name="from", default=None)
    last: date | None = field(name="to", default=None)
    by: figure_views.By = "total"
    strategy_id: Name | None = None
    format: Literal["json", "csv"] = "json"
    limit: Annotated[int, Meta(ge=1, le=50)] = 20
    cursor: Annotated[str, Meta(max_length=200)] = ""


@http.operation(
    access.staff("GET /organizations/{organization_id}/statistics/strategies", OPERATOR),
    query=Wanted,
    answers={200: (figure_views.StrategiesFigures, sheets.MEDIA_TYPE)},
)
def handler(call: http.Call[http.NoBody, Wanted]) -> http.Answer:
    """Read the figures of the strategies that the query names."""
    query, days = call.query, None
    if query.by == "day" or query.first or query.last:
        today = date.fromisoformat(calendar.day(call.organization_id, call.now))
        days = days_of(query.first, query.last, today)
        if wrong := problem_with(*days):
            raise errors.Invalid(f"{wrong[0]}: {wrong[1]}.", [wrong])
    by_day = query.by == "day"
    asked = figure_pages.Asked(query.strategy_id, days, by_day, query.limit, query.cursor)
    found, following = figure_pages.read(call.organization_id, asked)
    rows = figure_views.of(found, query.by)
    if query.format == "json":
        return http.Answer(200, figure_views.StrategiesFigures(rows=rows, next_cursor=following))
    headers = {sheets.NEXT_CURSOR: following} if following else {}
    return http.Answer(200, figure_views.sheet(rows), sheets.MEDIA_TYPE, headers)
