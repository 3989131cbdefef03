"""What payments bring a merchant (D5)."""

from hypothesis import given
from hypothesis import strategies as st

from sluice.promoters.rules.incomes import Income, Sale, by_day, income_of

MINOR = st.integers(0, 10**9)


@st.composite
def sales(draw: st.DrawFn) -> Sale:
    promoter, merchant, platform = draw(MINOR), draw(MINOR), draw(MINOR)
    amount = promoter + merchant + platform or 1
    merchant = amount - promoter - platform
    day, currency = (
        draw(st.sampled_from(["2026-03-01", "2026-03-02"])),
        draw(st.sampled_from(["CNY", "JPY"])),
    )
    refunded = draw(st.integers(0, amount))
    return Sale(day, currency, amount, promoter, merchant, platform, refunded)


@given(sales())
def test_what_is_sold_is_refunded_or_somebodys_to_the_last_unit(sale: Sale) -> None:
    found = income_of(sale)
    left = found.commissions_minor + found.fees_minor + found.net_minor
    assert sale.amount_minor == found.refunded_minor + left
    assert min(found) >= 0
    whole = income_of(sale._replace(refunded_minor=sale.amount_minor))
    assert whole == Income(1, sale.amount_minor, sale.amount_minor, 0, 0, 0)


@given(st.lists(sales(), max_size=20))
def test_days_and_currencies_are_summed_apart(found: list[Sale]) -> None:
    sums = by_day(found)
    assert set(sums) == {(sale.day, sale.currency) for sale in found}
    assert sum(income.payments for income in sums.values()) == len(found)
    for (day, currency), income in sums.items():
        mine = [sale for sale in found if (sale.day, sale.currency) == (day, currency)]
        assert income.sales_minor == sum(sale.amount_minor for sale in mine)
        assert income.net_minor == sum(income_of(sale).net_minor for sale in mine)
