"""A promoter's pages of the console: tasks, bonus tasks, earnings (D2 to D6, D10, F5)."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from sluice.shared import clock
from tests.support import bonuses
from tests.support.aws import local_aws
from tests.support.console import ask, signed_in
from tests.support.console_shop import go_on, put
from tests.support.staff import found_organization
from tests.support.task_payments import brought, link, pay, put_people

EVIL = '<script>alert("x")</script>'
PAGES = ("tasks", "bonus-tasks", "earnings", "earnings/statement")


@pytest.fixture(autouse=True)
def _organization() -> Iterator[None]:
    with local_aws():
        found_organization(clock.now())
        put_people(clock.now())
        yield


def test_tasks_are_shown_in_three_orders_with_what_they_earn() -> None:
    put("apples", name=EVIL)
    put("pears", name="Pears", price_minor=6800)
    go_on()
    ann = signed_in("promoter", "ann")
    for order in ("overall", "own", "combined"):
        seen = ann.get("tasks", order=order)
        assert (seen.status, seen.html.count("<article")) == (200, 2)
        assert f"order={order}" in ann.asked[-1]
    assert "15.00 CNY" in seen.text
    assert "As student" in seen.text
    assert "<script>alert" not in seen.html
    assert EVIL in seen.text
    assert "10 % of what is paid" in signed_in("promoter", "ben").get("tasks").text


def test_a_task_gives_the_promoters_own_link_and_notes_a_share_once() -> None:
    put("apples")
    bonuses.put_rules(replace(bonuses.RULE, channel_type="copied"))
    go_on()
    ann = signed_in("promoter", "ann", "zh")
    assert "生成我的推广链接" in ann.get("tasks/apples").text
    assert ann.post("tasks/apples", action="link", key="k0").location == "tasks/apples"
    page = ann.get("tasks/apples")
    code = link("ann")[1]["code"]
    assert f"/t/{code}/image" in page.html
    assert f'data-copy="https://s.example.com/t/{code}"' in ann.get("tasks").html
    assert "student" in page.text
    key = page.html.split('name="key" value="')[1].split('"')[0]
    for _ in range(2):
        seen = ann.post("tasks/apples", channel_type="copied", key=key)
        assert (seen.status, seen.location) == (303, "tasks/apples?done=shared")
    assert "感谢" in ann.get("tasks/apples", done="shared").text
    refused = ann.post("tasks/apples", channel_type="no such", key="k2")
    assert refused.status == 400
    assert ann.get("tasks/gone").status == 404


def test_a_task_is_sent_by_a_strategy_from_a_list_of_those_that_may_share() -> None:
    put("apples")
    go_on()
    ann = signed_in("promoter", "ann")
    ann.post("tasks/apples", action="link", key="k0")
    assert "message system" not in ann.get("tasks/apples").text  # there is no strategy yet
    chain = [{"channel": "sms", "wait_seconds": 60}]
    for purpose in ("service", "transactional"):
        ask("PUT", f"strategies/{purpose}", {"purpose": purpose, "channels": chain})
    page = ann.get("tasks/apples").html
    assert '<option value="service"' in page
    assert '<option value="transactional"' not in page
    half = ann.post("tasks/apples", channel_type="sms", user_id="u-1", key="k3")
    assert (half.status, 'id="wrong-user_id"' in half.html) == (400, True)
    given = {"channel_type": "sms", "user_id": "u-1", "strategy_id": "service"}
    words = {"title": "Apples", "body": "Red and sweet."}
    sent = ann.post("tasks/apples", **given, **words, key="k4")
    assert sent.location == "tasks/apples?done=sent"


def test_a_product_without_a_page_has_no_link_to_share() -> None:
    put("apples", url=None)
    go_on()
    seen = signed_in("promoter", "ann").get("tasks/apples")
    assert seen.status == 200
    assert "named no page" in seen.text


def test_a_bonus_task_is_accepted_and_shows_how_far_it_is() -> None:
    put("apples", name=EVIL)
    bonuses.put_rules(replace(bonuses.RULE, channel_type="copied", transactions=4))
    ann = signed_in("promoter", "ann")
    assert "Share one of your tasks" in ann.get("bonus-tasks").text
    go_on()
    ann.post("tasks/apples", channel_type="copied", key="k1")
    go_on()
    seen = ann.get("bonus-tasks")
    assert "Waiting for you" in seen.text
    assert EVIL in seen.text
    assert "<script>alert" not in seen.html
    given = {"offer_id": "apples", "channel_type": "copied"}
    assert ann.post("bonus-tasks", **given).location == "bonus-tasks?done=accepted"
    token, _ = brought(link("ann")[1]["code"])
    pay("o-1", visitor_token=token)
    go_on()
    seen = ann.get("bonus-tasks", done="accepted")
    assert "It counts from now on." in seen.text
    assert "Sales 1 / 4" in seen.text
    assert "hours left" in seen.text
    refused = ann.post("bonus-tasks", offer_id="pears", channel_type="copied")
    assert refused.status == 404
    assert "There is no such bonus task" in refused.text
    assert "Running" in refused.text
    item = bonuses.item("ann")
    for state, said in (("missed", "Missed"), ("rewarded", "Rewarded"), ("uncompleted", "missing")):
        item.state = state
        item.save()
        assert said in ann.get("bonus-tasks").text


def test_earnings_say_what_is_coming_and_what_for() -> None:
    put("apples", name=EVIL)
    go_on()
    ann = signed_in("promoter", "ann")
    assert "Nothing earned yet." in ann.get("earnings").text
    token, _ = brought(link("ann")[1]["code"])
    pay("o-1", visitor_token=token)
    go_on()
    seen = ann.get("earnings", period="all")
    assert "Still waiting 15.00 CNY" in seen.text
    assert f"Commission: {EVIL}" in seen.text
    assert "My rank: 1 of 1" in seen.text
    assert "<script>alert" not in seen.html
    assert "No reward is in this state." in ann.get("earnings", state="paid").text
    assert "waiting 15.00 CNY" in ann.get("earnings/statement").text
    assert ann.get("earnings/statement", **{"from": "2026-02-30"}).status == 400
    sheet = ann.get("earnings/statement.csv")
    assert sheet.headers["Content-Disposition"].startswith("attachment")
    assert len(sheet.html.strip().splitlines()) == 2
    orchard = signed_in("merchant", "orchard").get("earnings")
    assert "Yours now 85.00 CNY" in orchard.text
    assert "My rank" not in orchard.text
    both = signed_in("merchant promoter", "ann").get("earnings")
    assert both.html.count('href="/console/earnings"') == 1


@pytest.mark.parametrize("path", PAGES)
def test_a_promoters_pages_are_not_an_operators(path: str) -> None:
    assert signed_in().get(path).status == 403
