"""A merchant's pages of the console: offers, hints, income (D1, D5, D9, F5)."""

from collections.abc import Iterator

import pytest

from sluice.promoters.bonus_tables import HintItem
from sluice.promoters.store import offers
from sluice.shared import clock, ids
from tests.support.aws import local_aws
from tests.support.console import Visitor, signed_in
from tests.support.console_shop import go_on, put
from tests.support.events import ORGANIZATION
from tests.support.staff import NOW, found_organization
from tests.support.task_payments import brought, link, pay, put_people

EVIL = '<script>alert("x")</script>'
GIVEN = {
    "offer_id": "pears",
    "currency": "CNY",
    "product.name": EVIL,
    "product.price_minor": "68.00",
    "product.sku": "P-1",
    "product.type": "food/fruit",
    "product.url": "https://orchard.example/pears",
    "tag-0": "student",
    "kind-0": "fixed",
    "value-0": "5",
    "tag-1": "pro",
    "kind-1": "rate",
    "value-1": "12.5",
    "cap-1": "10",
    "tiers-1": "10: 20\n50\uff1a25",
    "starts_at": "2026-01-01T08:00",
    "ends_at": "2034-01-01T08:00",
    "budget_minor": "1,000",
    "hold_days": "7",
    "model": "first_click",
    "window_days": "3",
}


@pytest.fixture(autouse=True)
def _organization() -> Iterator[None]:
    with local_aws():
        found_organization(clock.now())
        put_people(clock.now())
        yield


def orchard() -> Visitor:
    return signed_in("merchant", "orchard")


def test_a_merchant_makes_an_offer_publishes_and_pauses_it() -> None:
    visitor = orchard()
    assert "No offer yet." in visitor.get("offers").text
    wrong = visitor.post("offers/new", **(GIVEN | {"value-0": "five"}))
    assert (wrong.status, 'id="wrong-value-0"' in wrong.html) == (400, True)
    assert 'value="12.5"' in wrong.html
    assert "<script>alert" not in wrong.html
    made = visitor.post("offers/new", **GIVEN)
    assert (made.status, made.location) == (303, "offers/pears?done=saved")
    taken = visitor.post("offers/new", **(GIVEN | {"product.price_minor": "70"}))
    assert "is taken" in taken.html
    stored = offers.find(ORGANIZATION, "pears")
    assert stored is not None
    assert [rule.tag for rule in stored.rules] == ["student", "pro"]
    pro = stored.rules[1]
    assert (pro.rate_millionths, pro.cap_minor) == (125_000, 1000)
    steps = [(tier.from_transactions, tier.rate_millionths) for tier in pro.tiers]
    assert steps == [(10, 200_000), (50, 250_000)]
    assert (stored.status, stored.attribution.window_seconds) == ("draft", 3 * 86_400)
    assert visitor.post("offers/pears", action="publish").status == 303
    page = visitor.get("offers/pears")
    assert EVIL in page.text
    assert "<script>alert" not in page.html
    assert "1,000.00 CNY of the budget left" in page.text
    assert 'name="hold_days" type="number" value="7"' in page.html
    assert "10: 20%\n50: 25%" in page.html
    visitor.post("offers/pears", action="pause")
    assert f"{EVIL} Paused" in visitor.get("offers", status="paused").text
    assert "No offer is in this state." in visitor.get("offers", status="ended").text


def test_saving_what_is_shown_changes_nothing_but_what_was_written() -> None:
    visitor = orchard()
    put("apples")
    before = offers.find(ORGANIZATION, "apples")
    assert before is not None
    given = GIVEN | {
        "product.name": "Apples, red",
        "product.price_minor": "100",
        "product.sku": "A-1",
        "value-0": "15",
        "value-1": "10%",
        "cap-1": "50",
        "tiers-1": "10: 20%",
        "starts_at": "2026-03-01T08:00",
        "ends_at": "2030-03-01T08:00",
        "window_days": "7",
        "budget_minor": "10,000",
        "model": "last_click",
        "coupon_beats_link": "yes",
        "product.description": "Red and sweet.",
        "product.url": before.product.url or "",
    }
    assert visitor.post("offers/apples", **given).status == 303
    after = offers.find(ORGANIZATION, "apples")
    assert after is not None
    assert after.product.name == "Apples, red"
    assert (after.rules, after.starts_at, after.ends_at, after.attribution) == (
        *(before.rules, before.starts_at, before.ends_at, before.attribution),
    )
    terms = visitor.get("offers/apples").html
    assert 'value="10000.00"' in terms
    too_much = visitor.post("offers/apples", **(given | {"value-0": "500"}))
    assert (too_much.status, 'id="wrong-rules"' in too_much.html) == (400, True)


def test_anothers_offer_is_neither_shown_nor_changed() -> None:
    put("apples")
    other = signed_in("merchant", "ben")
    assert other.get("offers/apples").status == 404
    assert other.post("offers/apples", action="pause").status == 404
    assert "No offer yet." in other.get("offers").text
    assert signed_in("promoter", "ann").get("offers").status == 403


def test_an_operator_sees_makes_and_pauses_offers_of_every_merchant() -> None:
    put("apples")
    boss = signed_in()
    listed = boss.get("offers")
    assert "Orchard" in listed.text
    assert "Apples" not in boss.get("offers", merchant_id="nobody").text
    assert boss.post("offers/new", **GIVEN).status == 400  # whose it is was not said
    assert boss.post("offers/new", **GIVEN, merchant_id="orchard").status == 303
    assert boss.post("offers/pears", action="publish").status == 303
    stored = offers.find(ORGANIZATION, "pears")
    assert stored is not None
    assert (stored.merchant_id, stored.status) == ("orchard", "published")
    assert "orchard" in boss.get("offers/pears").text


def test_a_merchant_makes_no_offer_for_another() -> None:
    assert orchard().post("offers/new", **GIVEN, merchant_id="ben").status == 303
    stored = offers.find(ORGANIZATION, "pears")
    assert stored is not None
    assert stored.merchant_id == "orchard"


def test_hints_say_what_to_do_and_where() -> None:
    visitor = orchard()
    put("apples", name=EVIL)
    assert "Nothing to do" in visitor.get("hints").text
    for kind, ended_at in (
        ("few-transactions", None),
        ("raise-reward", None),
        ("few-promotions", NOW),
    ):
        HintItem(
            ids.key(ORGANIZATION, "hints", "orchard"),
            ids.key("hint", kind, "apples", "-"),
            hint=kind,
            offer_id="apples",
            member_id="ann" if kind == "raise-reward" else None,
            is_open=ended_at is None,
            episode=2,
            transactions=11,
            promotions=0,
            since=NOW,
            ended_at=ended_at,
        ).save()
    seen = visitor.get("hints")
    assert f"Few sales: {EVIL} Only 11 sales so far." in seen.text
    assert "ann sold it 11 times" in seen.text
    assert seen.html.index("Earlier hints") < seen.html.index("Few shares")
    assert seen.html.count('href="/console/offers/apples"') == 2
    assert "<script>alert" not in seen.html


def test_income_is_shown_by_currency_and_day_and_payment() -> None:
    visitor = orchard()
    assert "Nothing was sold" in visitor.get("income").text
    put("apples", name=EVIL)
    go_on()
    token, _ = brought(link("ann")[1]["code"])
    pay("o-1", visitor_token=token, at=clock.now())
    pay("o-2", at=clock.now())
    seen = visitor.get("income", days="7")
    assert "Income 185.00 CNY from 2 payments" in seen.text
    assert "Sold 200.00 CNY" in seen.text
    assert "Commissions 15.00 CNY" in seen.text
    assert seen.html.count(' class="day"') == 7
    assert EVIL in seen.text
    assert "<script>alert" not in seen.html
    assert "order o-1 · last click" in seen.text
    assert "of 100.00 CNY" in seen.text
