"""What AWS tells of messages, through its queue (E3, E5)."""

import base64
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from functions.push.receive_delivery_log.handler import handler as receive_log
from functions.push.receive_provider_events.handler import handler
from sluice.push.providers import Sent, sandbox
from sluice.push.store import lookups
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


def log(*lines: Any) -> None:
    """Deliver lines of the delivery log."""
    told = {"messageType": "DATA_MESSAGE", "logEvents": [{"message": line} for line in lines]}
    packed = gzip.compress(json.dumps(told).encode())
    receive_log({"awslogs": {"data": base64.b64encode(packed).decode()}}, None)


def line(message_id: str, status: str = "SUCCESS") -> str:
    delivery = {"priceInUSD": 0.00645, "destination": "+8613800138000"}
    notification = {"messageId": message_id, "timestamp": "2026-03-05 08:00:34.558"}
    return json.dumps({"notification": notification, "delivery": delivery, "status": status})


@pytest.fixture
def by_sns(world: World, monkeypatch: pytest.MonkeyPatch) -> str:
    """A push whose first message has an id of SNS."""
    script(**{"*": "accept"})
    monkeypatch.setattr(sandbox, "send", lambda *_: Sent("sns:m-1"))
    return world.push()


def test_a_line_of_the_delivery_log_settles_whose_message_it_names(by_sns: str) -> None:
    log(line("nobody"), "no json", line("m-1"), line("m-1"))
    assert load_push(ORGANIZATION, by_sns).push.status == "reached"
    assert len(receipts_of(by_sns)) == 1
    attempt = attempts_of(by_sns)[0]
    assert (attempt.price_micros, attempt.currency) == (6_450, "USD")


def test_a_line_that_comes_before_the_send_has_returned_is_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    log(line("m-2"))
    monkeypatch.setattr(sandbox, "send", lambda *_: Sent("sns:m-2"))
    push_id = world.push()
    assert load_push(ORGANIZATION, push_id).push.status == "reached"


def test_a_line_that_meets_the_record_of_its_send_settles_it(
    by_sns: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The id is mapped between the look for it and the receipt's being kept for it."""
    found = iter([None, lookups.find_unnamed("sns:m-1")])
    monkeypatch.setattr(lookups, "find_unnamed", lambda _: next(found))
    log(line("m-1"))
    assert load_push(ORGANIZATION, by_sns).push.status == "reached"
    assert len(receipts_of(by_sns)) == 1


def test_a_line_that_says_no_moves_the_push_on(by_sns: str) -> None:
    log(line("m-1", "FAILURE"))
    assert attempts_of(by_sns)[0].failed


@pytest.mark.usefixtures("world")
def test_the_example_of_the_log_and_a_test_message_change_nothing() -> None:
    folder = EXAMPLE.parents[1] / "receive_delivery_log"
    receive_log(json.loads((folder / "event.json").read_text()), None)
    control = gzip.compress(b'{"messageType": "CONTROL_MESSAGE", "logEvents": [{"message": "x"}]}')
    receive_log({"awslogs": {"data": base64.b64encode(control).decode()}}, None)


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
