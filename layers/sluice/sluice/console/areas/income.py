"""What payments bring a merchant: sums, days, single payments (D5)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from sluice.console.pages import MERCHANTS, Result, Visit, page
from sluice.rewards.rules.money import exponent_of

DAYS = (7, 31, 92)
_PAGES = 5  # of 2,000 payments each
_COUNTED = (
    *("payments", "sales_minor", "refunded_minor"),
    *("commissions_minor", "fees_minor", "net_minor"),
)


@page("income", roles=MERCHANTS)
def show_all(visit: Visit) -> Result:
    """Show sums and days of a time up to today, and the newest payments."""
    wanted, me = visit.query.get("days", ""), visit.member_id
    days = int(wanted) if wanted in map(str, DAYS) else DAYS[1]
    last = visit.today
    first = last - timedelta(days=days - 1)
    between = {"from": first.isoformat(), "to": last.isoformat()}
    payments = {"merchant_id": me, "limit": 20, "cursor": visit.query.get("cursor")}
    income, answer, offers = visit.api.gather(
        (("merchants", me, "income"), between),
        (("payments",), payments),
        (("offers",), {"merchant_id": me, "limit": 100}),
    )
    rows = list(income["items"])
    for _ in range(_PAGES - 1):
        if not income.get("next_cursor"):
            break
        cursor = income["next_cursor"]
        income = visit.api.get("merchants", me, "income", **between, cursor=cursor)
        rows += income["items"]
    return visit.show(
        "income/list.html",
        days=days,
        spans=DAYS,
        currencies=[_currency(name, rows, first, last) for name in sorted(_names(rows))],
        answer=answer,
        products={each["offer_id"]: each["product"]["name"] for each in offers["items"]},
        is_whole=not income.get("next_cursor"),
    )


def _names(rows: Iterable[Mapping[str, Any]]) -> set[str]:
    return {row["currency"] for row in rows}


def _currency(
    name: str, rows: Iterable[Mapping[str, Any]], first: date, last: date
) -> dict[str, Any]:
    """Return a currency's sums, its days with payments, and all days in whole units to draw."""
    found: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(_COUNTED, 0))
    for row in rows:
        if row["currency"] == name:
            for counted in _COUNTED:
                found[row["day"]][counted] += row[counted]
    every = [(first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1)]
    unit = 10 ** exponent_of(name)
    drawn = [
        {
            "day": day,
            "sales": found[day]["sales_minor"] // unit if day in found else 0,
            "net": found[day]["net_minor"] // unit if day in found else 0,
        }
        for day in every
    ]
    sums = {counted: sum(day[counted] for day in found.values()) for counted in _COUNTED}
    days = [{"day": day, **found[day]} for day in sorted(found, reverse=True)]
    return {"currency": name, "sums": sums, "days": days, "drawn": drawn}
