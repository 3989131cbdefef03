"""A merchant's income and payments, as the merchant reads them (D5, F5)."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from sluice.promoters import income_views
from sluice.promoters.rules.offers import RewardRule
from sluice.shared import clock
from tests.support.aws import local_aws
from tests.support.events import ORGANIZATION, claims, http
from tests.support.rewards import balance_of
from tests.support.staff import found_organization
from tests.support.task_payments import (
    ANN,
    MERCHANT,
    ask,
    brought,
    link,
    pay,
    put_offer,
    put_people,
    refund,
)

ORG = "/organizations/{organization_id}"
NOW = clock.now()
EARLIER = NOW - timedelta(days=1)
TODAY, YESTERDAY = (clock.local_day(each, "Asia/Shanghai") for each in (NOW, EARLIER))
FEE = 20_000  # 2 %
INCOME = "merchants/{member_id}/income"


@pytest.fixture(autouse=True, scope="module")
def _world() -> Iterator[None]:
    """Two payments by a promoter, one of them refunded in part, and one the day before."""
    with local_aws():
        found_organization(EARLIER)
        put_people(NOW)
        put_offer(platform_fee_millionths=FEE, rules=(RewardRule("student", amount_minor=1501),))
        token, _ = brought(link(ANN)[1]["code"])
        for order_id in ("o-1", "o-2"):
            paid_at = clock.now() + timedelta(seconds=1)
            assert pay(order_id, at=paid_at, visitor_token=token)[1]["member_id"] == ANN
        assert pay("o-3", at=EARLIER)[0] == 202
        assert refund("r-1", "o-2", amount_minor=3_333)[0] == 202
        yield


def read(
    path: str, query: Any = None, who: str = MERCHANT, role: str = "merchant"
) -> tuple[int, Any]:
    names = {"organization_id": ORGANIZATION}
    names |= {name: MERCHANT for name in ("member_id", "account_id") if name in path}
    given = {name: str(value) for name, value in query.items()} if query else None
    event = http(f"GET {ORG}/{path}", path=names, query=given, claims=claims(role, who))
    name = "rewards/read_account" if path.startswith("accounts") else "promoters/read_payments"
    status, body, _ = ask(name, event)
    return status, body


def test_income_is_by_day_and_adds_up_to_what_the_accounts_hold() -> None:
    status, page = read(INCOME)
    assert status == 200
    today, before = page["items"]
    assert (today["day"], today["payments"]) == (TODAY.isoformat(), 2)
    assert (before["day"], before["payments"]) == (YESTERDAY.isoformat(), 1)
    assert (before["sales_minor"], before["net_minor"], before["fees_minor"]) == (10_000, 10_000, 0)
    assert (today["sales_minor"], today["refunded_minor"]) == (20_000, 3_333)
    parts = ("refunded_minor", "commissions_minor", "fees_minor", "net_minor")
    assert today["sales_minor"] == sum(today[name] for name in parts)
    assert today["commissions_minor"] == balance_of(ANN, "CNY")
    assert today["fees_minor"] == sum(balance_of(f"platform:{n:02}", "CNY") for n in range(16))
    _, account = read("accounts/{account_id}")
    net = today["net_minor"] + before["net_minor"]
    assert account["balances"][0]["balance_minor"] == net
    assert {entry["programme"] for entry in account["entries"]} == {"sales"}


def test_days_are_asked_for_and_long_answers_lead_on(monkeypatch: pytest.MonkeyPatch) -> None:
    _, page = read(INCOME, {"from": YESTERDAY, "to": YESTERDAY})
    assert [each["payments"] for each in page["items"]] == [1]
    for first, last in ((TODAY, YESTERDAY), ("2020-03-06", TODAY), ("0001-01-01", "0001-01-02")):
        assert read(INCOME, {"from": first, "to": last})[0] == 400
    _, whole = read(INCOME)
    monkeypatch.setattr(income_views, "MAX_PAYMENTS", 1)
    pages = [read(INCOME)[1]]
    while cursor := pages[-1].get("next_cursor"):
        pages.append(read(INCOME, {"cursor": cursor})[1])
    found = [each for page in pages for each in page["items"]]
    assert [each["day"] for each in found] == [*[TODAY.isoformat()] * 2, YESTERDAY.isoformat()]
    both = found[0]["net_minor"] + found[1]["net_minor"]
    assert both == whole["items"][0]["net_minor"]
    days = {"from": TODAY, "to": TODAY, "cursor": pages[1]["next_cursor"]}
    assert read(INCOME, days)[1]["items"] == []


def test_income_is_the_merchants_own_and_the_operators_to_see() -> None:
    assert read(INCOME, who="boss", role="operator") == read(INCOME)
    assert read(INCOME, who="shop")[0] == 403
    assert read(INCOME, who=ANN, role="promoter")[0] == 403
    _, payments = read("payments")
    assert [each["order_id"] for each in payments["items"]] == ["o-2", "o-1", "o-3"]
    assert read("payments", who="shop")[1] == {"items": []}
    assert read("accounts/{account_id}", who="shop")[0] == 403
