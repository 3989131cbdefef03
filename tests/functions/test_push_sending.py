"""What an error of a send says, and what a retried step sends again (E2): docs/decisions/0010."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from functions.push.repair_waits.handler import handler as repair_waits
from sluice.organizations import store as organizations
from sluice.organizations.tables import ProviderAccount
from sluice.push import executions, receipts, repairs, sending, steps, turns
from sluice.push.providers import (
    Message,
    Receipt,
    Rejected,
    Sent,
    Unknown,
    Unreachable,
    sandbox,
)
from sluice.push.receipts import Incoming
from sluice.push.rules.judging import Level
from sluice.push.store import pushes
from sluice.push.store.attempts import renew_token
from sluice.push.tables import Attempt, PushItem, SandboxMessage
from tests.support.aws import items_of, local_aws
from tests.support.events import ORGANIZATION
from tests.support.push import (
    World,
    attempts_of,
    behave,
    channel,
    error,
    event_types,
    load,
    make_world,
    receipts_of,
    script,
)
from tests.support.staff import found_organization

TWO = (channel("wechat"), channel("sms"))
LAST = (channel("sms"),)
LIMITS = {"per_day": 2}


@pytest.fixture(autouse=True)
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with local_aws():
        found_organization()
        script(**{"*": "accept"})
        yield make_world(monkeypatch)


class Provider:
    """A provider of paper: `faults` are raised in turn, before or after it takes the message."""

    def __init__(self, patch: pytest.MonkeyPatch, *, deduplicates: bool) -> None:
        """Put it in the sandbox's place."""
        self.asked: list[str] = []  # tracking ids, one for each call
        self.taken: list[str] = []  # channels, one for each message that reached a user
        self.before: list[BaseException] = []
        self.after: list[BaseException] = []
        self._known: set[str] = set()
        self.deduplicates = deduplicates
        patch.setattr(sandbox, "deduplicates", deduplicates)
        patch.setattr(sandbox, "send", self.send)

    def send(self, _: ProviderAccount, message: Message) -> Sent:
        self.asked.append(message.tracking_id)
        if self.before:
            raise self.before.pop(0)
        if not (self.deduplicates and message.tracking_id in self._known):
            self.taken.append(message.channel)
        self._known.add(message.tracking_id)
        if self.after:
            raise self.after.pop(0)
        return Sent(f"m-{message.tracking_id}")


class Died(BaseException):
    """The process is gone."""


def first(push_id: str) -> Attempt:
    return attempts_of(push_id)[0]


def over(world: World) -> None:
    """Let the wait of the waiting task, or of the last channel, pass."""
    world.wait(60)
    world.states.time_out()
    repair_waits({}, None)


UNSURE = [Unknown("no answer in 10 seconds"), TimeoutError("+86 138 0013 8000"), RuntimeError("?")]


@pytest.mark.parametrize("fault", UNSURE, ids=lambda fault: type(fault).__name__)
@pytest.mark.parametrize("reached", [True, False])
def test_what_may_have_been_sent_waits(
    world: World, monkeypatch: pytest.MonkeyPatch, fault: Exception, *, reached: bool
) -> None:
    """E4: it is not rejected and not sent again; the next channel's turn comes with the timer."""
    provider = Provider(monkeypatch, deduplicates=False)
    (provider.after if reached else provider.before).append(fault)
    push_id = world.push(*TWO)
    assert len(provider.asked) == len(attempts_of(push_id)) == 1
    attempt = first(push_id)
    text = str(fault) if isinstance(fault, Unknown) else type(fault).__name__
    assert attempt.why == f"it may have been sent: {text}"
    assert (attempt.level, bool(attempt.failed)) == (Level.BEGUN, False)
    assert int(attempt.price_micros) > 0
    assert world.execution.errors == []
    over(world)
    assert provider.taken == (["wechat"] if reached else []) + ["sms"]
    assert world.execution.errors == ["States.Timeout"]


@pytest.mark.parametrize("status", ["delivered", "failed"])
def test_a_receipt_settles_what_may_have_been_sent(
    world: World, monkeypatch: pytest.MonkeyPatch, status: Any
) -> None:
    """E3."""
    provider = Provider(monkeypatch, deduplicates=False)
    provider.after.append(Unknown("no answer"))
    push_id = world.push(*TWO)
    given = Receipt(status=status, tracking_id=first(push_id).tracking_id)
    assert receipts.receive(Incoming(ORGANIZATION, "sandbox", given, world.now)) == "settled"
    if status == "delivered":
        assert (load(push_id).push.status, provider.taken) == ("reached", ["wechat"])
        assert world.execution.status == "SUCCEEDED"
    else:
        assert provider.taken == ["wechat", "sms"]
        assert world.execution.errors == [executions.NOT_RECEIVED]


@pytest.mark.parametrize("channels", [TWO, LAST], ids=["first", "last"])
def test_behaviour_settles_what_may_have_been_sent(
    world: World, monkeypatch: pytest.MonkeyPatch, channels: Any
) -> None:
    """E4."""
    Provider(monkeypatch, deduplicates=False).after.append(Unknown("no answer"))
    push_id = world.push(*channels)
    world.wait(1)
    behave("opened", world.now, "spring-tea")
    over(world)
    assert load(push_id).push.status == "reached"
    assert len(attempts_of(push_id)) == 1


def test_an_unknown_send_that_nothing_settles_is_waste_when_a_later_one_is_not(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """E5: it may have cost its price."""
    provider = Provider(monkeypatch, deduplicates=False)
    push_id = world.push(*TWO)
    provider.after.append(Unknown("no answer"))
    world.wait(60)
    world.states.time_out()
    given = Receipt(status="delivered", tracking_id=first(push_id).tracking_id)
    receipts.receive(Incoming(ORGANIZATION, "sandbox", given, world.now))
    assert [bool(a.waste) for a in attempts_of(push_id)] == [False, True]


def test_the_last_channel_waits_for_what_may_have_been_sent(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """E2: its task ends, the push does not."""
    Provider(monkeypatch, deduplicates=False).after.append(Unknown("no answer"))
    push_id = world.push(*LAST)
    assert world.execution.output == '{"outcome":"sent"}'
    assert load(push_id).push.status == "running"
    over(world)
    assert (load(push_id).push.status, load(push_id).push.why) == ("unreached", repairs.WAIT_OVER)


@pytest.mark.parametrize("deduplicates", [True, False])
@pytest.mark.parametrize("channels", [TWO, LAST], ids=["first", "last"])
def test_what_surely_was_not_sent_is_sent_once_more_then_moves_on(
    world: World, monkeypatch: pytest.MonkeyPatch, channels: Any, *, deduplicates: bool
) -> None:
    """E3: no wait, no price."""
    provider = Provider(monkeypatch, deduplicates=deduplicates)
    provider.before += [Unreachable("connection refused")] * 2
    push_id = world.push(*channels)
    attempt = first(push_id)
    assert provider.asked[:2] == [attempt.tracking_id] * 2
    assert (bool(attempt.failed), int(attempt.price_micros)) == (True, 0)
    assert attempt.why == "it was not sent: connection refused"
    if channels is TWO:
        assert provider.taken == ["sms"]
        assert world.execution.errors == [executions.NOT_RECEIVED]
    else:
        assert load(push_id).push.status == "unreached"
        assert event_types() == ["push.unreached.v1"]


@pytest.mark.parametrize("deduplicates", [True, False])
def test_a_provider_that_is_there_at_the_second_call_is_used(
    world: World, monkeypatch: pytest.MonkeyPatch, *, deduplicates: bool
) -> None:
    provider = Provider(monkeypatch, deduplicates=deduplicates)
    provider.before.append(Unreachable("too many requests"))
    push_id = world.push(*TWO)
    assert provider.taken == ["wechat"]
    assert first(push_id).level == Level.ACCEPTED
    assert world.execution.transitions == 1


def test_a_rejection_is_not_repeated(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """E3."""
    provider = Provider(monkeypatch, deduplicates=True)
    provider.before.append(Rejected("no such user"))
    push_id = world.push(*TWO)
    assert (len(provider.asked), provider.taken) == (2, ["sms"])
    assert (first(push_id).why, bool(first(push_id).failed)) == ("no such user", True)


def test_what_may_have_been_sent_is_repeated_where_the_provider_knows_it_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """E2: the same tracking id, so it arrives once."""
    provider = Provider(monkeypatch, deduplicates=True)
    provider.after.append(Unknown("no answer"))
    push_id = world.push(*TWO)
    assert provider.asked == [first(push_id).tracking_id] * 2
    assert (provider.taken, first(push_id).level) == (["wechat"], Level.ACCEPTED)


def test_once_unsure_a_refused_connection_proves_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = Provider(monkeypatch, deduplicates=True)
    provider.before += [Unknown("no answer"), Unreachable("connection refused")]
    push_id = world.push(*TWO)
    assert first(push_id).why == "it may have been sent: connection refused"
    assert not first(push_id).failed


CRASHES = pytest.mark.parametrize("sent", [False, True], ids=["before it left", "after"])


def crashed(world: World, provider: Provider, *, sent: bool) -> str:
    """Push by a last channel; the first process dies while it calls the provider; a retry comes."""
    (provider.after if sent else provider.before).append(Died())
    with pytest.raises(Died):
        world.push(*LAST)
    world.states._enter(world.execution)
    return str(world.execution.data["push_id"])


@CRASHES
def test_a_retry_sends_again_where_the_provider_knows_it_again(
    world: World, monkeypatch: pytest.MonkeyPatch, *, sent: bool
) -> None:
    """E2: a crash costs the last channel nothing, and nobody gets it twice."""
    provider = Provider(monkeypatch, deduplicates=True)
    push_id = crashed(world, provider, sent=sent)
    assert provider.taken == ["sms"]
    assert provider.asked == [first(push_id).tracking_id] * 2
    assert (first(push_id).level, first(push_id).task_token) == (Level.ACCEPTED, "token-2")
    assert world.execution.output == '{"outcome":"sent"}'


@CRASHES
def test_a_retry_does_not_send_again_where_the_provider_would_not_know(
    world: World, monkeypatch: pytest.MonkeyPatch, *, sent: bool
) -> None:
    """E2: at most once; it says why, and waits."""
    provider = Provider(monkeypatch, deduplicates=False)
    push_id = crashed(world, provider, sent=sent)
    assert provider.taken == (["sms"] if sent else [])
    attempt = first(push_id)
    assert (attempt.why, attempt.level) == (sending.NOT_REPEATED, Level.BEGUN)
    assert not attempt.failed
    assert world.execution.output == '{"outcome":"sent"}'
    assert load(push_id).push.status == "running"


def test_a_retry_that_does_not_get_through_leaves_it_unknown(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process before it may have sent: that nothing leaves now proves nothing."""
    provider = Provider(monkeypatch, deduplicates=True)
    take = provider.send

    def gone_after_the_crash(account: ProviderAccount, message: Message) -> Sent:
        if provider.asked:
            provider.before.append(Unreachable("connection refused"))
        return take(account, message)

    monkeypatch.setattr(sandbox, "send", gone_after_the_crash)
    push_id = crashed(world, provider, sent=True)
    assert len(provider.asked) == 1 + sending.MAX_SENDS
    assert not first(push_id).failed
    assert load(push_id).push.status == "running"


def test_a_retry_sends_nothing_to_an_account_that_is_gone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have been sent while the account was there."""
    provider = Provider(monkeypatch, deduplicates=True)
    found = [sending.find_provider(ORGANIZATION, "sandbox"), None]
    monkeypatch.setattr(turns, "find_provider", lambda *_: found.pop(0))
    push_id = crashed(world, provider, sent=False)
    assert (len(provider.asked), provider.taken) == (1, [])
    assert first(push_id).why == sending.NOT_REPEATED


def test_a_retry_after_a_cancellation_sends_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """E7: cancelled after the retry had looked; renewing the token is the guard."""
    provider = Provider(monkeypatch, deduplicates=True)

    def cancelled_first(*given: Any) -> None:
        pushes.cancel_push(ORGANIZATION, given[0].push.push_id, world.now)
        renew_token(*given)

    monkeypatch.setattr(steps, "renew_token", cancelled_first)
    crashed(world, provider, sent=False)
    assert (len(provider.asked), provider.taken) == (1, [])
    assert world.execution.output == '{"outcome":"cancelled"}'


def test_a_task_that_the_chain_is_past_sends_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A step that slept while its timer fired and the next channel was sent."""
    provider = Provider(monkeypatch, deduplicates=True)
    provider.before += [Unknown("no answer")] * 2
    push_id = world.push(*TWO)
    world.states.time_out()
    assert provider.taken == ["sms"]
    world.execution.token = "late"
    steps.take_step(steps.Task("late", ORGANIZATION, push_id, 0), world.now)
    assert provider.taken == ["sms"]
    assert first(push_id).task_token == "token-1"


def test_an_account_that_cannot_be_read_begins_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AWS was busy: the same channel again, in one attempt."""
    find, busy = organizations.find_provider_account, [error("ThrottlingException")]

    def throttled(*given: str) -> ProviderAccount:
        if busy:
            assert not any(isinstance(item, Attempt) for item in items_of(PushItem))
            raise busy.pop()
        return find(*given)

    monkeypatch.setattr(organizations, "find_provider_account", throttled)
    push_id = world.push(*TWO)
    assert world.execution.errors == [executions.BUSY]
    assert [(a.channel, a.level) for a in attempts_of(push_id)] == [("wechat", Level.ACCEPTED)]


def test_an_account_over_its_limit_is_not_asked(world: World) -> None:
    """E7: what it may send in a day is sent; the next push does not wait for it."""
    account = {"type": "sandbox", "settings": {"script": {"*": "deliver"}}}
    organizations.put_provider_account(ORGANIZATION, "sandbox", account | {"limits": LIMITS})
    for _ in range(3):
        world.push(*LAST)
    assert len(items_of(SandboxMessage)) == LIMITS["per_day"]


def test_the_sandbox_delivers_once_and_answers_again(world: World) -> None:
    """Its receipt may come twice; it counts once."""
    script(**{"*": "deliver"})
    push_id = world.push(*LAST)
    attempt = first(push_id)
    message = sending._message(load(push_id), attempt, "")
    account = organizations.find_provider_account(ORGANIZATION, "sandbox")
    assert sandbox.send(account, message) == Sent(attempt.message_id)
    assert len(items_of(SandboxMessage)) == 1
    assert world.answer() == []
    assert load(push_id).push.status == "reached"
    assert len(receipts_of(push_id)) == 1


def test_the_sandboxs_lost_receipt_is_queued_by_the_repeated_send(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(**{"*": "deliver"})
    queue, lost = sandbox._queue, [ClientError({"Error": {"Code": "InternalError"}}, "SendMessage")]

    def once(*given: Any) -> None:
        if lost:
            raise lost.pop()
        queue(*given)

    monkeypatch.setattr(sandbox, "_queue", once)
    push_id = world.push(*LAST)
    assert world.answer() == []
    assert load(push_id).push.status == "reached"
    assert [json.loads(world.execution.output)["outcome"]] == ["sent"]
