"""A push whose first message is sent without an execution, as runs do it (E8)."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from functions.push.repair_waits.handler import handler as repair_waits
from sluice.push import receipts, steps
from sluice.push.providers import Receipt
from sluice.push.receipts import Incoming
from sluice.push.rules.judging import Level
from sluice.push.steps import Task
from sluice.push.tables import SandboxMessage
from tests.support.aws import items_of, local_aws
from tests.support.events import ORGANIZATION
from tests.support.push import World, attempts_of, channel, load, make_world, script, start_push
from tests.support.staff import found_organization

TWO = (channel("wechat"), channel("sms"))


@pytest.fixture(autouse=True)
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with local_aws():
        found_organization()
        yield make_world(monkeypatch)


def send_first(world: World, **words: str) -> str:
    """Store a push and send its first message; `words` are the sandbox's."""
    script(**words)
    push_id = start_push(*TWO, now=world.now)
    again(world, push_id)
    return push_id


def again(world: World, push_id: str) -> None:
    """Send the first message, as a run does at each of its tries."""
    steps.take_step(Task(None, ORGANIZATION, push_id, 0), world.now)


def test_no_execution_is_started_for_who_is_reached(world: World) -> None:
    push_id = send_first(world, **{"*": "deliver"})
    assert world.answer() == []
    assert load(push_id).push.status == "reached"
    assert load(push_id).push.due_bucket is None
    assert world.states.calls == []


def test_a_refused_first_message_starts_the_execution_at_the_second_channel(world: World) -> None:
    push_id = send_first(world, wechat="reject", sms="deliver")
    assert world.answer() == []
    assert world.states.names()[0] == "start_execution"
    assert world.execution.transitions == 1
    assert [attempt.channel for attempt in attempts_of(push_id)] == ["wechat", "sms"]
    assert load(push_id).push.status == "reached"


def test_a_negative_receipt_starts_it_too(world: World) -> None:
    push_id = send_first(world, wechat="fail", sms="deliver")
    assert world.answer() == []
    assert len(attempts_of(push_id)) == 2


def test_the_sweeper_starts_it_when_the_first_wait_is_over(world: World) -> None:
    push_id = send_first(world, wechat="accept", sms="accept")
    world.wait(60 + 61)
    repair_waits({}, None)
    assert [attempt.channel for attempt in attempts_of(push_id)] == ["wechat", "sms"]
    assert world.execution.data["position"] == 1


def test_a_repeated_try_sends_nothing_twice(world: World) -> None:
    push_id = send_first(world, **{"*": "accept"})
    again(world, push_id)
    assert len(items_of(SandboxMessage)) == 1
    assert world.states.calls == []


def test_a_repeated_try_leaves_a_push_that_went_on_alone(world: World) -> None:
    push_id = send_first(world, wechat="reject", sms="accept")
    again(world, push_id)
    assert len(attempts_of(push_id)) == 2
    assert world.states.names().count("start_execution") == 1


def test_an_execution_that_took_the_push_over_keeps_its_token(world: World) -> None:
    """The sweeper had started what a run had stored and not sent; then the run comes again."""
    script(**{"*": "accept"})
    push_id = start_push(*TWO, now=world.now)
    world.start_chains()
    token = attempts_of(push_id)[0].task_token
    again(world, push_id)
    assert attempts_of(push_id)[0].task_token == token
    assert len(items_of(SandboxMessage)) == 1


def test_a_late_receipt_credits_the_first_message(world: World) -> None:
    push_id = send_first(world, wechat="accept", sms="accept")
    world.wait(60 + 61)
    repair_waits({}, None)
    first = attempts_of(push_id)[0]
    receipt = Receipt(status="delivered", tracking_id=first.tracking_id)
    receipts.receive(Incoming(ORGANIZATION, "sandbox", receipt, world.now + timedelta(seconds=1)))
    held = load(push_id)
    assert (held.push.status, held.chain.reached_position) == ("reached", 0)
    assert held.attempts[1].waste
    assert int(held.attempts[0].level) == Level.DELIVERED
    assert world.execution.status == "SUCCEEDED"
