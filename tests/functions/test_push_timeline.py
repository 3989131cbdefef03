"""The timeline of a push (E7): one call tells tries, waits, what forbade it and why it stopped."""

import importlib
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from sluice.push import trails
from sluice.push.providers import Unreachable
from sluice.push.rules.strategies import Channel, Price, Terms
from sluice.push.store import pushes
from sluice.push.tables import Attempt
from sluice.push.trails import MAX_STEPS, TrailStep, steps_of, with_step
from tests.support import push_recount
from tests.support.aws import local_aws
from tests.support.events import ORGANIZATION, claims, http
from tests.support.push import CONTENT, USER, World, channel, make_world, put_strategy
from tests.support.push_providers import Providers, provide
from tests.support.push_stream import PushStream
from tests.support.staff import NOW, found_organization

ROUTE = "GET /organizations/{organization_id}/pushes/{push_id}"
CHANNEL = Channel(
    "wechat", "first", 600, "delivered", Price(10_000, "CNY"), ("second",), retries=1
)  # fmt: skip


@pytest.fixture(autouse=True)
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with local_aws():
        found_organization()
        yield make_world(monkeypatch)


@pytest.fixture
def providers(
    world: World,  # noqa: ARG001 - it must be there
    monkeypatch: pytest.MonkeyPatch,
) -> Providers:
    return provide(monkeypatch, "first", "second")


def read(push_id: str) -> dict[str, Any]:
    handler = importlib.import_module("functions.push.read_push.handler").handler
    path = {"organization_id": ORGANIZATION, "push_id": push_id}
    answer = handler(http(ROUTE, path=path, claims=claims()), None)
    found: dict[str, Any] = json.loads(answer["body"])
    return found


def told(view: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(entry["what"], entry.get("provider")) for entry in view["timeline"]]


def test_tries_providers_and_waits_are_told_in_order(world: World, providers: Providers) -> None:
    for account_id in ("first", "second"):
        providers.before[account_id] += [Unreachable("connection refused") for _ in range(2)]
    push_id, stream = world.push(CHANNEL, channel("sms")), PushStream()
    waiting = read(push_id)
    assert told(waiting) == [
        ("requested", None),
        ("begun", None),
        ("tried", "first"),
        ("tried", "second"),
        ("deferred", "second"),
    ]
    until = (NOW + timedelta(seconds=30)).isoformat().replace("+00:00", "Z")
    assert (waiting["timeline"][-1]["until"], waiting["attempts"][0]["send_at"]) == (until, until)
    assert "connection refused" in waiting["timeline"][-1]["why"]
    stream.catch_up()
    assert push_recount.stored_figures() == push_recount.figures()
    assert not any(key[5] in {"sent", "cost_micros"} for key in push_recount.figures())
    world.wait(30)
    world.send_later()
    sent = read(push_id)
    assert told(sent)[5:] == [("tried", "first"), ("sent", None), ("judged", None)]
    assert (sent["attempts"][0]["tries"], "send_at" in sent["attempts"][0]) == (2, False)
    stream.catch_up()
    assert push_recount.stored_figures() == push_recount.figures()
    assert push_recount.figures()["cheapest-first", 1, "total", "wechat", "", "sent"] == 1


def test_a_push_that_was_withheld_says_by_what(world: World) -> None:
    """Consent is required and nobody gave it: nothing left, nothing failed, nothing was spent."""
    put_strategy(terms=Terms("required"), purpose="marketing")
    push_id = pushes.start_push(
        ORGANIZATION, USER, "cheapest-first", CONTENT, claim=None, now=world.now
    )
    world.start_chains()
    view = read(push_id)
    assert (view["status"], view["withheld_by"]) == ("withheld", "consent")
    assert {attempt["withheld_by"] for attempt in view["attempts"]} <= {"consent"}
    assert all(what in {"requested", "begun", "withheld", "judged"} for what, _ in told(view))
    PushStream().catch_up()
    figures = push_recount.stored_figures()
    assert figures == push_recount.figures()
    own = {key[5]: number for key, number in figures.items() if key[2:4] == ("total", "")}
    assert own == {"pushes": 1, "withheld": 1, "withheld_consent": 1}
    assert not any(key[5] in {"sent", "failed", "cost_micros"} for key in figures)


def test_a_trail_keeps_the_latest_steps() -> None:
    attempt = Attempt()
    for number in range(MAX_STEPS + 3):
        attempt.trail = with_step(attempt, TrailStep(NOW, trails.TRIED, f"account-{number}"))
    kept = [step.account_id for step in steps_of(attempt)]
    assert kept == [f"account-{number}" for number in range(3, MAX_STEPS + 3)]
