"""Our own links in messages: followed, loaded, unsubscribed from (E3, E7)."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from functions.push.follow_link.handler import handler as follow_link
from functions.push.unsubscribe_user.handler import handler as unsubscribe
from sluice.push.rules.chain import Status
from sluice.push.rules.contents import Content
from sluice.push.rules.courtesy import Consent, Person, Settings
from sluice.push.store import push_settings, pushes, recipients
from sluice.push.tables import Lookup, SandboxMessage
from sluice.shared import clock, ids
from sluice.shared.claims import hash_of
from sluice.shared.outbox import OutboxItem
from tests.support.aws import items_of, local_aws
from tests.support.events import ORGANIZATION, http
from tests.support.push import (
    USER,
    World,
    attempts_of,
    channel,
    event_types,
    load,
    make_world,
    put_strategy,
    receipts_of,
    script,
)
from tests.support.requests import recorded
from tests.support.staff import found_organization

FUNCTIONS = Path(__file__).parents[2] / "functions" / "push"
LINK = "https://shop.example.com/spring?a=1"
BROWSER = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1"
FOLLOW, PICTURE = "GET /l/{tracking_id}", "GET /o/{tracking_id}"
LEAVE, PAGE = "POST /u/{tracking_id}", "GET /u/{tracking_id}"


@pytest.fixture(autouse=True)
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with local_aws():
        found_organization()
        made = make_world(monkeypatch)
        made.now = clock.now()
        script(**{"*": "accept"})
        yield made


def push(
    world: World, purpose: str = "service", success: str = "clicked", link: str | None = LINK
) -> str:
    channels = (channel("mail", success), channel("sms"))
    put_strategy(*channels, strategy_id="s", purpose=purpose)
    content = Content("Spring tea", "It is here.", link)
    push_id = pushes.start_push(ORGANIZATION, USER, "s", content, claim=None, now=world.now)
    world.start_chains()
    return push_id


def message() -> SandboxMessage:
    """Return what the sandbox delivered last."""
    found = [item for item in items_of(SandboxMessage) if isinstance(item, SandboxMessage)]
    return found[-1]


def ask(route: str, tracking_id: str, agent: str = BROWSER, **more: Any) -> dict[str, Any]:
    handler = unsubscribe if "/u/" in route else follow_link
    headers = {"User-Agent": agent, "Accept-Language": more.pop("language", "en")}
    event = http(route, path={"tracking_id": tracking_id}, headers=headers, **more)
    return handler(event, None)


def test_the_link_of_a_message_is_ours_and_leads_to_its_own(world: World) -> None:
    """E3: for a channel without receipts the click itself is the evidence."""
    push_id = push(world)
    (attempt,) = attempts_of(push_id)
    assert message().link == f"https://s.example.com/l/{attempt.tracking_id}"
    answer = ask(FOLLOW, attempt.tracking_id)
    assert (answer["statusCode"], answer["headers"]["Location"]) == (302, LINK)
    held = load(push_id)
    assert held.push.status == Status.REACHED
    (receipt,) = receipts_of(push_id)
    assert (receipt.status, receipt.found_by, receipt.effect) == ("clicked", "own_link", "clicked")
    assert "push.reached.v1" in event_types()
    assert world.states.names()[-1] == "send_task_success"


def test_what_is_followed_again_is_only_led_on(world: World) -> None:
    push_id = push(world)
    tracking_id = attempts_of(push_id)[0].tracking_id
    ask(FOLLOW, tracking_id)
    with recorded() as asked:
        assert ask(FOLLOW, tracking_id)["statusCode"] == 302
    assert asked.names == ["GetItem", "Query"]
    assert ask(PICTURE, tracking_id)["statusCode"] == 200
    assert len(receipts_of(push_id)) == 1, "who clicked has seen it"


def test_the_picture_of_a_message_says_that_it_was_seen(world: World) -> None:
    push_id = push(world)
    answer = ask(PICTURE, attempts_of(push_id)[0].tracking_id)
    assert (answer["statusCode"], answer["headers"]["Content-Type"]) == (200, "image/gif")
    assert load(push_id).push.status == Status.RUNNING, "the strategy wants a click"
    assert [receipt.status for receipt in receipts_of(push_id)] == ["seen"]


@pytest.mark.parametrize("route", [FOLLOW, PICTURE])
@pytest.mark.parametrize("agent", ["Googlebot/2.1", "facebookexternalhit/1.1", "Slackbot 1.0"])
def test_crawlers_and_previews_are_led_on_and_prove_nothing(
    world: World, route: str, agent: str
) -> None:
    push_id = push(world)
    answer = ask(route, attempts_of(push_id)[0].tracking_id, agent)
    assert answer["statusCode"] in {200, 302}
    assert receipts_of(push_id) == []


@pytest.mark.parametrize("route", [FOLLOW, PICTURE, LEAVE, PAGE])
def test_a_link_of_no_message_is_not_found(route: str) -> None:
    assert ask(route, "0" * 16)["statusCode"] == 404


def test_a_message_without_a_link_has_a_picture_only(world: World) -> None:
    tracking_id = attempts_of(push(world, link=None))[0].tracking_id
    assert message().link is None
    assert ask(FOLLOW, tracking_id)["statusCode"] == 404
    assert ask(PICTURE, tracking_id)["statusCode"] == 200


def test_a_link_names_no_organisation_and_no_user(world: World) -> None:
    push(world)
    for url in (message().link, message().unsubscribe_url):
        assert url
        assert ORGANIZATION not in url
        assert USER not in url


@pytest.mark.parametrize("body", [None, b"List-Unsubscribe=One-Click", b"\xff{"])
def test_one_click_withdraws_the_consent_to_the_purpose(world: World, body: bytes | None) -> None:
    """E7, RFC 8058: whatever the body says, and once however often."""
    tracking_id = attempts_of(push(world, "marketing"))[0].tracking_id
    assert message().unsubscribe_url == f"https://s.example.com/u/{tracking_id}"
    for _ in range(2):
        answer = ask(LEAVE, tracking_id, body=body)
        assert answer["statusCode"] == 200
        assert "You will get no more messages of this kind" in answer["body"]
    found = recipients.find_recipient(ORGANIZATION, USER)
    assert found is not None
    assert int(found.version) == 1
    consent = found.person.consents["*/marketing"]
    assert (consent.granted, consent.source) == (False, "unsubscribe_link")
    types = [item.type for item in OutboxItem.scan() if item.type.startswith("recipient.")]
    assert types == ["recipient.unsubscribed.v1"]


def test_the_page_asks_and_changes_nothing(world: World) -> None:
    """E7: mail scanners follow links."""
    tracking_id = attempts_of(push(world, "marketing"))[0].tracking_id
    notes = {"en": "Write to <us>.", "zh": "请联系我们。"}
    push_settings.put_settings(ORGANIZATION, Settings(unsubscribe_notes=notes), world.now)
    page = ask(PAGE, tracking_id)
    assert 'method="post"' in page["body"]
    assert "Write to &lt;us&gt;." in page["body"]
    assert "script" not in page["headers"]["Content-Security-Policy"]
    assert "退订" in ask(PAGE, tracking_id, language="zh-CN")["body"]
    assert recipients.find_recipient(ORGANIZATION, USER) is None


def test_a_transactional_message_cannot_be_unsubscribed_from(world: World) -> None:
    tracking_id = attempts_of(push(world, "transactional"))[0].tracking_id
    assert message().unsubscribe_url is None
    assert ask(PAGE, tracking_id)["statusCode"] == 404
    assert ask(LEAVE, tracking_id)["statusCode"] == 404


def test_who_comes_back_and_leaves_again_has_left(world: World) -> None:
    tracking_id = attempts_of(push(world, "marketing"))[0].tracking_id
    ask(LEAVE, tracking_id)
    world.now += timedelta(minutes=1)
    back = Consent(granted=True, at=world.now, source="shop")
    person = Person(consents={"mail/marketing": back})
    recipients.put_recipient(ORGANIZATION, USER, person, world.now, left_out=["addresses"])
    world.now += timedelta(minutes=1)
    ask(LEAVE, tracking_id)
    found = recipients.find_recipient(ORGANIZATION, USER)
    assert found is not None
    assert found.person.consents["*/marketing"].at > back.at


@pytest.mark.parametrize("name", ["follow_link", "unsubscribe_user"])
def test_the_examples_work(world: World, name: str) -> None:
    push_id = push(world, "marketing")
    event = json.loads((FUNCTIONS / name / "event.json").read_text())
    item = Lookup(
        ids.key("tracking", hash_of(event["pathParameters"]["tracking_id"])),
        "lookup",
        organization_id=ORGANIZATION,
        push_id=push_id,
        position=0,
        expires=world.now,
    )
    item.save()
    handler = {"follow_link": follow_link, "unsubscribe_user": unsubscribe}[name]
    assert handler(event, None)["statusCode"] in {200, 302}
