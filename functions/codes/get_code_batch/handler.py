"""GET /organizations/{organization_id}/code-batches/{batch_id}: a batch and its codes (A2).

By number, a page at a time. A batch that is still `issuing` shows the codes that are there. Two
reads. Refuses: no-such-batch.
"""

from datetime import datetime
from typing import Literal

from sluice.codes.refusals import NoSuchBatch
from sluice.codes.store import batches
from sluice.codes.views import codes as code_views
from sluice.organizations import rules
from sluice.organizations.access import staff
from sluice.shared import cursors, http
from sluice.shared.paging import Page

PLACE = r"[0-9]{1,3}"


class BatchView(http.View):
    """A batch with a page of its codes."""

    batch_id: str
    status: Literal["issuing", "issued"]
    count: int
    created_at: datetime
    items: list[code_views.CodeView]
    next_cursor: str | None = None
    campaign_id: str | None = None
    expires_at: datetime | None = None


@http.operation(
    staff("GET /organizations/{organization_id}/code-batches/{batch_id}", rules.OPERATOR),
    query=Page,
    answers={200: BatchView},
    refusals=(NoSuchBatch,),
)
def handler(call: http.Call[http.NoBody, Page]) -> http.Answer:
    """Read the batch in the path."""
    batch = batches.read_batch(call.organization_id, call.path["batch_id"])
    limit, cursor = call.query.limit, call.query.cursor
    first = int(cursors.place_in(cursor, PLACE)) if cursor else 0
    found = batches.read_codes(batch, first, limit)
    following = first + limit
    view = BatchView(
        batch_id=batch.batch_id,
        status="issued" if batch.status == batches.ISSUED else "issuing",
        count=int(batch.total),
        created_at=batch.created_at,
        items=[code_views.of_code(code, call.request.base_url, call.now) for code in found],
        next_cursor=cursors.cursor_of(str(following)) if following < batch.total else None,
        campaign_id=batch.campaign_id,
        expires_at=batch.expires_at,
    )
    return http.Answer(200, view)
