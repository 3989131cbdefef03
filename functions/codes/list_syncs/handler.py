"""GET /organizations/{organization_id}/provider-accounts/{account_id}/syncs: newest first (A9).

One query. Syncs are kept for 90 days.
"""

from typing import Annotated

from msgspec import Meta

from sluice.codes.store import sync_reports
from sluice.codes.views import syncs as views
from sluice.organizations import rules
from sluice.organizations.access import staff
from sluice.shared import http


class ListSyncs(http.Body):
    """Which page."""

    limit: Annotated[int, Meta(ge=1, le=50)] = 20
    cursor: Annotated[str, Meta(max_length=200)] = ""


class SyncPage(http.View):
    """A page; `next_cursor` leads to the one after it."""

    items: list[views.SyncView]
    next_cursor: str | None = None


@http.operation(
    staff(
        "GET /organizations/{organization_id}/provider-accounts/{account_id}/syncs", rules.OPERATOR
    ),
    query=ListSyncs,
    answers={200: SyncPage},
)
def handler(call: http.Call[http.NoBody, ListSyncs]) -> http.Answer:
    """List the syncs of the account in the path."""
    found, following = sync_reports.list_syncs(
        call.organization_id, call.path["account_id"], call.query.limit, call.query.cursor
    )
    items = [views.of_sync(sync) for sync in found]
    return http.Answer(200, SyncPage(items=items, next_cursor=following))
