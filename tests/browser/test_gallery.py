"""Every page of the gallery, in both languages and at its narrowest: quiet, and axe finds nothing.

The stories of single pages are in the other files; here no page can be forgotten (F5).
"""

import pytest

from tests.browser.conftest import Visiting
from tests.browser.gallery import PAGES, Shown
from tests.support.acme import Acme
from tests.support.browsers import SMALL

pytestmark = pytest.mark.proof


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_is_quiet_and_accessible(page: Shown, acme: Acme, visit: Visiting) -> None:
    for size, language in ((page.size, page.language), (SMALL, "zh")):
        seen = visit(size, language)
        if page.who:
            seen.open("/console/sign-in")
            seen.sign_in(*acme.login(page.who))
        seen.open(page.path(acme))
        seen.assert_well()
