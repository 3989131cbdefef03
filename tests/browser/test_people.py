"""Members, salespeople, promoters and merchants do their work by clicking (B, D, F5)."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SignedIn
from tests.support.acme import Acme
from tests.support.browsers import DESKTOP, PHONE

CLIPBOARD = ("clipboard-read", "clipboard-write")
TURNS = [(PHONE, "en"), (DESKTOP, "zh")]
READING = [
    *(("lin", page) for page in ("my-campaigns", "my-campaigns/spring")),
    *(("ann", page) for page in ("tasks", "bonus-tasks", "earnings", "earnings/statement")),
    *(("orchard", page) for page in ("offers", "offers/new", "hints", "income")),
]


def test_a_member_shares_the_poster_and_the_link(acme: Acme, signed_in: SignedIn) -> None:
    lin = signed_in("lin", PHONE, "en", permissions=[*CLIPBOARD])
    lin.open("/console/my-campaigns")
    lin.page.get_by_role("link", name="Share and figures").click()
    poster = lin.page.get_by_role("img", name="Poster with my code")
    poster.scroll_into_view_if_needed()
    expect(poster).to_have_js_property("complete", value=True)
    assert poster.evaluate("image => image.naturalWidth") > 100
    with lin.page.expect_download() as saved:
        lin.page.get_by_role("link", name="Save the picture").click()
    assert saved.value.suggested_filename == "poster.png"
    lin.page.get_by_role("button", name="Copy the link").click()
    expect(lin.page.locator("#say")).to_contain_text("Copied")
    taken = lin.page.evaluate("navigator.clipboard.readText()")
    assert taken == f"{lin.url}/s/{acme.campaign_code}"
    lin.assert_well()


def test_a_promoter_takes_a_bonus_task_and_shares(signed_in: SignedIn) -> None:
    ben = signed_in("ben", PHONE, "en")
    ben.open("/console/bonus-tasks")
    ben.page.get_by_role("button", name="Accept").first.click()
    expect(ben.page.get_by_role("heading", name="Running")).to_be_visible()
    ben.page.get_by_role("link", name="Go on promoting").first.click()
    expect(ben.page.get_by_role("img", name="QR code of my link")).to_be_visible()
    ben.page.get_by_label("Where?").select_option("moments")
    ben.page.get_by_role("button", name="Note it").click()
    expect(ben.page.get_by_role("status").first).to_contain_text("Noted")
    ben.assert_well()


def test_a_merchant_raises_a_reward_and_pauses_an_offer(signed_in: SignedIn) -> None:
    orchard = signed_in("orchard", DESKTOP, "en")
    orchard.open("/console/offers")
    orchard.page.get_by_role("link", name="Plums").click()
    orchard.page.get_by_label("Commission").first.fill("16.50")
    orchard.page.get_by_role("button", name="Save").click()
    expect(orchard.page.get_by_role("status").first).to_contain_text("Saved")
    expect(orchard.page.get_by_label("Commission").first).to_have_value("16.50")
    orchard.page.get_by_role("button", name="Pause").click()
    expect(orchard.page.locator(".tag").first).to_have_text("Paused")
    orchard.page.get_by_role("button", name="Publish").click()
    expect(orchard.page.locator(".tag").first).to_have_text("Published")
    orchard.assert_well()


@pytest.mark.proof
@pytest.mark.parametrize(("size", "language"), TURNS)
@pytest.mark.parametrize(("who", "page"), READING)
def test_every_page_is_well_in_both_sizes_and_languages(
    signed_in: SignedIn, who: str, page: str, size: tuple[int, int], language: str
) -> None:
    visit = signed_in(who, size, language)
    assert visit.open(f"/console/{page}").status == 200
    visit.assert_well()
