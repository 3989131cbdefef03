"""Pages that need no sign-in and hardly a script: invitation, end of messages (C6, E7, F5)."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visiting, some_and_all
from tests.support.acme import Acme
from tests.support.browsers import PHONE, SMALL


@pytest.mark.parametrize("language", some_and_all("zh", "en", some=1))
def test_a_newcomer_agrees_and_goes_on_in_the_app(
    acme: Acme, visit: Visiting, language: str
) -> None:
    join, go = {
        "en": ("I agree and take part", "Go on in the app"),
        "zh": ("同意并参加", "前往应用"),
    }[language]
    newcomer = visit(SMALL, language)
    newcomer.open(acme.invitation)
    newcomer.assert_well()
    if newcomer.page.get_by_role("button", name=join).is_visible():  # else who came before agreed
        newcomer.page.get_by_role("button", name=join).click()
    app = newcomer.page.get_by_role("link", name=go)
    expect(app).to_have_attribute("href", "https://app.example/join")
    newcomer.assert_well()


@pytest.mark.parametrize("language", some_and_all("en", "zh", some=1))
def test_a_reader_wants_no_more_messages(acme: Acme, visit: Visiting, language: str) -> None:
    leave, done = {"en": ("Unsubscribe", "Done."), "zh": ("退订", "退订成功")}[language]
    reader = visit(PHONE, language, java_script_enabled=language == "en")
    reader.open(acme.unsubscribe)
    reader.page.get_by_role("button", name=leave).click()
    expect(reader.page.get_by_role("status")).to_contain_text(done)
    if language == "en":
        reader.assert_well()
