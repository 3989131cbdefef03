"""The stories of promotions and promoter tasks from end to end, by clicking (C, D, F5)."""

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from sluice.shared import clock
from tests.browser.conftest import some_and_all
from tests.support.hands import Cast, Person, path_of, window

SHOP = "/console/sign-in"  # any page of this server stands in for the shop's


def invited(cast: Cast, promotion_id: str, inviter: str, phone: str) -> str:
    """Let the partner's app say that a customer invites a number; return the link's path."""
    organization = cast.organization
    who = [{"kind": "user", "value": inviter}]
    person = {"identities": who, "joins": [{"list": "existing_customers"}]}
    organization.operator.put(f"{organization.path}/people", person).expect(200)
    data = {
        "promotion_id": promotion_id,
        "inviter": who,
        "invitee": [{"kind": "phone", "value": phone}],
    }
    answer = organization.post_event("invitations", "promotion.invite.v1", data).expect(200)
    return path_of(str(answer.json["invitations"][0]["link"]))


def takes_part(cast: Cast, promotion_id: str, user_id: str, phone: str) -> str:
    """Let the partner's app say that the newcomer takes part; return the participation's id."""
    now = clock.now().isoformat()
    data = {
        "promotion_id": promotion_id,
        "participant": [{"kind": "user", "value": user_id}, {"kind": "phone", "value": phone}],
        "occurred_at": now,
        "consented_at": now,
    }
    answer = cast.organization.post_event("participations", "promotion.joined.v1", data)
    cast.here.settle()
    return str(answer.expect(202).json["participation_id"])


@pytest.mark.parametrize("language", some_and_all("zh", "en", some=1))
def test_a_customer_brings_another_and_both_are_rewarded(cast: Cast, language: str) -> None:
    """C2 to C5: the promotion made, an invitation agreed to, both rewards in the ledger."""
    agree, go = {
        "en": ("I agree and take part", "Go on in the app"),
        "zh": ("同意并参加", "前往应用"),
    }[language]
    promotion_id, phone, old, new = "friends", "+8613900000002", "u-ann", "u-new"
    boss = cast.person("operator", language)
    boss.follow("Promotions")
    boss.follow("New promotion")
    boss.fill_all(
        promotion_id=promotion_id,
        name="Bring a friend",
        app_link="https://app.example/join",
        programme=promotion_id,
        inviter_reward__amount_minor="20",
        newcomer_reward__amount_minor="10.50",
        **window(),
    )
    boss.page.get_by_label(boss.say("Rewarded only once the act is on record")).uncheck()
    boss.press("Save")
    boss.reads("Saved.", "Running")
    boss.visit.assert_well()
    newcomer = cast.person("customer", language)
    newcomer.open(invited(cast, promotion_id, old, phone))
    newcomer.visit.assert_well()
    newcomer.press(agree)
    app = newcomer.page.get_by_role("link", name=go)
    expect(app).to_have_attribute("href", "https://app.example/join")
    participation_id = takes_part(cast, promotion_id, new, phone)
    boss.fill("Id", participation_id)
    boss.press("Look")
    boss.reads("both rewarded")
    boss.visit.assert_well()
    for user_id, amount in ((old, "20.00 CNY"), (new, "10.50 CNY")):
        boss.open("ledger")
        boss.fill("Account of", f"user:{user_id}")
        boss.press("Show account")
        boss.reads(amount)


def publish(merchant: Person, offer_id: str, name: str) -> None:
    """Make an offer for students at the console, and publish it."""
    merchant.follow("Offers")
    merchant.follow("New offer")
    merchant.fill_all(
        offer_id=offer_id,
        product__name=name,
        product__price_minor="100",
        product__sku=offer_id,
        product__type="food/fruit",
        product__url=f"{merchant.visit.url}{SHOP}",
        **{"tag-0": "student", "value-0": "12.50"},
        **window(),
    )
    merchant.press("Save")
    merchant.reads("Saved.", "Draft")
    merchant.press("Publish")
    expect(merchant.page.locator(".tag").first).to_have_text(merchant.say("Published"))


def shops(cast: Cast, language: str, url: str) -> str:
    """Follow a promoter's link to the shop; return the visitor token that came there."""
    visitor = cast.person("customer", language)
    visitor.open(path_of(url))
    at = urlsplit(visitor.page.url)
    assert at.path == SHOP
    (token,) = parse_qs(at.query)["sluice_visitor"]
    return token


@pytest.mark.parametrize("language", some_and_all("en", "zh", some=1))
def test_a_promoter_sells_a_merchants_offer(cast: Cast, language: str) -> None:
    """D1 to D5: offer, task in three orders, link, visit, payment, earnings and income."""
    offer_id, name = "apples", "Apples, 5 kg"
    merchant = cast.person("orchard", language)
    publish(merchant, offer_id, name)
    cast.here.settle()
    cast.here.run("RefreshRankings")
    ann = cast.person("ann", language, permissions=["clipboard-read", "clipboard-write"])
    for order in ("My history", "Both together", "Sells best"):
        ann.open("tasks")
        ann.follow(order)
        ann.reads(name, "12.50 CNY")
    ann.follow(name)
    ann.press("Get my link")
    ann.press("Copy the link")
    ann.visit.assert_well()
    expect(ann.page.locator("#say")).to_contain_text(ann.say("Copied"))
    url = str(ann.page.evaluate("navigator.clipboard.readText()"))
    ann.choose("Where?", "moments")
    ann.press("Note it")
    ann.reads("Noted. Thank you for sharing.")
    token = shops(cast, language, url)
    paid = {
        "order_id": "o-1",
        "offer_id": offer_id,
        "amount_minor": 10_000,
        "currency": "CNY",
        "paid_at": clock.now().isoformat(),
        "visitor_token": token,
    }
    cast.organization.post_event("payments", "payment.settled.v1", paid).expect(202)
    cast.here.settle()
    cast.here.run("ClearRewards")
    ann.turn_to("Earnings")
    ann.reads("12.50 CNY")
    ann.visit.assert_well()
    merchant.turn_to("Income")
    merchant.reads("87.50 CNY", "100.00 CNY", name)
    merchant.visit.assert_well()
