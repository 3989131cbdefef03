"""The stories of codes, campaigns and pushes from end to end, by clicking (A, B, E, F5).

What people do they click; what providers and partner systems do is told by their signed calls.
"""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import some_and_all
from tests.support.hands import Cast, Person, path_of, window


def open_channel(boss: Person, channel_id: str, name: str, owner_id: str) -> None:
    """Make a channel for two customers at the console."""
    boss.follow("Channels")
    boss.follow("New channel")
    boss.fill("Id", channel_id)
    boss.fill("Name", name)
    boss.fill("Id at the provider", f"wx-{channel_id}")
    boss.fill("Cap", "2")
    boss.fill("Member", owner_id)
    boss.press("Save")
    boss.reads("Saved.", name)


@pytest.mark.parametrize("language", some_and_all("zh", "en", some=1))
def test_a_code_brings_a_customer_to_a_channel(cast: Cast, language: str) -> None:
    """A1 to A8: channel, code, scan, place, confirmation, funnel, load and why."""
    join, place, done = {
        "en": ("Join", "You have a place", "You are connected"),
        "zh": ("立即加入", "名额为您保留至", "已添加"),
    }[language]
    channel_id, name = "counter", "Counter, ground floor"
    boss = cast.person("operator", language)
    open_channel(boss, channel_id, name, "lin")
    cast.here.settle()
    boss.follow("Codes")
    boss.follow("Issue codes")
    boss.fill("Referrer", "lin")
    boss.press("Issue")
    url = boss.saves("Large PNG")
    code_page = path_of(boss.page.url)
    customer = cast.person("customer", language)
    customer.open(path_of(url))
    customer.press(join)
    customer.reads(name, place)
    customer.visit.assert_well()
    cast.here.settle()
    path = f"{cast.organization.path}/assignments?channel_id={channel_id}"
    (seat,) = cast.organization.operator.get(path).expect(200).json["items"]
    cast.organization.tell(seat, customer_ref="wx-mei")
    cast.here.settle()
    customer.open(path_of(url))
    customer.reads(name, done)
    boss.open(code_page)
    for step in ("Scans", "Joined", "Connected"):
        row = boss.page.get_by_role("row", name=boss.say(step)).first
        expect(row).to_contain_text(re.compile(r"[12]"))
    boss.follow("Channels")
    load = boss.say("{held} of {cap} places taken", held=1, cap=2)
    expect(boss.page.get_by_role("img", name=load)).to_be_visible()
    boss.follow(name)
    boss.follow("Its customers")
    boss.page.get_by_role("row").nth(1).get_by_role("link").first.click()
    boss.reads("Why this channel", "The customer connected")
    boss.visit.assert_well()


def publish(boss: Person) -> None:
    """Make a campaign with one question at the console, and publish it."""
    boss.follow("Campaigns")
    boss.follow("New campaign")
    boss.fill_all(
        campaign_id="spring",
        title="Tasting",
        salespeople="zhou",
        landing__headline="The first tea of spring",
        targets__signups="5",
        reward__amount_minor="2000",
        reward__currency="CNY",
        **window(),
    )
    first = boss.page.get_by_role("group", name=boss.say("Question {number}", number=1))
    boss.fill("Question", "Name", first)
    boss.fill("Name in sheets", "name", first)
    boss.press("Save")
    boss.reads("Saved.")
    boss.press("Publish it")
    boss.reads("Published to members")


@pytest.mark.parametrize("language", some_and_all("en", "zh", some=1))
def test_a_campaign_from_the_form_to_the_reward(cast: Cast, language: str) -> None:
    """B1 to B7: made, published, poster, signup, feedback, performance, ledger."""
    save, sign_up, done, agree = {
        "en": ("Save the picture", "Sign up", "You are signed up", "See my performance"),
        "zh": ("保存海报", "立即报名", "报名成功", "查看我的业绩"),
    }[language]
    boss = cast.person("operator", language)
    open_channel(boss, "zhou-shop", "Zhou Min, shop", "zhou")
    publish(boss)
    cast.here.run("TendCampaigns")
    lin = cast.person("lin", language)
    lin.follow("Share and figures", exact=False)
    told = lin.page.get_by_role("link", name=lin.say("For printing")).get_attribute("href") or ""
    lin.open(path_of(told).partition("/material")[0])  # as the notice's link leads there
    url = lin.saves(save)
    customer = cast.person("customer", language)
    customer.open(path_of(url))
    customer.page.get_by_label("Name").fill("Wang Mei")
    customer.page.get_by_role("checkbox").check()
    customer.press(sign_up)
    customer.reads(done)
    customer.visit.assert_well()
    cast.here.settle()
    zhou = cast.person("zhou", language)
    zhou.open("my-signups")
    zhou.reads("Wang Mei")
    zhou.press("Took part")
    expect(zhou.page.locator(".tag", has_text=zhou.say("Took part"))).to_be_visible()
    cast.here.settle()
    lin.follow(agree)
    lin.reads("20.00 CNY")
    lin.visit.assert_well()
    boss.open("ledger")
    boss.fill("Account of", "lin")
    boss.press("Show account")
    boss.reads("20.00 CNY", "Customer took part in a campaign")
    boss.visit.assert_well()


@pytest.mark.parametrize("language", some_and_all("zh", "en", some=1))
def test_a_push_falls_back_and_is_cheaper_than_all_channels(cast: Cast, language: str) -> None:
    """E1 to E6: a strategy drawn, a push that the second channel brings, its timeline, the cost."""
    organization, strategy_id = cast.organization, "offer"
    script = {
        "u-hao/official-account": "fail",
        "u-hao/sms": "deliver",
        "u-mei/official-account": "deliver",
    }
    account = {"type": "sandbox", "settings": {"script": script}}
    organization.operator.put(f"{organization.path}/provider-accounts/sandbox", account).expect(200)
    boss = cast.person("operator", language)
    boss.follow("Strategies")
    boss.follow("New strategy")
    boss.fill("Id", strategy_id)
    for number, (channel, price) in enumerate((("official-account", "0.005"), ("sms", "0.045")), 1):
        group = boss.page.get_by_role("group", name=boss.say("Channel {number}", number=number))
        boss.fill("Channel", channel, group)
        boss.fill("Wait, in seconds", "600", group)
        boss.fill("Price of a message", price, group)
        boss.fill("Currency", "CNY", group)
    boss.press("Save")
    boss.reads("Saved.", "The chain")
    for user_id, came_by, cost in (
        ("u-hao", "sms", "0.05 CNY"),
        ("u-mei", "official-account", "0.005 CNY"),
    ):
        boss.open(f"pushes/new?strategy_id={strategy_id}")
        boss.fill("User", user_id)
        boss.fill("Title", "Spring tea")
        boss.fill("Text", "Come and taste.")
        boss.press("Send")
        cast.here.settle()
        boss.page.reload()
        expect(boss.figure("Reached by")).to_contain_text(came_by)
        expect(boss.figure("Cost")).to_contain_text(cost)
        if user_id == "u-hao":
            expect(boss.page.get_by_role("row", name="official-account")).to_contain_text(
                boss.say("Failed")
            )
            boss.visit.assert_well()
    boss.open(f"strategies/{strategy_id}")
    boss.reads("Cost against sending on every channel", "0.055 CNY", "0.1 CNY")
    boss.visit.assert_well()
