"""Messages inside the app: fetched and reported by it, with the user's identity token (E1, E3)."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import msgspec
import pytest

from functions.push.read_inbox.handler import handler as read_inbox
from functions.push.report_inbox.handler import handler as report_inbox
from sluice.organizations import access
from sluice.organizations import store as organizations
from sluice.push.providers import Message, inbox
from sluice.push.recipient_tables import InboxMessage
from sluice.push.rules.chain import Status
from sluice.push.rules.contents import Content
from sluice.push.store import pushes
from sluice.shared import clock
from tests.support.aws import items_of, local_aws
from tests.support.events import ORGANIZATION, http
from tests.support.push import (
    USER,
    World,
    attempts_of,
    channel,
    load,
    make_world,
    put_strategy,
    receipts_of,
    script,
)
from tests.support.staff import found_organization

FUNCTIONS = Path(__file__).parents[2] / "functions" / "push"
READ, REPORT = "GET /inbox/{organization_id}", "POST /inbox/{organization_id}/events"
PATH = {"organization_id": ORGANIZATION}
CONTENT = Content("Spring tea", "It is here.", "https://shop.example.com/spring", "spring-tea")


@pytest.fixture(autouse=True)
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    now = clock.now()
    with local_aws():
        found_organization()
        made = make_world(monkeypatch)
        made.now = now
        script(**{"*": "accept"})
        organizations.put_provider_account(ORGANIZATION, "app", {"type": "inbox"})
        popup = msgspec.structs.replace(channel("app", "seen"), provider="app", display="popup")
        put_strategy(popup, channel("sms"), strategy_id="in-app")
        yield made


def push(world: World, user_id: str = USER) -> str:
    push_id = pushes.start_push(ORGANIZATION, user_id, "in-app", CONTENT, claim=None, now=world.now)
    world.start_chains()
    return push_id


def bearer(world: World, subject: str = USER, **changes: Any) -> dict[str, str]:
    claims = {
        "iss": "shop",
        "sub": subject,
        "aud": f"{ORGANIZATION}/inbox",
        "iat": world.now,
        "exp": world.now + timedelta(minutes=30),
    }
    key = changes.pop("key", access.partner_key(ORGANIZATION, "shop", 1))
    token = jwt.encode(claims | changes, key, algorithm="HS256")
    return {"Authorization": f"Bearer {token}"}


def read(world: World, subject: str = USER, **query: str) -> dict[str, Any]:
    event = http(READ, path=PATH, query=query or None, headers=bearer(world, subject))
    answer = read_inbox(event, None)
    assert answer["statusCode"] == 200, answer["body"]
    found: dict[str, Any] = json.loads(answer["body"])
    return found


def report(world: World, *events: tuple[str, str], subject: str = USER) -> list[str]:
    body = {"events": [{"tracking_id": name, "event": what} for name, what in events]}
    event = http(REPORT, path=PATH, body=body, headers=bearer(world, subject))
    answer = report_inbox(event, None)
    assert answer["statusCode"] == 202, answer["body"]
    outcomes: list[str] = json.loads(answer["body"])["outcomes"]
    return outcomes


def test_an_app_shows_what_its_user_has_not_seen_and_says_when_they_did(world: World) -> None:
    """E1, E3: polled by the app, seen and clicked reported by it."""
    push_id = push(world)
    (message,) = read(world)["items"]
    tracking_id = attempts_of(push_id)[0].tracking_id
    assert (message["tracking_id"], message["display"]) == (tracking_id, "popup")
    assert message["link"] == f"https://s.example.com/l/{tracking_id}"
    assert "seen_at" not in message
    for _ in range(2):
        assert report(world, (tracking_id, "seen"), (tracking_id, "clicked")) == ["recorded"] * 2
    assert load(push_id).push.status == Status.REACHED
    assert sorted(receipt.status for receipt in receipts_of(push_id)) == ["clicked", "seen"]
    (shown,) = read(world)["items"]
    assert {"seen_at", "clicked_at"} <= shown.keys()
    assert world.states.names()[-1] == "send_task_success"


def test_pages_go_from_new_to_old_and_end(world: World) -> None:
    world.now -= timedelta(minutes=5)  # tokens are held against the real clock
    for _ in range(5):
        push(world)
        world.now += timedelta(minutes=1)
    seen: list[str] = []
    cursor = ""
    for _ in range(3):
        page = read(world, limit="2", **({"cursor": cursor} if cursor else {}))
        seen += [message["at"] for message in page["items"]]
        cursor = page.get("next_cursor", "")
    assert cursor == ""
    assert seen == sorted(seen, reverse=True)
    assert len(set(seen)) == 5


def test_nobody_sees_or_reports_another_users_messages(world: World) -> None:
    push_id = push(world)
    tracking_id = attempts_of(push_id)[0].tracking_id
    assert read(world, "u-8")["items"] == []
    assert report(world, (tracking_id, "seen"), ("nobodys", "seen"), subject="u-8") == [
        "unknown",
        "unknown",
    ]
    assert receipts_of(push_id) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "acme/W7KQ2XNB9RTC"},
        {"aud": "other/inbox"},
        {"iss": "nobody"},
        {"key": b"k" * 32},
        {"exp": clock.now() - timedelta(minutes=1)},
        {"exp": clock.now() + timedelta(days=1)},
        {"sub": "no user"},
    ],
)
def test_a_token_that_does_not_hold_is_refused(world: World, changes: dict[str, Any]) -> None:
    push(world)
    for route, handler in ((READ, read_inbox), (REPORT, report_inbox)):
        event = http(route, path=PATH, headers=bearer(world, **changes))
        assert handler(event, None)["statusCode"] == 401


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic x"}, {"Authorization": "Bearer"}])
def test_without_a_token_nobody_gets_in(headers: dict[str, str]) -> None:
    assert read_inbox(http(READ, path=PATH, headers=headers), None)["statusCode"] == 401


@pytest.mark.parametrize(
    "body",
    [{}, {"events": []}, {"events": [{"tracking_id": "x", "event": "bought"}]}, {"events": "x"}],
)
def test_a_report_that_is_wrong_is_told(world: World, body: dict[str, Any]) -> None:
    event = http(REPORT, path=PATH, body=body, headers=bearer(world))
    assert report_inbox(event, None)["statusCode"] == 400


def test_a_message_that_is_sent_again_is_there_once(world: World) -> None:
    push_id = push(world)
    attempt = attempts_of(push_id)[0]
    account = organizations.find_provider_account(ORGANIZATION, "app")
    again = Message(
        organization_id=ORGANIZATION,
        account_id="app",
        channel="app",
        user_id=USER,
        tracking_id=attempt.tracking_id,
        content=CONTENT,
        begun_at=attempt.created_at,
    )
    assert inbox.deduplicates
    inbox.send(account, again)
    (item,) = items_of(InboxMessage)
    assert isinstance(item, InboxMessage)
    assert item.display == "popup", "as it was sent first"


@pytest.mark.parametrize("name", ["read_inbox", "report_inbox"])
def test_the_examples_are_taken_with_a_token(world: World, name: str) -> None:
    event = json.loads((FUNCTIONS / name / "event.json").read_text())
    handler = {"read_inbox": read_inbox, "report_inbox": report_inbox}[name]
    assert handler(event, None)["statusCode"] == 401
    event["headers"] |= bearer(world)
    assert handler(event, None)["statusCode"] in {200, 202}
