"""A promoter's link for a task, from asking for it to a visitor on the product's page (D4, D10)."""

from collections.abc import Iterator
from typing import Any

import pytest

from sluice.promoters import visiting
from sluice.promoters.link_tables import TaskLink
from sluice.promoters.rules.offers import RewardRule
from sluice.promoters.store import coupons, links, sharing
from sluice.promoters.store.coupons import Coupon
from sluice.shared import clock
from sluice.shared.errors import Contention
from sluice.shared.outbox import OutboxItem, event_of
from tests.support.aws import items_of, local_aws
from tests.support.events import ORGANIZATION, claims, http
from tests.support.push import channel, put_strategy
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

SHARES = "POST /organizations/{organization_id}/promoters/{member_id}/tasks/{offer_id}/shares"


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


def share(member_id: str = ANN, key: str = "", **body: str) -> tuple[int, Any]:
    path = {"organization_id": ORGANIZATION, "member_id": member_id, "offer_id": "apples"}
    headers = {"Idempotency-Key": key} if key else {}
    caller = claims("promoter", ANN)
    event = http(SHARES, path=path, body=body, headers=headers, claims=caller)
    return ask("promoters/share_task", event)[:2]


def test_a_copied_link_counts_once_a_day_for_a_kind_of_channel() -> None:
    """D4, D6."""
    status, first = share(channel_type="wechat-group", key="k-1")
    assert (status, first["url"]) == (201, link(ANN)[1]["url"])
    assert share(channel_type="wechat-group", key="k-1") == (201, first)
    assert share(channel_type="wechat-group") == (201, first)
    assert share(channel_type="sms")[1] != first
    assert told("task.shared.v1") == ["sms", "wechat-group"]
    assert share(BEN, channel_type="sms")[0] == 403
    assert share(channel_type="sms", user_id="u-1")[0] == 400


def test_a_link_is_shared_by_a_push_with_the_push() -> None:
    put_strategy(channel("sms"))
    body = {"channel_type": "sms", "user_id": "u-1", "strategy_id": "cheapest-first"}
    status, first = share(key="k-1", **body)
    assert (status, len(first["push_id"])) == (201, 26)
    assert share(key="k-1", **body) == (201, first)
    assert share(**body)[1]["push_id"] != first["push_id"]
    assert told("task.shared.v1") == ["sms", "sms"]
    assert len(told("push.requested.v1")) == 2
    assert share(channel_type="sms", user_id="u-1", strategy_id="none")[0] == 404
    put_strategy(channel("sms"), purpose="transactional")  # which needs nobody's consent
    assert share(**body)[1]["type"].endswith("purpose-differs")
    assert len(told("push.requested.v1")) == 2


def test_a_promoter_shares_only_so_often_on_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "MAX_SHARES", 1)
    assert share(channel_type="sms")[0] == 201
    assert share(channel_type="mail")[1]["type"].endswith("too-many-shares")
    assert len(told("task.shared.v1")) == 1


def told(kind: str) -> list[str]:
    """Return the kinds of channels that events of a type name."""
    items = [item for item in items_of(OutboxItem) if isinstance(item, OutboxItem)]
    data = [event_of(item).data for item in items if item.type == kind]
    return sorted(str(each.get("channel_type")) for each in data)


def test_a_visitor_gets_a_coupon_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """D8: a person on a page of its own, an app in the address for the shop and in JSON."""
    given = Coupon("7KQ4MZP2XWBD", "apples", ANN, 500, "CNY", clock.now() + DAY)
    monkeypatch.setattr(coupons, "give", lambda *_: given)
    code = link(ANN)[1]["code"]
    page = f"https://s.example.com/t/{code}/coupons/7KQ4MZP2XWBD"
    assert follow(code)[2]["Location"] == page
    assert "&sluice_coupon=7KQ4MZP2XWBD" in follow(code, Accept="*/*")[2]["Location"]
    _, body, _ = follow(code, Accept="application/json")
    assert body["coupon"]["amount_minor"] == 500


def test_a_visitor_is_led_on_without_a_coupon_where_many_ask_for_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def busy(*_: object) -> Coupon:
        raise Contention

    monkeypatch.setattr(coupons, "give", busy)
    status, _, headers = follow(link(ANN)[1]["code"])
    assert (status, "sluice_coupon" in headers["Location"]) == (302, False)
    assert visits()
