"""GET /organizations/{organization_id}/statistics/{dimension}: exact counts (A8).

Per channel, referrer or code, over days of the organisation's time zone (`from`, `to`, both
included) or in all. Four queries of the rows wanted; counts follow a change within a second.
"""

from datetime import date
from typing import Any

import msgspec

from sluice.codes.store import statistics
from sluice.organizations import rules
from sluice.organizations.access import staff
from sluice.shared import errors, http

DIMENSIONS = ("channels", "referrers", "codes")


class Days(http.Body):
    """Which days."""

    first: date | None = msgspec.field(name="from", default=None)
    last: date | None = msgspec.field(name="to", default=None)


class Statistics(http.View):
    """A row for each channel, referrer or code that anything happened to."""

    rows: list[dict[str, Any]]


@http.operation(
    staff("GET /organizations/{organization_id}/statistics/{dimension}", rules.OPERATOR),
    query=Days,
    answers={200: Statistics},
)
def handler(call: http.Call[http.NoBody, Days]) -> http.Answer:
    """Read the counts of the dimension in the path."""
    dimension = call.path["dimension"]
    if dimension not in DIMENSIONS:
        raise errors.NotFound(f"There are statistics of: {', '.join(DIMENSIONS)}.")
    first, last = call.query.first, call.query.last
    if first and last and last < first:
        raise errors.Invalid("The last day comes before the first.", [("to", "before from")])
    rows = statistics.read_statistics(
        call.organization_id,
        dimension,
        first.isoformat() if first else None,
        last.isoformat() if last else None,
    )
    return http.Answer(200, Statistics(rows=rows))
