"""Providers one after the other, tries one after the other, and messages that wait for their time.

E7: failover and retries inside a channel; what waits costs no transition and is sent once.
"""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from functions.push.repair_waits.handler import handler as repair_waits
from functions.push.send_later.handler import handler as send_later
from sluice.push import later, receipts, sending, turns
from sluice.push.providers import Receipt, Rejected, Unknown, Unreachable
from sluice.push.receipts import Incoming
from sluice.push.rules.judging import Level
from sluice.push.rules.strategies import Channel, Price
from sluice.push.store import pushes
from sluice.push.store.held import facts
from tests.support.aws import local_aws
from tests.support.events import ORGANIZATION
from tests.support.push import World, attempts_of, behave, channel, load, make_world
from tests.support.push_providers import Providers, provide
from tests.support.requests import recorded
from tests.support.staff import found_organization

DOWN = "connection refused"
SMS = channel("sms")


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
    return provide(monkeypatch, "first", "second", "third")


def through(*accounts: str, wait_seconds: int = 600, **given: Any) -> Channel:
    """Return WeChat through these accounts."""
    price = Price(10_000, "CNY")
    return Channel(
        "wechat", accounts[0], wait_seconds, "delivered", price, tuple(accounts[1:]), **given
    )


def down(providers: Providers, *accounts: str, times: int = 1) -> None:
    """Let accounts be down for some tries; each asks twice."""
    for account_id in accounts:
        providers.before[account_id] += [Unreachable(DOWN) for _ in range(2 * times)]


def pass_time(world: World, seconds: int) -> None:
    """Let time pass; the queue delivers what is due."""
    world.wait(seconds)
    world.send_later()


def test_the_next_provider_takes_over_where_the_first_is_down(
    world: World, providers: Providers
) -> None:
    """E7: within the attempt, so it costs no transition; receipts are the second's."""
    down(providers, "first")
    push_id = world.push(through("first", "second"), SMS)
    (attempt,) = attempts_of(push_id)
    assert (providers.taken, attempt.account_id) == (["second/wechat"], "second")
    assert (attempt.level, attempt.tries) == (Level.ACCEPTED, 1)
    assert world.execution.transitions == 1
    receipt = Receipt(status="delivered", message_id=attempt.message_id)
    assert receipts.receive(Incoming(ORGANIZATION, "second", receipt, world.now)) == "settled"
    assert load(push_id).push.status == "reached"


def test_a_provider_that_says_no_is_not_gone_round(world: World, providers: Providers) -> None:
    """E3: it is about this message, so another account would say the same: the next channel."""
    providers.before["first"].append(Rejected("no such user"))
    push_id = world.push(through("first", "second"), SMS)
    assert providers.taken == ["sandbox/sms"]
    assert attempts_of(push_id)[0].why == "no such user"


def test_a_provider_that_may_have_sent_is_not_gone_round(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """E2: nobody gets it twice."""
    providers = provide(monkeypatch, "first", "second", deduplicates=False)
    providers.after["first"].append(Unknown("no answer"))
    push_id = world.push(through("first", "second"), SMS)
    assert providers.asked == ["first"]
    assert attempts_of(push_id)[0].account_id == "first"


def test_all_down_waits_and_tries_again_with_doubled_pauses(
    world: World, providers: Providers
) -> None:
    """E7: all providers again each time, one transition in all."""
    down(providers, "first", "second", times=2)
    push_id = world.push(through("first", "second", retries=2, retry_seconds=30), SMS)
    (attempt,) = attempts_of(push_id)
    assert attempt.send_at == world.now + timedelta(seconds=30)
    assert (bool(attempt.failed), attempt.why) == (False, f"it was not sent: {DOWN}")
    pass_time(world, 29)
    assert len(providers.asked) == 4
    pass_time(world, 1)
    (attempt,) = attempts_of(push_id)
    assert attempt.send_at == world.now + timedelta(seconds=60)
    pass_time(world, 60)
    (attempt,) = attempts_of(push_id)
    assert providers.taken == ["first/wechat"]
    assert (attempt.tries, attempt.level) == (3, Level.ACCEPTED)
    assert facts(attempt).send_at is None
    assert attempt.account_id == "first"
    assert world.execution.transitions == 1


def test_when_no_try_is_left_the_next_channel_is_told_to_go(
    world: World, providers: Providers
) -> None:
    """E3: at once, by the waiting task's token; nothing was sent, so it costs nothing."""
    down(providers, "first", times=2)
    push_id = world.push(through("first", retries=1, retry_seconds=30), SMS)
    pass_time(world, 30)
    first, second = attempts_of(push_id)
    assert (bool(first.failed), int(first.price_micros)) == (True, 0)
    assert (second.channel, second.level) == ("sms", Level.ACCEPTED)
    assert world.execution.transitions == 2


def test_no_try_is_made_when_the_wait_would_be_over(world: World, providers: Providers) -> None:
    down(providers, "first")
    world.push(through("first", wait_seconds=30, retries=5, retry_seconds=30), SMS)
    assert providers.taken == ["sandbox/sms"]


def test_a_provider_that_takes_no_more_now_is_asked_when_it_said(
    world: World, providers: Providers
) -> None:
    """E7: a limit is no failure and needs no retries of the strategy."""
    providers.before["first"].append(Unreachable("too many", retry_after_seconds=7))
    push_id = world.push(through("first"), SMS)
    assert attempts_of(push_id)[0].send_at == world.now + timedelta(seconds=7)
    pass_time(world, 7)
    assert providers.asked == ["first", "first"]
    assert providers.taken == ["first/wechat"]


def test_the_last_channel_tries_again_though_no_task_waits(
    world: World, providers: Providers
) -> None:
    down(providers, "first")
    push_id = world.push(through("first", retries=1))
    assert world.execution.status == "SUCCEEDED"
    pass_time(world, 30)
    assert providers.taken == ["first/wechat"]
    (attempt,) = attempts_of(push_id)
    assert attempt.due_at == world.now + timedelta(seconds=600)  # a whole wait from the send on
    down(providers, "first", times=2)
    second = world.push(through("first", retries=1))
    pass_time(world, 30)
    assert load(second).push.status == "unreached"
    assert load(push_id).push.status == "running"


def test_a_lost_message_of_the_queue_is_queued_again(world: World, providers: Providers) -> None:
    """The sweeper looks a minute after the message should have come."""
    down(providers, "first")
    world.push(through("first", retries=1), SMS)
    world.waiting.messages.clear()
    world.wait(30)
    repair_waits({}, None)
    assert world.send_later() == 0
    world.wait(61)
    repair_waits({}, None)
    assert world.send_later() == 1
    assert providers.taken == ["first/wechat"]
    assert world.execution.transitions == 1


def test_a_message_that_comes_twice_sends_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    providers = provide(monkeypatch, "first", deduplicates=False)
    down(providers, "first")
    push_id = world.push(through("first", retries=1), SMS)
    world.waiting.messages *= 3
    pass_time(world, 30)
    assert providers.taken == ["first/wechat"]
    assert attempts_of(push_id)[0].level == Level.ACCEPTED


class Died(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("deduplicates", [True, False])
def test_a_process_that_dies_while_it_sends_what_waited(
    world: World, monkeypatch: pytest.MonkeyPatch, *, deduplicates: bool
) -> None:
    """E2: the message comes again; it is sent again only where the provider would know it."""
    providers = provide(monkeypatch, "first", deduplicates=deduplicates)
    down(providers, "first")
    push_id = world.push(through("first", retries=1), SMS)
    kept = list(world.waiting.messages)
    providers.after["first"].append(Died())
    world.wait(30)
    with pytest.raises(Died):
        world.send_later()
    world.waiting.messages = kept
    world.send_later()
    assert providers.taken == ["first/wechat"]
    level = attempts_of(push_id)[0].level
    assert level == (Level.ACCEPTED if deduplicates else Level.BEGUN)


def test_what_waits_is_not_sent_after_a_cancellation(world: World, providers: Providers) -> None:
    """E5, E7."""
    down(providers, "first")
    push_id = world.push(through("first", retries=1))
    pushes.cancel_push(ORGANIZATION, push_id, world.now)
    pass_time(world, 30)
    assert providers.taken == []
    assert load(push_id).push.status == "cancelled"


def test_a_push_that_is_cancelled_while_it_is_sent_tries_no_more(
    world: World, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """E7: the write that would let it wait is the guard."""
    send = sending.send

    def cancelled_meanwhile(*given: Any, **named: Any) -> Any:
        answer = send(*given, **named)
        pushes.cancel_push(ORGANIZATION, given[0].held.push.push_id, world.now)
        return answer

    monkeypatch.setattr(turns, "send", cancelled_meanwhile)
    down(providers, "first")
    push_id = world.push(through("first", retries=1), SMS)
    (attempt,) = attempts_of(push_id)
    assert attempt.failed
    assert facts(attempt).send_at is None
    assert world.waiting.messages == []


def test_what_arrived_after_all_is_seen_before_what_waited_is_sent(
    world: World, providers: Providers
) -> None:
    """E4, E5: behaviour speaks for the first message while the second still waits."""
    push_id = world.push(SMS, through("first", retries=1))
    down(providers, "first")
    world.wait(60)
    world.states.time_out()
    assert [a.send_at is None for a in attempts_of(push_id)] == [True, False]
    world.wait(10)
    behave("opened", world.now, "spring-tea")
    pass_time(world, 20)
    held = load(push_id)
    assert (held.push.status, held.chain.reached_position) == ("reached", 0)
    assert providers.taken == ["sandbox/sms"]
    assert not held.attempts[1].waste  # it was never sent


def test_the_timer_ends_the_wait_of_what_still_waits_for_its_time(
    world: World, providers: Providers
) -> None:
    """E2: the next channel's turn has come; nobody sends the first any more."""
    down(providers, "first")
    world.push(through("first", wait_seconds=40, retries=1), SMS)
    kept, world.waiting.messages = world.waiting.messages, []
    world.wait(40)
    world.states.time_out()
    world.waiting.messages = kept
    assert world.send_later() == 1
    assert providers.taken == ["sandbox/sms"]


def test_a_queue_that_cannot_be_reached_costs_a_minute_and_nothing_else(
    world: World, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(_: str) -> Any:
        raise OSError("no route")

    down(providers, "first")
    with monkeypatch.context() as patch:
        patch.setattr(later, "client", gone)
        world.push(through("first", retries=1), SMS)
    world.wait(91)
    repair_waits({}, None)
    assert world.send_later() == 1
    assert providers.taken == ["first/wechat"]


def test_a_message_for_a_push_that_is_gone_is_done_with(world: World) -> None:
    """The folder's own event, for an organisation that has no such push."""
    event = json.loads(Path("functions/push/send_later/event.json").read_text())
    assert send_later(event, None) == {"batchItemFailures": []}
    assert world.states.calls == []


def test_what_may_not_be_sent_any_more_costs_what_the_docstring_says(
    world: World, providers: Providers
) -> None:
    """E7: one query; and to send, two reads, a transaction for the try and one for the answer."""
    down(providers, "first", times=1)
    push_id = world.push(through("first", retries=1), SMS)
    kept = list(world.waiting.messages)
    world.wait(30)
    with recorded() as asked:
        world.send_later()
    write = "TransactWriteItems"
    assert asked.names == ["Query", "GetItem", "GetItem", write, write]
    assert asked.written == [2, 2]
    world.waiting.messages = kept
    with recorded() as asked:
        world.send_later()
    assert asked.names == ["Query"]
    assert load(push_id).push.status == "running"


@pytest.mark.parametrize("end", ["cancelled", "reached"])
def test_a_push_that_ended_while_a_provider_was_asked_is_given_to_no_other(
    world: World, providers: Providers, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    """E5, E7: the first is down, and takes its time to be it."""
    down(providers, "first")
    send = sending._call

    def ended_meanwhile(*given: Any, **named: Any) -> Any:
        answer = send(*given, **named)
        if load(push_id).push.status == "running" and providers.asked[-1] == "first":
            if end == "cancelled":
                pushes.cancel_push(ORGANIZATION, push_id, world.now)
            else:
                late = Receipt(status="delivered", tracking_id=attempts_of(push_id)[0].tracking_id)
                receipts.receive(Incoming(ORGANIZATION, "sandbox", late, world.now))
        return answer

    push_id = world.push(SMS, through("first", "second"), channel("app"))
    monkeypatch.setattr(sending, "_call", ended_meanwhile)
    world.states.time_out(world.now + timedelta(hours=1))
    assert providers.taken == ["sandbox/sms"]
    assert load(push_id).push.status == end
    _, attempt = attempts_of(push_id)
    assert (bool(attempt.failed), int(attempt.price_micros)) == (True, 0)
    assert not attempt.waste, "it never left"
