"""What payments bring a merchant, by day and currency (D5)."""

from collections.abc import Iterable
from typing import NamedTuple

from sluice.promoters.rules.payments import shares
from sluice.rewards.rules.reversals import Reversal, share_of


class Sale(NamedTuple):
    """A payment, in minor units: its parts as they were paid, and what of it is taken back."""

    day: str  # of the payment, by the organisation's clocks
    currency: str
    amount_minor: int
    promoter_minor: int
    merchant_minor: int
    platform_minor: int
    refunded_minor: int


class Income(NamedTuple):
    """Sums, in minor units: sales = refunded + commissions + fees + net, to the last unit.

    Commissions, fees and net are what stays after refunds, which count on the payment's day.
    """

    payments: int = 0
    sales_minor: int = 0
    refunded_minor: int = 0
    commissions_minor: int = 0
    fees_minor: int = 0
    net_minor: int = 0


def income_of(sale: Sale) -> Income:
    """Return what one payment brings, after its refunds, as the ledger takes them back."""
    back = shares(sale.amount_minor, sale.platform_minor, sale.refunded_minor)
    parts = {
        "promoter": sale.promoter_minor,
        "platform": sale.platform_minor,
        "merchant": sale.merchant_minor,
    }
    left = {}
    for side, paid_minor in parts.items():
        share = back[side]
        taken = Reversal("", share.refunded_minor, share.base_minor, rounds_up=share.rounds_up)
        left[side] = paid_minor - share_of(paid_minor, taken)
    return Income(
        payments=1,
        sales_minor=sale.amount_minor,
        refunded_minor=sale.refunded_minor,
        commissions_minor=left["promoter"],
        fees_minor=left["platform"],
        net_minor=left["merchant"],
    )


def by_day(sales: Iterable[Sale]) -> dict[tuple[str, str], Income]:
    """Return what payments bring by day and currency, in the order of the first of each."""
    found: dict[tuple[str, str], Income] = {}
    for sale in sales:
        place = sale.day, sale.currency
        known, more = found.get(place, Income()), income_of(sale)
        found[place] = Income(*(one + other for one, other in zip(known, more, strict=True)))
    return found
