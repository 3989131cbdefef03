"""An operator's day at the console, by clicking: loads, codes, why this channel (F5)."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SignedIn
from tests.support.acme import Acme
from tests.support.browsers import DESKTOP, PHONE


@pytest.mark.proof
def test_from_the_first_page_to_why_a_customer_got_a_channel(signed_in: SignedIn) -> None:
    boss = signed_in("operator", DESKTOP, "zh")
    boss.open("/console/overview")
    expect(boss.page.get_by_role("heading", level=1)).to_have_text("今日")
    boss.assert_well()
    boss.page.get_by_text("以表格查看").click()
    expect(boss.page.get_by_role("columnheader", name="扫码次数")).to_be_visible()
    boss.page.get_by_role("link", name="Zhou Min, shop").click()
    expect(boss.page.get_by_role("heading", level=1)).to_have_text("Zhou Min, shop")
    boss.assert_well()
    boss.page.get_by_role("link", name="渠道客户").click()
    boss.assert_well()
    boss.page.get_by_role("row").nth(1).get_by_role("link").first.click()
    expect(boss.page.get_by_text("不限服务范围")).to_be_visible()
    expect(boss.page.get_by_text("已保留名额")).to_be_visible()
    boss.assert_well()


def test_a_code_is_issued_copied_changed_and_retired_on_a_phone(signed_in: SignedIn) -> None:
    boss = signed_in("operator", PHONE, permissions=["clipboard-read", "clipboard-write"])
    boss.open("/console/codes")
    boss.assert_well()
    boss.page.get_by_role("link", name="Issue codes").click()
    boss.page.get_by_label("Referrer", exact=True).fill("lin")
    boss.page.get_by_label("When all is full: a place on the waiting list").check()
    boss.assert_well()
    boss.page.get_by_role("button", name="Issue", exact=True).click()
    expect(boss.page.get_by_role("img", name="QR image of")).to_be_visible()
    boss.assert_well()
    boss.page.get_by_role("button", name="Copy the link").click()
    expect(boss.page.get_by_role("status")).to_contain_text("Copied")
    assert "/s/" in boss.page.evaluate("navigator.clipboard.readText()")
    with boss.page.expect_download() as saved:
        boss.page.get_by_role("link", name="Large PNG").click()
    assert saved.value.suggested_filename.endswith("-print.png")
    boss.page.get_by_role("link", name="Change", exact=True).click()
    boss.page.get_by_label("Then", exact=True).select_option("rotation")
    boss.page.get_by_role("button", name="Save").click()
    expect(boss.page.get_by_text("In turn, by weight")).to_be_visible()
    boss.page.once("dialog", lambda asked: asked.accept())
    boss.page.get_by_role("button", name="Retire code").click()
    expect(boss.page.get_by_text("no longer valid")).to_be_visible()


@pytest.mark.proof
@pytest.mark.parametrize(("size", "language"), [(PHONE, "zh"), (DESKTOP, "en")])
def test_every_page_of_the_desk_is_well(
    signed_in: SignedIn, acme: Acme, size: tuple[int, int], language: str
) -> None:
    boss = signed_in("operator", size, language)
    for path in (
        "overview",
        "channels?status=open",
        "channels/new",
        "channels/zhou",
        "channels/zhou/change",
        "channels/import",
        "codes",
        f"codes/{acme.code}",
        f"codes/{acme.code}/change",
        "assignments?by=provider&what=nobody",
        "waiting",
        "members",
        "members/lin",
        "members/new",
        "provider-accounts/sandbox",
        "settings/logo",
    ):
        answer = boss.open(f"/console/{path}")
        assert answer.status == 200, path
        boss.assert_well()
    boss.open("/console/assignments?channel_id=zhou")
    boss.assert_well()
    boss.page.get_by_role("row").nth(1).get_by_role("link").first.click()
    boss.page.wait_for_url("**/assignments/*")
    boss.assert_well()
