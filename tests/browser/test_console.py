"""The console in a browser: signing in, the menu, languages, its first pages (F4, F5)."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SignedIn, Visiting
from tests.support.acme import Acme
from tests.support.browsers import DESKTOP, PHONE


def test_an_operator_signs_in_goes_about_and_signs_out(acme: Acme, visit: Visiting) -> None:
    boss = visit(DESKTOP)
    boss.open("/console/channels")
    expect(boss.page.get_by_role("heading", level=1)).to_have_text("Sign in")
    boss.assert_well()
    boss.sign_in(*acme.login("operator"))
    expect(boss.page.get_by_role("heading", level=1)).to_have_text("Channels")
    expect(boss.page.get_by_text("Zhou Min, shop")).to_be_visible()
    boss.assert_well()
    boss.page.get_by_role("button", name="Sign out").click()
    boss.open("/console/channels")
    expect(boss.page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_a_wrong_password_is_told_on_the_form(acme: Acme, visit: Visiting) -> None:
    boss = visit(PHONE, "zh")
    boss.open("/console")
    boss.sign_in(acme.login("operator")[0], "not the password")
    expect(boss.page.get_by_role("alert")).to_be_visible()
    boss.assert_well()


@pytest.mark.parametrize(("size", "language"), [(DESKTOP, "zh"), (PHONE, "en")])
def test_channels_are_read_in_both_languages_and_sizes(
    signed_in: SignedIn, size: tuple[int, int], language: str
) -> None:
    boss = signed_in("operator", size, language)
    boss.open("/console/channels")
    heading = {"en": "Channels", "zh": "渠道"}[language]
    expect(boss.page.get_by_role("heading", level=1)).to_have_text(heading)
    boss.assert_well()
