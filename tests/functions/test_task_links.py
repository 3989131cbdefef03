"""A promoter's link for a task, from asking for it to a visitor on the product's page (D4, D10)."""

from collections.abc import Iterator

import pytest

from sluice.promoters import visiting
from sluice.promoters.link_tables import TaskLink
from sluice.promoters.rules.offers import RewardRule
from sluice.promoters.store import links
from sluice.shared import clock
from sluice.shared.outbox import OutboxItem
from tests.support.aws import items_of, local_aws
from tests.support.events import ORGANIZATION, claims, http
from tests.support.staff import found_organization
from tests.support.task_payments import (
    ANN,
    APPLES,
    BEN,
    DAY,
    MERCHANT,
    ask,
    brought,
    follow,
    link,
    put_offer,
    put_people,
)


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with local_aws():
        found_organization(clock.now())
        put_people(clock.now())
        put_offer()
        yield


def visits() -> list[str]:
    kind = "promoter.visited.v1"
    items = items_of(OutboxItem)
    return [kind for item in items if isinstance(item, OutboxItem) and item.type == kind]


def test_a_promoter_has_one_link_for_a_task_and_it_has_an_image() -> None:
    """D4."""
    status, first = link(ANN, key="k-1")
    assert status == 201
    assert first["url"] == f"https://s.example.com/t/{first['code']}"
    assert link(ANN, key="k-1") == (201, first)
    assert link(ANN) == (200, first)
    assert link(ANN, caller=claims()) == (200, first)
    assert link(BEN)[1]["code"] != first["code"]
    assert len(items_of(TaskLink)) >= 2
    path = {"code": first["code"]}
    status, image, headers = ask(
        "codes/read_code_image", http("GET /t/{code}/image", path=path, query={"format": "svg"})
    )
    assert (status, headers["Content-Type"]) == (200, "image/svg+xml")
    assert image


def test_a_link_is_only_for_a_task_of_ones_own() -> None:
    assert link(ANN, caller=claims("promoter", BEN))[0] == 403
    assert link(ANN, "pears")[0] == 404
    assert link(MERCHANT, caller=claims())[1]["type"].endswith("no-such-promoter")
    put_offer("tea", rules=(RewardRule("vip", amount_minor=1),))
    assert link(ANN, "tea")[1]["type"].endswith("not-a-task")
    put_offer("later", starts_at=clock.now() + DAY)
    assert link(ANN, "later")[1]["type"].endswith("not-a-task")
    put_offer("shy", product=type(APPLES)("S", "Shy", "food", 5000))
    assert link(ANN, "shy")[1]["type"].endswith("no-page")


def test_who_follows_a_link_is_bound_to_what_was_promised_then() -> None:
    """D10: version and tag are frozen by the click; a visitor is counted once."""
    code = link(ANN)[1]["code"]
    status, _, headers = follow(code)
    assert status == 302
    assert headers["Location"].startswith("https://orchard.example/apples?size=5&sluice_visitor=")
    token, cookie = brought(code, headers["Set-Cookie"].split(";")[0])
    put_offer(rules=(RewardRule("student", amount_minor=1),))
    brought(code, cookie)
    visitor = visiting.visitor_in(token, ORGANIZATION)
    assert visitor is not None
    clicks = links.find_clicks(ORGANIZATION, visitor, "apples")
    assert [(each.member_id, each.version, each.tag) for each in clicks] == [
        (ANN, 1, "student"),  # twice in a minute: once
        (ANN, 2, "student"),
    ]
    assert len(visits()) == 1
    assert visiting.visitor_in(token, "another") is None
    brought(link(BEN)[1]["code"] if link(BEN)[0] != 409 else code)  # Ben's tag is in no rule now
    assert len(visits()) == 2


def test_bots_are_led_on_and_not_counted() -> None:
    code = link(ANN)[1]["code"]
    status, _, headers = follow(code, **{"User-Agent": "Googlebot/2.1"})
    assert (status, headers["Location"]) == (302, APPLES.url)
    assert "Set-Cookie" not in headers
    assert not visits()


def test_a_client_without_a_browser_gets_json() -> None:
    code = link(ANN)[1]["code"]
    status, body, _ = follow(code, Accept="application/json")
    assert (status, body["offer_id"]) == (200, "apples")
    assert body["visitor_token"] in body["url"]


def test_a_link_outlives_the_promoter_and_not_the_offer() -> None:
    code = link(ANN)[1]["code"]
    put_offer(rules=(RewardRule("vip", amount_minor=1),))
    assert follow(code)[0] == 302
    assert not visits()  # it is no task of Ann's any more
    put_offer(status="paused")
    assert follow(code)[0] == 410
    assert follow("7KQ4MZP2XWBD")[0] == 404
