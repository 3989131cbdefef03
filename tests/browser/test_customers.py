"""Customers sign up for a campaign, and show a coupon at the till (B4, D8, F5)."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visiting, some_and_all
from tests.support.acme import Acme
from tests.support.browsers import DESKTOP, PHONE, SMALL

WORDS = {
    "en": ("Sign up", "Please enter a telephone number", "You are signed up", "Your contact"),
    "zh": ("立即报名", "请输入有效的手机号码", "报名成功", "您的专属联系人"),
}


@pytest.mark.parametrize(
    ("size", "language", "scripts"),
    some_and_all((SMALL, "en", True), (SMALL, "zh", False), (DESKTOP, "zh", True), some=2),
)
def test_a_customer_mends_the_form_signs_up_and_sees_the_salesperson(
    acme: Acme, visit: Visiting, size: tuple[int, int], language: str, *, scripts: bool
) -> None:
    button, wrong, done, contact = WORDS[language]
    customer = visit(size, language, java_script_enabled=scripts)
    page = customer.page
    customer.open(f"/s/{acme.campaign_code}")
    if scripts:  # the salesperson before anything is asked
        expect(page.get_by_role("region", name=contact)).to_be_visible()
        customer.assert_well()
    page.get_by_label("Name").fill("<b>王梅</b>")
    page.get_by_label("Phone").fill("12")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name=button).click()
    expect(page.get_by_role("alert")).to_contain_text("Phone")
    expect(page.get_by_label("Phone")).to_have_accessible_description(wrong_of(language))
    expect(page.get_by_label("Name")).to_have_value("<b>王梅</b>")
    expect(page.get_by_text(wrong)).to_be_visible()
    if scripts:
        customer.assert_well()
    page.get_by_label("Phone").fill("+86 138 0000 0055")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name=button).click()
    expect(page.get_by_role("status")).to_contain_text(done)
    expect(page.get_by_role("region", name=contact)).to_be_visible()
    if scripts:
        customer.assert_well()
    customer.open(f"/s/{acme.campaign_code}")  # who comes back is not asked again
    expect(page.get_by_role("status")).to_contain_text(done)


def wrong_of(language: str) -> str:
    """Return what is said of a number that is none."""
    example = {"en": ", such as +86 138 0000 0000.", "zh": "。"}[language]
    return WORDS[language][1] + example


@pytest.mark.parametrize(("size", "language"), some_and_all((SMALL, "zh"), (PHONE, "en"), some=1))
def test_a_visitor_of_a_promoters_link_has_a_coupon_and_goes_on_to_the_shop(
    acme: Acme, visit: Visiting, size: tuple[int, int], language: str
) -> None:
    headline, off, go = {
        "en": ("A coupon for you", "5.00 CNY off", "Go to the shop"),
        "zh": ("送您一张优惠券", "立减5.00 元", "去使用"),
    }[language]
    visitor = visit(size, language)
    visitor.open(f"/t/{acme.task_code}")
    expect(visitor.page.get_by_role("heading")).to_contain_text(headline)
    expect(visitor.page.get_by_text(off)).to_be_visible()
    address = visitor.page.get_by_role("link", name=go).get_attribute("href") or ""
    coupon = visitor.page.url.rpartition("/")[2]
    assert f"sluice_coupon={coupon}" in address
    assert "sluice_visitor=" in address
    visitor.assert_well()
    visitor.page.reload()
    expect(visitor.page.get_by_text(coupon)).to_be_visible()
