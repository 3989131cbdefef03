"""One correlation id from a scan to the signup, the connection, the reward, the message (F6)."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from functions.campaigns.sign_up.handler import handler as sign_up
from functions.codes.confirm_contact.handler import handler as confirm
from functions.codes.handle_scan.handler import handler as scan
from sluice.codes.tables import SeatItem
from sluice.organizations import access
from sluice.push.tables import Push, PushItem
from sluice.shared import clock, metrics, relay, signing, telemetry
from sluice.shared.outbox import Event
from tests.support.aws import items_of, local_aws
from tests.support.deliveries import Deliveries
from tests.support.events import ORGANIZATION, http
from tests.support.push import make_world, put_strategy
from tests.support.signups import ANSWERS, SIGN_UP, begin, forget
from tests.support.staff import found_organization

SCAN = "GET /s/{code}"
CALLBACK = "POST /callbacks/{organization_id}/{provider_account_id}"
STORY = "the-scan"
WHOLE = {
    SCAN,
    SIGN_UP,
    CALLBACK,
    "assignment.connected.v1",  # the reward
    "notice.wanted.v1",  # Lin is told of the signup
    "push.requested.v1",
    "functions.push.push_step.handler",  # and gets the message
}

type Call = dict[str, Any]


@pytest.fixture(autouse=True)
def deliveries(monkeypatch: pytest.MonkeyPatch) -> Iterator[Deliveries]:
    forget()
    with local_aws():
        make_world(monkeypatch).now = datetime.now(UTC)  # tokens ask the true time
        found_organization(clock.now())
        carried = Deliveries(threading.RLock())
        monkeypatch.setattr(relay, "send", carried.send)
        yield carried
    forget()


def asked(request_id: str, event: Call) -> Call:
    event["requestContext"]["requestId"] = request_id
    return event


def scanned(code: str, request_id: str) -> str:
    event = http(SCAN, path={"code": code}, headers={"accept": "application/json"})
    answer = scan(asked(request_id, event), None)
    assert answer["headers"]["X-Correlation-Id"] == request_id
    return str(json.loads(answer["body"])["visitor_token"])


def signed_up(code: str, token: str, request_id: str) -> Call:
    body = {"visitor_token": token, "answers": ANSWERS, "consent": True}
    headers = {"accept": "application/json", "content-type": "application/json"}
    event = http(SIGN_UP, path={"code": code}, body=body, headers=headers)
    answer: Call = sign_up(asked(request_id, event), None)
    assert answer["statusCode"] in {200, 201}, answer
    return answer


def connected(request_id: str) -> None:
    (seat,) = [item.seat for item in items_of(SeatItem) if isinstance(item, SeatItem)]
    assignment_id = seat.current.assignment_id
    given = {"event": "connected", "assignment_id": assignment_id, "customer_ref": "wx-1"}
    raw = json.dumps(given | {"at": clock.now().isoformat()}).encode()
    key = access.provider_key(ORGANIZATION, "sandbox")
    headers = signing.sign_webhook(key, request_id, datetime.now(UTC), raw)
    path = {"organization_id": ORGANIZATION, "provider_account_id": "sandbox"}
    event = http(CALLBACK, path=path, body=raw, headers=headers)
    assert confirm(asked(request_id, event), None)["statusCode"] == 200


def lines(caplog: pytest.LogCaptureFixture) -> list[Call]:
    """Return what was logged, as it is written."""
    return [
        json.loads(telemetry.logger.registered_formatter.format(record))
        for record in caplog.records
        if record.name == telemetry.logger.name
    ]


def test_a_scan_a_reward_and_a_message_are_one_story_in_the_logs(
    deliveries: Deliveries, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Written when they are logged: a line's ids are those of that moment."""
    told: list[tuple[str, str, str]] = []

    def tell(message: str, **_: Any) -> None:
        keys = telemetry.logger.get_current_keys()
        told.append((message, telemetry.correlation_id(), str(keys["request_id"])))

    monkeypatch.setattr(telemetry.logger, "info", tell)
    put_strategy(strategy_id="notices")
    code = begin()
    other = scanned(code, "another-scan")
    answer = signed_up(code, scanned(code, STORY), "the-signup")
    assert answer["headers"]["X-Correlation-Id"] == STORY
    deliveries.settle()
    connected("the-callback")
    deliveries.settle()
    assert {message for message, story, _ in told if story == STORY} >= WHOLE
    assert (SIGN_UP, STORY, "the-signup") in told
    assert (CALLBACK, STORY, "the-callback") in told
    (push,) = [item for item in items_of(PushItem) if isinstance(item, Push)]
    assert push.correlation_id == STORY
    before = len(told)
    scanned(code, "a-third-scan")
    assert told[before:] == [(SCAN, "a-third-scan", "a-third-scan")], "the story went on"
    assert other


def test_an_id_of_nobody_is_not_followed_and_none_outlives_its_call() -> None:
    before = telemetry.correlation_id()
    with telemetry.invocation("test", {}, None):
        telemetry.follow("")
        telemetry.follow("x" * 129)
        assert telemetry.correlation_id() == "local"
        telemetry.follow(STORY)
        with telemetry.invocation("another", {}, None):
            assert telemetry.correlation_id() == "local"
        assert telemetry.correlation_id() == STORY
    assert telemetry.correlation_id() == before


def test_what_leaves_for_the_bus_is_counted(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.undo()
    kinds = ["reward.granted.v1", "reward.granted.v1", "assignment.connected.v1", "other.v1"]
    with telemetry.invocation("relay", {}, None):
        for kind in kinds:
            now = datetime.now(UTC)
            data: Call = {}
            event = Event(
                id="1", type=kind, organization_id="acme", occurred_at=now, version=1, data=data
            )
            relay.send([event])
    *_, line = lines(caplog)
    assert (line["RewardsGranted"], line["CustomersConnected"]) == (2, 1)
    (described,) = line["_aws"]["CloudWatchMetrics"]
    assert described["Namespace"] == metrics.NAMESPACE
    assert len(described["Metrics"]) == 2
