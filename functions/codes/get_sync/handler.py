"""GET /organizations/{organization_id}/provider-accounts/{account_id}/syncs/{sync_id}: its report.

What a sync found (A9), also while it runs: counts are exact, lists hold the first hundred. `items`
are the channels whose customers differed, a page of them. A read and a query. Refuses: not-found.
"""

from typing import Annotated

from msgspec import Meta
from msgspec.structs import replace

from sluice.codes.store import sync_reports
from sluice.codes.views import syncs as views
from sluice.organizations import rules
from sluice.organizations.access import staff
from sluice.shared import http


class ReadSync(http.Body):
    """Which page of the channels whose customers differed."""

    limit: Annotated[int, Meta(ge=1, le=50)] = 20
    cursor: Annotated[str, Meta(max_length=200)] = ""


@http.operation(
    staff(
        "GET /organizations/{organization_id}/provider-accounts/{account_id}/syncs/{sync_id}",
        rules.OPERATOR,
    ),
    query=ReadSync,
    answers={200: views.SyncReport},
)
def handler(call: http.Call[http.NoBody, ReadSync]) -> http.Answer:
    """Return the sync in the path."""
    sync = sync_reports.read(call.organization_id, call.path["account_id"], call.path["sync_id"])
    found, following = sync_reports.list_differences(
        call.organization_id, sync.sync_id, call.query.limit, call.query.cursor
    )
    report = views.of_report(sync, [views.of_differences(each) for each in found])
    return http.Answer(200, replace(report, next_cursor=following))
