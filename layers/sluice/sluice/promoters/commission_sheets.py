"""Commissions: payments with their split, also after refunds, as lines of CSV (D5, F7)."""

from collections.abc import Iterable
from datetime import datetime

from sluice.promoters.payment_tables import Payment
from sluice.promoters.payment_views import PaymentView, view_of
from sluice.promoters.rules import incomes
from sluice.promoters.store import payments
from sluice.rewards.rules import money
from sluice.shared import sheets

COLUMNS = (
    "order_id",
    "paid_at",
    "offer_id",
    "offer_version",
    "merchant_id",
    "member_id",
    "tag",
    "currency",
    "amount",
    "amount_minor",
    "promoter_minor",
    "merchant_minor",
    "platform_minor",
    "refunded_minor",
    "refund_due_minor",
    "promoter_left_minor",
    "merchant_left_minor",
    "platform_left_minor",
    "reason",
    "unpaid",
    "coupon",
    "promoter_reward_id",
    "merchant_reward_id",
)
_REWARD = "_reward_id"


class CommissionView(PaymentView, kw_only=True):
    """A payment with what of its parts stays after refunds.

    `amount_minor` = `refunded_minor` + the three that are left, to the minor unit.
    """

    promoter_left_minor: int
    merchant_left_minor: int
    platform_left_minor: int


def commission_of(payment: Payment, *, with_others: bool = False) -> CommissionView:
    """Return a settled payment with its split. No day is asked for, so any time zone will do."""
    shown = view_of(payment, with_others=with_others)
    left = incomes.income_of(payments.sale_of(payment, "UTC"))
    return CommissionView(
        promoter_left_minor=left.commissions_minor,
        merchant_left_minor=left.net_minor,
        platform_left_minor=left.fees_minor,
        **{name: getattr(shown, name) for name in shown.__struct_fields__},
    )


def line_of(view: CommissionView) -> list[sheets.Cell]:
    """Return the cells of a line; `amount` is written out by the currency's exponent."""
    return [_cell(view, name) for name in COLUMNS]


def render(found: Iterable[Payment]) -> str:
    """Return payments as CSV."""
    return sheets.render(COLUMNS, (line_of(commission_of(one)) for one in found))


def _cell(view: CommissionView, name: str) -> sheets.Cell:
    if name == "amount":
        return money.exact(view.amount_minor or 0, view.currency or "")
    if name.endswith(_REWARD):
        return (view.rewards or {}).get(name.removesuffix(_REWARD))
    value: sheets.Cell | datetime = getattr(view, name)
    return value.isoformat() if isinstance(value, datetime) else value
