"""A member's personal link on their phone: the campaign, material, performance (B2, B3)."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visiting, some_and_all
from tests.support.acme import Acme
from tests.support.browsers import DESKTOP, PHONE, SMALL
from tests.support.client import eventually

WORDS = {
    "en": ("Copy the link", "Copied", "See my performance"),
    "zh": ("复制链接", "已复制", "查看我的业绩"),
}


@pytest.mark.parametrize(
    ("size", "language"),
    some_and_all((SMALL, "en"), (DESKTOP, "zh"), (PHONE, "zh"), (DESKTOP, "en"), some=2),
)
def test_a_member_copies_the_link_and_sees_how_they_do(
    acme: Acme, visit: Visiting, size: tuple[int, int], language: str
) -> None:
    copy, copied, see = WORDS[language]
    lin = visit(size, language, permissions=["clipboard-read", "clipboard-write"])
    lin.open(f"/c/{acme.campaign_token}")
    lin.assert_well()
    lin.page.get_by_role("button", name=copy).click()
    expect(lin.page.get_by_role("status")).to_contain_text(copied)
    taken = lin.page.evaluate("navigator.clipboard.readText()")
    assert taken == f"{lin.url}/s/{acme.campaign_code}"
    lin.page.get_by_role("link", name=see).click()
    expect(lin.page.get_by_role("heading", level=1)).to_be_visible()
    assert lin.page.url.endswith("/performance")
    lin.assert_well()
    lin.page.locator("header").get_by_role("link").click()
    expect(lin.page.get_by_role("link", name=see)).to_be_visible()


def test_material_is_shared_where_the_phone_can_share(acme: Acme, visit: Visiting) -> None:
    lin = visit(PHONE)
    lin.page.add_init_script(
        "window.given = []; navigator.canShare = () => true;"
        "navigator.share = async what => { window.given.push(what); };"
    )
    lin.open(f"/c/{acme.campaign_token}")
    shares = lin.page.get_by_role("button", name="Share")
    expect(shares).to_have_count(3)
    for place in range(3):
        shares.nth(place).click()
    # The page's own policy forbids the looking again of `wait_for_function`.
    eventually("three shares", lambda: lin.page.evaluate("window.given.length === 3") or None)
    kinds = lin.page.evaluate("window.given.map(what => Object.keys(what).sort().join())")
    assert sorted(kinds) == ["files", "text", "title,url"]
    lin.assert_well()
