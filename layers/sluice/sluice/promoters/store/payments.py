"""Payments as they are stored: found, listed, and when something of them is due (D5)."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from sluice.promoters.payment_tables import Payment, PaymentItem, PaymentsByDue
from sluice.promoters.rules.incomes import Sale
from sluice.promoters.rules.payments import Refunds
from sluice.shared import clock, cursors, ids
from sluice.shared.errors import NotFound
from sluice.shared.sweeping import Waiting
from sluice.shared.table import Moment
from sluice.shared.table import find as find_item

EXPECTED, SETTLED = "expected", "settled"
PAYMENT, REFUND = "payment", "refund"
DUE = Waiting(PaymentItem.by_due, PaymentsByDue.due_at, 4)
_PLACE = r"[0-9T:.-]{23}Z#[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}"
_MOMENT = Moment()

type Page = tuple[list[Payment], str | None]


def find(organization_id: str, order_id: str) -> Payment | None:
    """Return what is known of an order's payment, or None: one read."""
    return find_item(Payment, key_of(organization_id, order_id), PAYMENT)


def load(organization_id: str, order_id: str) -> Payment:
    """Return a payment, or what is known before it: one read. Raises NotFound."""
    found = find(organization_id, order_id)
    if found is None:
        raise NotFound("Nothing is known of this order.")
    return found


def key_of(organization_id: str, order_id: str) -> str:
    """Return the partition of an order."""
    return ids.key(organization_id, order_id)


def refunds_of(payment: Payment | None) -> Refunds:
    """Return what is told of refunds."""
    if payment is None:
        return Refunds()
    return Refunds(int(payment.parts_minor), int(payment.total_minor), bool(payment.is_whole))


def is_settled(payment: Payment | None) -> bool:
    """Tell whether the payment itself was told of."""
    return payment is not None and payment.state == SETTLED


def to_refund(payment: Payment) -> int:
    """Return what is refunded of a settled payment by now."""
    return refunds_of(payment).refunded(int(payment.amount_minor))


def is_due(payment: Payment) -> bool:
    """Tell whether more is refunded than was taken back."""
    return is_settled(payment) and to_refund(payment) > payment.refunded_minor


def list_payments(
    organization_id: str, *, promoter_id: str | None, merchant_id: str, limit: int, cursor: str
) -> Page:
    """Return a promoter's or a merchant's payments, the newest first; the next page's cursor.

    One query; the index may be a moment behind. Raises Invalid: the cursor is none of ours.
    """
    last = cursors.place_in(cursor, _PLACE) if cursor else "~"
    index = PaymentItem.by_merchant if promoter_id is None else PaymentItem.by_promoter
    found = index.query(
        ids.key(organization_id, promoter_id or merchant_id),
        PaymentItem.place <= last,
        limit=limit + 1,
        scan_index_forward=False,
    )
    return _page(found, limit)


def of_merchant(
    organization_id: str,
    merchant_id: str,
    between: tuple[datetime, datetime],
    limit: int,
    cursor: str,
) -> Page:
    """Return a merchant's payments from a moment on and before another one, as `list_payments`."""
    low, high = (_MOMENT.serialize(moment) for moment in between)
    last = min(cursors.place_in(cursor, _PLACE), high) if cursor else high
    if last < low:
        return [], None  # a cursor of other days
    found = PaymentItem.by_merchant.query(
        ids.key(organization_id, merchant_id),
        PaymentItem.place.between(low, last),  # no place is a moment alone
        limit=limit + 1,
        scan_index_forward=False,
    )
    return _page(found, limit)


def sale_of(payment: Payment, time_zone: str) -> Sale:
    """Return what a settled payment was for its merchant."""
    return Sale(
        day=clock.local_day(payment.paid_at, time_zone).isoformat(),
        currency=payment.currency,
        amount_minor=int(payment.amount_minor),
        promoter_minor=int(payment.promoter_minor),
        merchant_minor=int(payment.merchant_minor),
        platform_minor=int(payment.platform_minor),
        refunded_minor=int(payment.refunded_minor),
    )


def _page(found: Iterator[Payment], limit: int) -> Page:
    page = list(islice(found, limit + 1))
    following = cursors.cursor_of(page[limit].place) if len(page) > limit else None
    return page[:limit], following
