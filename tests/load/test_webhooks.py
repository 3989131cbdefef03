"""An event, its delivery and a test, each taken by many processes at the same instant (F3)."""

import pytest

from sluice.shared import clock
from sluice.webhooks.store import webhooks
from sluice.webhooks.store.webhooks import Wanted
from tests.load.clients import at_once
from tests.support.events import ORGANIZATION
from tests.support.webhooks import Receiver, deliveries_of

pytestmark = pytest.mark.proof
CLIENTS = 64


def test_an_event_is_told_once_whoever_takes_it_and_its_delivery_is_one_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PRIVATE_TARGETS", "127.0.0.0/8")
    with Receiver() as receiver:
        _put(receiver.url)
        heard = at_once("hear", [clock.now().isoformat()] * CLIENTS, CLIENTS)
        print(f"\nevent: {heard}")
        ((delivery_id,),) = [made for made in heard.answers if made]
        called = at_once("call_receiver", [delivery_id] * CLIENTS, CLIENTS)
        print(f"delivery: {called}")
        assert called.answers.count("delivered") == 1
        assert set(called.answers) <= {"delivered", "taken", "over"}
        assert len(receiver.asked) == 1
    (found,) = deliveries_of()
    assert (found.status, int(found.attempts)) == ("delivered", 1)


def test_of_many_tests_at_once_one_is_sent() -> None:
    _put("https://crm.example.com/")
    tried = at_once("try_webhook", ["crm"] * CLIENTS, CLIENTS)
    print(f"\ntests: {tried}")
    assert tried.answers.count(True) == 1
    assert len(deliveries_of()) == 1


def _put(url: str) -> None:
    wanted = Wanted(url, {"campaign.*"}, None, "active")
    webhooks.put_webhook(ORGANIZATION, "crm", wanted, clock.now())
