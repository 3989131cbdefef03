"""GET /organizations/{organization_id}/payments: payments a promoter brought, or of a merchant.

The newest first; at /payments/{order_id} one of them, with why it is put down to whom (D10).
Operators name a promoter or a merchant; promoters and merchants get their own. By the path of a
merchant what payments bring them by day and currency, for themselves and operators: of 2,000
payments in one answer. As CSV a page is commissions, with what stays of the parts after refunds,
and the cursor of the next one is in `X-Next-Cursor`. One query of an index, or one read. Refuses:
not-found, forbidden.
"""

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, field

from sluice.organizations import access
from sluice.organizations.rules import MERCHANT, OPERATOR, PROMOTER
from sluice.promoters import commission_sheets, income_views
from sluice.promoters.income_views import IncomePage
from sluice.promoters.payment_views import PaymentView, view_of
from sluice.promoters.store import payments
from sluice.shared import errors, http, sheets
from sluice.shared.fields import Name

_INCOME = "/organizations/{organization_id}/merchants/{member_id}/income"


class Wanted(http.Body):
    """Whose payments, and which page of them; of which days for what they bring."""

    promoter_id: Name | None = None
    merchant_id: Name | None = None
    format: Literal["json", "csv"] = "json"
    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    cursor: Annotated[str, Meta(max_length=200)] = ""
    first: date | None = field(name="from", default=None)
    last: date | None = field(name="to", default=None)


class PaymentPage(http.View):
    """A page of payments; without a cursor it is the last."""

    items: list[PaymentView]
    next_cursor: str | None = None


@http.operation(
    access.staff("GET /organizations/{organization_id}/payments", OPERATOR, PROMOTER, MERCHANT),
    access.staff(
        "GET /organizations/{organization_id}/payments/{order_id}", OPERATOR, PROMOTER, MERCHANT
    ),
    access.staff(f"GET {_INCOME}", OPERATOR, MERCHANT),
    query=Wanted,
    answers={200: (PaymentPage, PaymentView, IncomePage, sheets.MEDIA_TYPE)},
    refusals=(errors.NotFound,),
)
def handler(call: http.Call[http.NoBody, Wanted]) -> http.Answer:
    """Answer what is asked for, of the caller's own."""
    owner = access.owner(call.caller)
    if "member_id" in call.path:
        return http.Answer(200, _income(call, owner))
    if "order_id" in call.path:
        payment = payments.load(call.organization_id, call.path["order_id"])
        if owner is not None and owner not in {payment.member_id, payment.merchant_id}:
            raise errors.Forbidden("This is another's payment.")
        return http.Answer(200, view_of(payment, with_others=owner is None))
    promoter_id, merchant_id = _whose(call.query, call.caller, owner)
    found, following = payments.list_payments(
        call.organization_id,
        promoter_id=promoter_id,
        merchant_id=merchant_id,
        limit=call.query.limit,
        cursor=call.query.cursor,
    )
    if call.query.format == "csv":
        headers = {sheets.NEXT_CURSOR: following} if following else {}
        return http.Answer(200, commission_sheets.render(found), sheets.MEDIA_TYPE, headers)
    items = [view_of(each, with_others=owner is None) for each in found]
    return http.Answer(200, PaymentPage(items=items, next_cursor=following))


def _income(call: http.Call[http.NoBody, Wanted], owner: str | None) -> IncomePage:
    """Return what payments bring the merchant in the path. Raises Forbidden."""
    merchant_id, asked = call.path["member_id"], call.query
    if owner not in {None, merchant_id}:
        raise errors.Forbidden("This is another's income.")
    between = asked.first, asked.last
    return income_views.page(call.organization_id, merchant_id, between, asked.cursor)


def _whose(asked: Wanted, caller: http.Caller, owner: str | None) -> tuple[str | None, str]:
    """Return the promoter, or else the merchant, whose payments are asked for."""
    promoter_id, merchant_id = asked.promoter_id, asked.merchant_id
    if owner is not None and promoter_id is None and merchant_id is None:
        return (owner, "") if PROMOTER in caller.roles else (None, owner)
    if (promoter_id is None) == (merchant_id is None):
        raise errors.Invalid(
            "A promoter or a merchant, one of them.", [("promoter_id", "or merchant_id")]
        )
    if owner not in {None, promoter_id or merchant_id}:
        raise errors.Forbidden("These are another's payments.")
    return promoter_id, merchant_id or ""
