"""An operator at the console: a strategy and its pushes, a campaign, the ledger, what was held."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SignedIn
from tests.support.browsers import DESKTOP, PHONE
from tests.support.here import Here

PAGES = (
    *("strategies", "strategies/spring-offer/edit", "pushes/new", "runs", "runs/new"),
    *("campaigns", "campaigns/new", "campaigns/spring/edit", "campaigns/spring/signups"),
    *("campaigns/spring/members/lin", "ledger", "ledger/payouts/new", "review"),
    *("ledger/accounts/lin/recount?currency=CNY", "programmes/referral"),
    *("promotions", "promotions/new", "promotions/spring/edit", "offers", "offers/new"),
    *("webhooks", "webhooks/new", "webhooks/crm", "webhooks/crm/edit", "exports", "exports/new"),
)


def heading(page: Page) -> str:
    return page.get_by_role("heading", level=1).inner_text()


@pytest.mark.proof
def test_a_push_is_rehearsed_started_followed_and_found_again(
    suite: Here, signed_in: SignedIn
) -> None:
    boss = signed_in("operator", DESKTOP)
    boss.open("/console/strategies")
    boss.page.get_by_role("link", name="spring-offer").click()
    expect(boss.page.get_by_role("img", name="Tried one after the other")).to_be_visible()
    boss.page.get_by_role("link", name="Rehearse").click()
    boss.page.get_by_label("User").fill("u-new")
    boss.page.get_by_role("button", name="Rehearse").click()
    expect(boss.page.get_by_text("To be expected")).to_be_visible()
    boss.assert_well()
    boss.open("/console/pushes/new?strategy_id=spring-offer")
    boss.page.get_by_label("User").fill("u-new")
    boss.page.get_by_label("Title").fill("Tea <b>today</b>")
    boss.page.get_by_label("Text").fill("Come and taste.")
    boss.page.get_by_role("button", name="Send").click()
    expect(boss.page.get_by_role("heading", level=1)).to_have_text("Push to u-new")
    suite.settle()
    boss.page.reload()
    expect(boss.page.get_by_role("heading", name="Attempts")).to_be_visible()
    boss.assert_well()
    boss.page.get_by_role("link", name="All of this user").click()
    expect(boss.page.get_by_role("row")).to_have_count(2)


def test_of_two_tabs_the_second_is_told_what_the_first_saved(signed_in: SignedIn) -> None:
    one, two = signed_in("operator", DESKTOP), signed_in("operator", PHONE, "zh")
    for tab in (one, two):
        tab.open("/console/strategies/spring-offer/edit")
    one.page.get_by_label("Held out for comparison").fill("11")
    one.page.get_by_role("button", name="Save").click()
    expect(one.page.get_by_text("Saved.")).to_be_visible()
    two.page.locator("#hold_out_percent").fill("12")
    two.page.get_by_role("button", name="保存").click()
    told = two.page.get_by_role("alert")
    expect(told).to_contain_text("内容刚被他人修改")
    expect(two.page.locator("#hold_out_percent")).to_have_value("12")
    with two.page.expect_popup() as opened:
        told.get_by_role("link").click()
    expect(opened.value.locator("#hold_out_percent")).to_have_value("11")
    two.page.get_by_role("button", name="保存").click()
    expect(two.page.get_by_text("已保存")).to_be_visible()


def test_what_is_refused_in_a_folded_part_is_in_sight(signed_in: SignedIn) -> None:
    boss = signed_in("operator", PHONE, "zh")
    boss.open("/console/strategies/spring-offer/edit")
    boss.page.locator("details:not(.menu) summary").first.click()
    lacking = boss.page.locator("[name='channels[0].fallback_providers']")
    lacking.fill("nowhere")
    boss.page.get_by_role("button", name="保存").click()
    expect(lacking).to_be_visible()
    expect(lacking).to_have_accessible_description("服务商账号不存在")


@pytest.mark.proof
def test_a_held_reward_is_rejected_and_the_audit_log_says_who(signed_in: SignedIn) -> None:
    boss = signed_in("operator", PHONE, "zh")
    boss.open("/console/review")
    boss.assert_well()
    boss.page.get_by_label("原因").select_option("fraud")
    asked: list[str] = []
    boss.page.on("dialog", lambda dialog: asked.append(dialog.message))
    boss.page.once("dialog", lambda dialog: dialog.accept())
    boss.page.get_by_role("button", name="拒绝").click()
    assert asked == ["确定拒绝这笔奖励吗？拒绝后不可恢复。"]
    expect(boss.page.get_by_role("status").first).to_have_text("已处理。")
    boss.open("/console/review?owner_id=mei")
    expect(boss.page.get_by_text("已拒绝: 作弊")).to_be_visible()
    boss.open("/console/audit")
    expect(boss.page.get_by_text("审核奖励").first).to_be_attached()
    boss.assert_well()


@pytest.mark.proof
@pytest.mark.parametrize("page", PAGES)
def test_each_page_is_quiet_and_accessible(page: str, signed_in: SignedIn) -> None:
    for size, language in ((DESKTOP, "en"), (PHONE, "zh")):
        boss = signed_in("operator", size, language)
        assert boss.open(f"/console/{page}").ok
        assert heading(boss.page)
        boss.assert_well()
