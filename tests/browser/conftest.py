"""One server, one Chromium and one world for all tests of pages; a visit of its own for each."""

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from sluice.shared import clock
from tests.support import browsers, here
from tests.support.acme import Acme, built
from tests.support.browsers import Visit
from tests.support.client import Organization, found_organization
from tests.support.hands import Cast, gathered
from tests.support.here import Here

HERE = Path(__file__).parent

type Visiting = Callable[..., Visit]
type SignedIn = Callable[..., Visit]


def some_and_all(*cases: Any, some: int) -> list[Any]:
    """Return cases to be tried by one test: the first ones always, all of them for the proof."""
    return [
        *cases[:some],
        *(
            pytest.param(*(case if isinstance(case, tuple) else (case,)), marks=pytest.mark.proof)
            for case in cases[some:]
        ),
    ]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep these tests on one worker: they share a server. SLUICE_BROWSER_TESTS=no skips them."""
    unwanted = os.environ.get("SLUICE_BROWSER_TESTS") == "no"
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("browser"))
            if unwanted:
                item.add_marker(pytest.mark.skip(reason="SLUICE_BROWSER_TESTS=no"))


@pytest.fixture(scope="package")
def suite() -> Iterator[Here]:
    """The suite behind HTTP."""
    with here.started() as started:
        yield started


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """A Chromium."""
    with browsers.launched() as launched:
        yield launched


@pytest.fixture(scope="package")
def tea(suite: Here) -> Organization:
    """An organisation with a member Lin who may sign in, and nothing else."""
    organization = found_organization(suite, name="Acme Tea")
    organization.put_member("lin", login=True)
    return organization


@pytest.fixture(scope="package")
def acme(suite: Here) -> Acme:
    """Acme Tea after a week: for looking at; what changes much is done with things of one's own."""
    return built(suite, clock.now())


@pytest.fixture
def cast(suite: Here, visit: Visiting) -> Cast:
    """Everybody who acts in a story, of an organisation of its own."""
    return Cast(suite, gathered(suite), visit)


@pytest.fixture
def visit(browser: Browser, suite: Here) -> Iterator[Visiting]:
    """Open browsers: `visit(PHONE, "zh")`. What went wrong in one of them fails the test."""
    with contextlib.ExitStack() as opened:
        visits: list[Visit] = []

        def open_one(*given: Any, **options: Any) -> Visit:
            one = opened.enter_context(browsers.visiting(browser, suite.url, *given, **options))
            visits.append(one)
            return one

        yield open_one
        for each in visits:
            each.assert_quiet()


@pytest.fixture(scope="package")
def cookies() -> dict[str, Any]:
    """Return the cookies of those who signed in so far, by name."""
    return {}


@pytest.fixture
def signed_in(acme: Acme, visit: Visiting, cookies: dict[str, Any]) -> SignedIn:
    """Open browsers of people of Acme's: `signed_in("operator", DESKTOP, "zh")`."""

    def open_one(name: str, *given: Any, **options: Any) -> Visit:
        one = visit(*given, **options)
        if name in cookies:
            one.context.add_cookies(cookies[name])
        else:
            one.open("/console/sign-in")
            one.sign_in(*acme.login(name))
            cookies[name] = one.context.cookies()
        return one

    return open_one
