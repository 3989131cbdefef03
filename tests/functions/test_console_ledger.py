"""The console's pages of accounts, programmes and payouts (F5)."""

from collections.abc import Iterator

import pytest

from sluice.shared import clock
from tests.support.aws import local_aws
from tests.support.console import ask, signed_in
from tests.support.staff import found_organization


@pytest.fixture(autouse=True)
def _granted() -> Iterator[None]:
    """Lin was granted 5 CNY, of a budget of 20."""
    with local_aws():
        found_organization(clock.now())
        ask("PUT", "members/lin", {"name": "Lin", "roles": ["member"]})
        ask("PUT", "programmes/gifts", {"budget": {"CNY": 2000}, "hold_seconds": 0})
        reward = {"programme": "gifts", "natural_key": "k1", "owner_id": "lin"}
        ask("POST", "rewards", reward | {"amount_minor": 500, "currency": "CNY", "reason": "gift"})
        yield


def test_an_account_is_searched_shown_exported_and_counted_again() -> None:
    visitor = signed_in()
    assert visitor.get("ledger", owner_id="lin").location == "ledger/accounts/lin"
    text = visitor.get("ledger/accounts/lin").text
    assert "Balance 5.00 CNY" in text
    assert "gifts" in text
    sheet = visitor.get("ledger/accounts/lin/statement.csv")
    assert "grant,gift,gifts" in sheet.html
    assert len(sheet.html.splitlines()) == 2
    recount = visitor.get("ledger/accounts/lin/recount", currency="CNY")
    assert "The entries add up to the balance." in recount.text
    empty = visitor.get("ledger/accounts/nobody")
    assert "No entries in this time." in empty.text


def test_a_programme_shows_what_is_used_and_left_of_its_budget() -> None:
    visitor = signed_in(language="zh")
    assert visitor.get("ledger", programme="gifts").location == "programmes/gifts"
    text = visitor.get("programmes/gifts").text
    assert "已使用 5.00 CNY" in text
    assert "剩余 15.00 CNY (75 %)" in text
    assert visitor.get("programmes/nothing").status == 404


def test_a_payout_is_started_once_and_cancelled() -> None:
    visitor = signed_in()
    assert "Nothing was paid out yet." in visitor.get("ledger").text
    assert visitor.post("ledger/payouts/new", key="k1", currency="yuan").status == 400
    first, second = (
        visitor.post("ledger/payouts/new", key="k1", currency="cny", note="<b>May</b>")
        for _ in range(2)
    )
    assert first.location == second.location
    path = first.location.partition("?")[0]
    seen = visitor.get(path)
    assert "Being put together" in seen.text
    assert "&lt;b&gt;May&lt;/b&gt;" in seen.html
    assert "<b>May" not in seen.html
    early = visitor.post(path, owner_id="lin", row="1", state="paid")
    assert early.status == 409
    assert visitor.post(path, status="cancelled").location == f"{path}?done=saved"
    assert "Being put together" not in visitor.get("ledger/payouts").text


def test_other_roles_see_no_ledger() -> None:
    visitor = signed_in("member promoter merchant", "lin")
    for path in ("ledger", "ledger/accounts/lin", "programmes/gifts", "ledger/payouts"):
        assert visitor.get(path).status == 403
