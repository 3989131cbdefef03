"""The landing page of a scan (A3, F5), clicked by customers on their phones."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visiting, some_and_all
from tests.support.browsers import DESKTOP, PHONE, SMALL
from tests.support.client import Organization

WORDS = {"en": ("Join", "is kept until"), "zh": ("立即加入", "名额为您保留至")}


def code_of(tea: Organization, owner_id: str, cap: int, **rule: Any) -> str:
    """Return a code of Lin's that leads to one channel, whose owner this is."""
    tea.put_member(owner_id)
    tea.put_channel(owner_id, cap=cap, owner_id=owner_id, name=owner_id.title())
    tea.deployment.settle()
    return tea.issue("lin", owners=[owner_id], **rule)


@pytest.mark.parametrize(
    ("size", "language"),
    some_and_all(
        *((SMALL, "zh"), (DESKTOP, "en"), (PHONE, "en")),
        *((SMALL, "en"), (PHONE, "zh"), (DESKTOP, "zh")),
        some=2,
    ),
)
def test_a_customer_joins_by_one_button_and_sees_the_channel(
    tea: Organization, visit: Visiting, size: tuple[int, int], language: str
) -> None:
    code = code_of(tea, "zhou", cap=10)
    customer = visit(size, language)
    customer.open(f"/s/{code}")
    join, kept = WORDS[language]
    expect(customer.page).to_have_title("Acme Tea")
    customer.assert_well()
    customer.page.get_by_role("button", name=join).click()
    expect(customer.page.get_by_role("main")).to_contain_text(kept)
    expect(customer.page.get_by_role("img")).to_be_visible()
    customer.assert_well()
    customer.open(f"/s/{code}")  # who comes back is not asked again
    expect(customer.page.get_by_role("main")).to_contain_text(kept)
    expect(customer.page.get_by_role("button", name=join)).to_be_hidden()


@pytest.mark.parametrize("language", some_and_all("en", "zh", some=1))
def test_a_customer_waits_in_line_and_leaves_it(
    tea: Organization, visit: Visiting, language: str
) -> None:
    code = code_of(tea, f"wei-{language}", cap=1, waiting={})
    tea.seat(code)
    customer = visit(SMALL, language)
    customer.open(f"/s/{code}")
    join, _ = WORDS[language]
    leave = {"en": "Leave the line", "zh": "退出排队"}[language]
    customer.page.get_by_role("button", name=join).click()
    expect(customer.page.get_by_role("status")).to_contain_text("0")
    customer.assert_well()
    customer.page.get_by_role("button", name=leave).click()
    expect(customer.page.get_by_role("button", name=join)).to_be_visible()
    customer.assert_well()


def test_of_a_full_code_it_is_said(tea: Organization, visit: Visiting) -> None:
    code = code_of(tea, "fei", cap=1)
    tea.seat(code)
    customer = visit()
    customer.open(f"/s/{code}")
    customer.page.get_by_role("button", name="Join").click()
    expect(customer.page.get_by_role("status")).to_contain_text("All places are taken")
    customer.assert_well()


def test_who_is_connected_is_told_so_at_the_next_scan(tea: Organization, visit: Visiting) -> None:
    code = code_of(tea, "qi", cap=5)
    customer = visit()
    customer.open(f"/s/{code}")
    customer.page.get_by_role("button", name="Join").click()
    expect(customer.page.get_by_role("status")).to_contain_text("You have a place")
    tea.tell(customer.page.request.post(f"{customer.url}/s/{code}/join", data={}).json())
    customer.open(f"/s/{code}")
    expect(customer.page.get_by_role("main")).to_contain_text("You are connected")
    customer.assert_well()


@pytest.mark.parametrize("allows", [True, False])
def test_a_place_is_asked_for_only_by_its_button_and_may_be_refused(
    tea: Organization, visit: Visiting, *, allows: bool
) -> None:
    owner = f"near-{allows}".lower()
    tea.put_member(owner)
    point = {"latitude": 31.2304, "longitude": 121.4737}
    area = {"point": point, "radius_meters": 5000}
    tea.put_channel(owner, owner_id=owner, name="Near", service_area=area)
    tea.put_channel(f"{owner}-far", owner_id=owner, name="Anywhere")
    tea.deployment.settle()
    code = tea.issue(owners=[owner], area="match")
    permitted = {"permissions": ["geolocation"], "geolocation": point} if allows else {}
    customer = visit(PHONE, **permitted)
    customer.open(f"/s/{code}")
    customer.assert_well()
    is_form = "application/x-www-form-urlencoded"
    with customer.page.expect_request(lambda asked: asked.method == "POST") as joining:
        customer.page.get_by_role("button", name="Use my location").click()
    assert joining.value.headers["content-type"] == is_form
    assert ("latitude=31.23" in (joining.value.post_data or "")) is allows
    expect(customer.page.get_by_role("main")).to_contain_text("is kept until")


@pytest.mark.parametrize("language", some_and_all("zh", "en", some=1))
def test_everything_goes_without_a_script(
    tea: Organization, visit: Visiting, language: str
) -> None:
    code = code_of(tea, f"plain-{language}", cap=1, waiting={})
    first, second = (visit(SMALL, language, java_script_enabled=False) for _ in range(2))
    join, kept = WORDS[language]
    for customer in (first, second):
        customer.open(f"/s/{code}")
        customer.page.get_by_role("button", name=join).click()
    expect(first.page.get_by_role("main")).to_contain_text(kept)
    give_up = {"en": "I do not need the place", "zh": "放弃名额"}[language]
    first.page.get_by_role("button", name=give_up).click()
    expect(first.page.get_by_role("button", name=join)).to_be_visible()
    tea.deployment.settle()
    second.open(f"/s/{code}?again=1")  # as the page asks its browser to after 30 s
    expect(second.page.get_by_role("main")).to_contain_text(kept)


def test_who_waits_sees_the_channel_as_soon_as_there_is_room(
    tea: Organization, visit: Visiting
) -> None:
    code = code_of(tea, "room", cap=1, waiting={})
    token = tea.scan(code)
    tea.seat(code, token)
    customer = visit()
    customer.open(f"/s/{code}")
    customer.page.get_by_role("button", name="Join").click()
    expect(customer.page.get_by_role("status")).to_contain_text("You are in the line")
    tea.anyone.post(f"/s/{code}/leave", {"visitor_token": token}).expect(200)
    tea.deployment.settle()
    expect(customer.page.get_by_role("status")).to_contain_text("You have a place")
    customer.assert_well()


def test_a_code_that_is_none_is_told_on_a_page(visit: Visiting) -> None:
    customer = visit(SMALL)
    answer = customer.open("/s/ABCDEFGHJKMN")
    assert answer.status == 404
    expect(customer.page.get_by_role("heading")).to_contain_text("There is nothing here")
    customer.assert_well()
