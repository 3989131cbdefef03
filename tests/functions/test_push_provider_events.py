"""What AWS tells of messages, through its queue (E3, E5)."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from functions.push.receive_provider_events.handler import handler
from sluice.push.store.held import load_push
from tests.support.aws import local_aws
from tests.support.events import ORGANIZATION
from tests.support.push import World, attempts_of, make_world, receipts_of, script
from tests.support.staff import found_organization

EXAMPLE = Path(__file__).parents[2] / "functions/push/receive_provider_events/event.json"


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with local_aws():
        found_organization()
        yield make_world(monkeypatch)


@pytest.fixture
def push_id(world: World) -> str:
    """A push whose first message was accepted: the sandbox stands for AWS."""
    script(**{"*": "accept"})
    found = world.push()
    assert len(attempts_of(found)) == 1
    return found


def deliver(*bodies: Any) -> list[str]:
    """Deliver messages of the queue; return which come again."""
    records = [
        {"messageId": f"m-{n}", "body": body if isinstance(body, str) else json.dumps(body)}
        for n, body in enumerate(bodies)
    ]
    answered = handler({"Records": records}, None)
    return [failed["itemIdentifier"] for failed in answered["batchItemFailures"]]


def named(push_id: str) -> dict[str, str]:
    return {
        "sluice_organization": ORGANIZATION,
        "sluice_account": "sandbox",
        "sluice_tracking": attempts_of(push_id)[0].tracking_id,
    }


def text(push_id: str, kind: str = "TEXT_DELIVERED") -> dict[str, Any]:
    return {"eventType": kind, "context": named(push_id), "totalMessagePrice": 0.01}


def mail(push_id: str, kind: str, **more: Any) -> dict[str, Any]:
    tags = {name: [value] for name, value in named(push_id).items()}
    return {"eventType": kind, "mail": {"messageId": "x", "tags": tags}, **more}


def test_an_sms_that_was_delivered_ends_its_push_with_its_price(push_id: str) -> None:
    assert deliver(text(push_id)) == []
    assert load_push(ORGANIZATION, push_id).push.status == "reached"
    attempt = attempts_of(push_id)[0]
    assert (attempt.price_micros, attempt.currency) == (10_000, "USD")


def test_the_same_event_twice_is_one_receipt(push_id: str) -> None:
    deliver(text(push_id), text(push_id))
    deliver(text(push_id))
    assert len(receipts_of(push_id)) == 1


def test_an_e_mail_that_came_back_moves_the_push_on(push_id: str) -> None:
    deliver(mail(push_id, "Bounce", bounce={"bounceType": "Transient"}))
    assert [bool(attempt.failed) for attempt in attempts_of(push_id)] == [True, False]


def test_events_about_others_are_left(push_id: str) -> None:
    other = {"eventType": "Delivery", "mail": {"messageId": "y", "tags": {}}}
    strangers = [
        text(push_id) | {"context": named(push_id) | {"sluice_organization": "another"}},
        text(push_id) | {"context": named(push_id) | {"sluice_account": "another"}},
        text(push_id) | {"context": named(push_id) | {"sluice_tracking": "nobody-knows"}},
        text(push_id, "TEXT_QUEUED"),
        {"AmazonSnsSubscriptionSucceeded": "yes"},
        other,
    ]
    assert deliver(*strangers) == []
    assert receipts_of(push_id) == []
    assert json.loads(EXAMPLE.read_text())
    assert handler(json.loads(EXAMPLE.read_text()), None) == {"batchItemFailures": []}


def test_what_cannot_be_read_is_set_aside_and_the_rest_is_taken(push_id: str) -> None:
    assert deliver("no json", "[]", {"mail": 7}, text(push_id)) == []
    assert load_push(ORGANIZATION, push_id).push.status == "reached"
    queue = boto3.client("sqs").get_queue_url(QueueName="test-failures")["QueueUrl"]
    kept = boto3.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
    assert sorted(message["Body"] for message in kept["Messages"]) == [
        "[]",
        "no json",
        '{"mail": 7}',
    ]
