"""A page that needs no sign-in and hardly a script: the end of messages (E7, F5)."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visiting, some_and_all
from tests.support.acme import Acme
from tests.support.browsers import PHONE


@pytest.mark.parametrize("language", some_and_all("en", "zh", some=1))
def test_a_reader_wants_no_more_messages(acme: Acme, visit: Visiting, language: str) -> None:
    leave, done = {"en": ("Unsubscribe", "Done."), "zh": ("退订", "退订成功")}[language]
    reader = visit(PHONE, language, java_script_enabled=language == "en")
    reader.open(acme.unsubscribe)
    reader.page.get_by_role("button", name=leave).click()
    expect(reader.page.get_by_role("status")).to_contain_text(done)
    if language == "en":
        reader.assert_well()
