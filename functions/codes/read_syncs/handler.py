"""GET /organizations/{organization_id}/provider-accounts/{account_id}/syncs: newest first (A9).

Or one of them, by the path: what it found, also while it runs; counts are exact, lists hold the
first hundred, `items` are the channels whose customers differed, a page of them. One query, and for
one a read. Syncs are kept for 90 days. Refuses: not-found.
"""

from typing import Annotated

from msgspec import Meta
from msgspec.structs import replace

from sluice.codes.store import sync_reports
from sluice.codes.views import syncs as views
from sluice.organizations import rules
from sluice.organizations.access import staff
from sluice.shared import http

_LIST = "/organizations/{organization_id}/provider-accounts/{account_id}/syncs"


class ReadSyncs(http.Body):
    """Which page: of syncs, or of the channels whose customers differed."""

    limit: Annotated[int, Meta(ge=1, le=50)] = 20
    cursor: Annotated[str, Meta(max_length=200)] = ""


class SyncPage(http.View):
    """A page; `next_cursor` leads to the one after it."""

    items: list[views.SyncView]
    next_cursor: str | None = None


@http.operation(
    staff(f"GET {_LIST}", rules.OPERATOR),
    staff(f"GET {_LIST}/{{sync_id}}", rules.OPERATOR),
    query=ReadSyncs,
    answers={200: (SyncPage, views.SyncReport)},
)
def handler(call: http.Call[http.NoBody, ReadSyncs]) -> http.Answer:
    """List the syncs of the account in the path, or return one of them."""
    if "sync_id" in call.path:
        return http.Answer(200, _report(call))
    found, following = sync_reports.list_syncs(
        call.organization_id, call.path["account_id"], call.query.limit, call.query.cursor
    )
    items = [views.of_sync(sync) for sync in found]
    return http.Answer(200, SyncPage(items=items, next_cursor=following))


def _report(call: http.Call[http.NoBody, ReadSyncs]) -> views.SyncReport:
    sync = sync_reports.read(call.organization_id, call.path["account_id"], call.path["sync_id"])
    found, following = sync_reports.list_differences(
        call.organization_id, sync.sync_id, call.query.limit, call.query.cursor
    )
    report = views.of_report(sync, [views.of_differences(each) for each in found])
    return replace(report, next_cursor=following)
