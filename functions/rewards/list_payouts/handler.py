"""GET /organizations/{organization_id}/payouts: batches, the newest first.

GET .../payouts/{payout_id}/rows: what a batch pays to whom, by owner; as CSV it is for the bank.
`amount` in it is written out by the currency's exponent; the cursor of the next page is in
`X-Next-Cursor`. One query, and for rows one read. Refuses: not-found.
"""

from typing import Annotated, Literal

from msgspec import Meta

from sluice.organizations import access
from sluice.organizations.rules import OPERATOR
from sluice.rewards import payout_views as views
from sluice.rewards.store import payouts
from sluice.shared import http, sheets


class ListPayouts(http.Body):
    """Which page, and how."""

    format: Literal["json", "csv"] = "json"
    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    cursor: Annotated[str, Meta(max_length=100)] | None = None


class Payouts(http.View):
    """A page of batches."""

    items: list[views.PayoutView]
    next_cursor: str | None = None


class PayoutRows(http.View):
    """A page of rows."""

    items: list[views.RowView]
    next_cursor: str | None = None


@http.operation(
    access.staff("GET /organizations/{organization_id}/payouts", OPERATOR),
    access.staff("GET /organizations/{organization_id}/payouts/{payout_id}/rows", OPERATOR),
    query=ListPayouts,
    answers={200: (Payouts, PayoutRows, sheets.MEDIA_TYPE)},
)
def handler(call: http.Call[http.NoBody, ListPayouts]) -> http.Answer:
    """List the batches, or the rows of the one in the path."""
    asked, payout_id = call.query, call.path.get("payout_id")
    page: Payouts | PayoutRows
    if payout_id is None:
        batches, following = payouts.list_payouts(call.organization_id, asked.limit, asked.cursor)
        page = Payouts(items=[views.of(one) for one in batches], next_cursor=following)
        sheet = views.sheet_of_batches(page.items)
    else:
        batch = payouts.load_payout(call.organization_id, payout_id)
        rows, following = payouts.list_rows(batch, asked.limit, asked.cursor)
        page = PayoutRows(items=[views.row_of(one) for one in rows], next_cursor=following)
        sheet = views.sheet(page.items)
    if asked.format == "json":
        return http.Answer(200, page)
    headers = {sheets.NEXT_CURSOR: following} if following else {}
    return http.Answer(200, sheet, sheets.MEDIA_TYPE, headers)
