"""What a merchant's payments bring, as the API shows it (D5)."""

from datetime import date

from sluice.organizations import calendar
from sluice.promoters.rules import incomes
from sluice.promoters.store import payments
from sluice.rewards import statements
from sluice.shared import clock, days, errors
from sluice.shared.http import View

MAX_PAYMENTS = 2_000  # of one answer: some 1.5 MB to read


class IncomeView(View):
    """A day's payments in a currency, after their refunds, which count on the payment's day.

    `sales_minor` = `refunded_minor` + `commissions_minor` + `fees_minor` + `net_minor`.
    """

    day: str
    currency: str
    payments: int
    sales_minor: int
    refunded_minor: int
    commissions_minor: int
    fees_minor: int
    net_minor: int


class IncomePage(View):
    """Days with payments, the newest first.

    A page is made of 2,000 payments at most: where there are more a cursor leads on, and a day
    that is in two pages is the sum of both.
    """

    merchant_id: str
    items: list[IncomeView]
    next_cursor: str | None = None


def page(
    organization_id: str, merchant_id: str, between: tuple[date | None, date | None], cursor: str
) -> IncomePage:
    """Return what a merchant's payments of some days bring. Raises Invalid: no such days, cursor.

    The organisation's days: 366 at most; until today, or 31 days, where one is left out. A query of
    up to 2,000 payments, half a read unit for each 4 KiB of them.
    """
    zone = calendar.zone(organization_id)
    first, last = days.days_of(*between, clock.local_day(clock.now(), zone))
    if wrong := days.problem_with(first, last) or statements.problem_with(first, last):
        raise errors.Invalid(f"{wrong[0]}: {wrong[1]}.", [wrong])
    times = clock.local_days(first, last, zone)
    found, following = payments.of_merchant(
        organization_id, merchant_id, times, MAX_PAYMENTS, cursor
    )
    sums = incomes.by_day(payments.sale_of(each, zone) for each in found)
    items = [
        IncomeView(day=day, currency=currency, **income._asdict())
        for (day, currency), income in sums.items()
    ]
    return IncomePage(merchant_id=merchant_id, items=items, next_cursor=following)
