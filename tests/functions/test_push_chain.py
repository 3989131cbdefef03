"""The chain under every behaviour of a provider, run as Step Functions would (E2 to E5)."""

import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from functions.push.push_step.handler import handler as push_step
from functions.push.repair_waits.handler import handler as repair_waits
from sluice.organizations import store as organizations
from sluice.organizations.tables import ProviderAccount
from sluice.push import executions, receipts, recording, repairs, sending, signals, steps, turns
from sluice.push.providers import Message, Receipt, Sent, sandbox
from sluice.push.receipts import Incoming
from sluice.push.rules.chain import GRACE
from sluice.push.rules.judging import Evidence, Level
from sluice.push.store import pushes, runs
from sluice.push.store.opening import CLOSING
from sluice.push.tables import SandboxMessage
from sluice.shared import telemetry
from sluice.shared.errors import Contention
from tests.support.aws import items_of, local_aws
from tests.support.events import ORGANIZATION
from tests.support.push import (
    THREE,
    USER,
    World,
    attempts_of,
    behave,
    channel,
    error,
    event_types,
    load,
    make_world,
    put_strategy,
    receipts_of,
    script,
    start_push,
)
from tests.support.requests import recorded
from tests.support.staff import NOW, found_organization

NAMES = [step.channel for step in THREE]
ENDED = ["push.reached.v1"]


@pytest.fixture(autouse=True)
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with local_aws():
        found_organization()
        yield make_world(monkeypatch)


def arrive(world: World, word: str, position: int) -> str:
    """Push by three channels and wait until `position` was sent: `word` there, else silence."""
    script(**{"*": "accept", NAMES[position]: word})
    push_id = world.push()
    for _ in range(position):
        world.wait(60)
        world.states.time_out()
    return push_id


def told(world: World, **given: Any) -> str:
    """Bring a receipt of the sandbox."""
    return receipts.receive(Incoming(ORGANIZATION, "sandbox", Receipt(**given), world.now))


def repair(world: World, seconds: int = 0) -> None:
    """Let time pass and run the sweeper."""
    world.wait(seconds)
    repair_waits({}, None)


def messages() -> list[str]:
    """Return the channels of the messages that the sandbox delivered, in order."""
    found = [item for item in items_of(SandboxMessage) if isinstance(item, SandboxMessage)]
    return [item.channel for item in sorted(found, key=lambda item: (item.at, item.channel))]


def known(push_id: str) -> list[tuple[str, str, bool, bool]]:
    """Return level, evidence, failed, waste of each attempt."""
    return [
        (
            Level(int(a.level)).name.lower(),
            Evidence(int(a.evidence)).name.lower(),
            bool(a.failed),
            bool(a.waste),
        )
        for a in attempts_of(push_id)
    ]


SILENT = ("accepted", "confirmed", False, False)
MIDDLE = pytest.param(1, marks=pytest.mark.proof)  # first and last are tried in each test run
POSITIONS = pytest.mark.parametrize("position", [0, MIDDLE, 2])


@POSITIONS
@pytest.mark.parametrize(
    ("word", "level"),
    [
        ("deliver", "delivered"),
        ("seen", "seen"),
        ("click", "clicked"),
        ("duplicate", "delivered"),
        ("by_message", "delivered"),
    ],
)
def test_a_receipt_ends_the_chain(world: World, word: str, level: str, position: int) -> None:
    """E2, E3, E5: one transition per attempt, and nothing is sent afterwards."""
    push_id = arrive(world, word, position)
    assert world.answer() == []
    held = load(push_id)
    assert (held.push.status, held.chain.reached_position) == ("reached", position)
    assert known(push_id) == [SILENT] * position + [(level, "confirmed", False, False)]
    assert world.execution.status == "SUCCEEDED"
    assert world.execution.transitions == position + 1
    assert len(messages()) == position + 1
    assert event_types() == ENDED
    assert not held.push.due_bucket


@POSITIONS
@pytest.mark.parametrize(("word", "accepted"), [("reject", False), ("fail", True)])
def test_a_refusal_moves_on_at_once(
    world: World, word: str, *, accepted: bool, position: int
) -> None:
    """E3: no wait passes; on the last channel the push ends."""
    push_id = arrive(world, word, position)
    world.answer()
    held = load(push_id)
    refused = held.attempts[position]
    assert refused.failed
    assert (refused.level == Level.ACCEPTED) is accepted
    assert (int(refused.price_micros) > 0) is accepted
    if position == 2:
        assert held.push.status == "unreached"
        assert len(held.attempts) == 3
    else:
        assert held.push.status == "running"
        assert len(held.attempts) == position + 2
        assert world.execution.errors[-1] == executions.NOT_RECEIVED
    assert world.execution.transitions == len(held.attempts)


@POSITIONS
@pytest.mark.parametrize(
    "word", ["accept", "sent", "no_id", "failed_no_id", "wrong_id", "late:900"]
)
def test_what_proves_nothing_waits_for_its_timer(world: World, word: str, position: int) -> None:
    """E2, E4."""
    push_id = arrive(world, word, position)
    world.answer()
    assert len(attempts_of(push_id)) == position + 1
    assert load(push_id).push.status == "running"
    world.wait(60)
    world.states.time_out()
    repair(world)
    held = load(push_id)
    if position == 2:
        assert (held.push.status, held.push.why) == ("unreached", repairs.WAIT_OVER)
        assert event_types() == ["push.unreached.v1"]
    else:
        assert held.push.status == "running"
        assert len(held.attempts) == position + 2
    assert world.execution.transitions == len(held.attempts)


@POSITIONS
@pytest.mark.parametrize("word", ["accept", "no_id", "wrong_id"])
@pytest.mark.parametrize("kind", ["opened", "bought"])
def test_behaviour_since_the_send_is_evidence(
    world: World, word: str, kind: str, position: int
) -> None:
    """E4: judged when the wait ends, by the next step or, on the last channel, the sweeper."""
    push_id = arrive(world, word, position)
    world.wait(30)
    behave(kind, world.now, "spring-tea")
    world.wait(30)
    world.states.time_out()
    repair(world)
    held = load(push_id)
    assert (held.push.status, held.chain.reached_position) == ("reached", position)
    level = {"opened": "seen", "bought": "converted"}[kind]
    assert known(push_id)[-1] == (level, "inferred", False, False)
    assert kind in str(held.push.why)
    assert len(messages()) == position + 1
    assert world.execution.status == "SUCCEEDED"
    assert world.execution.transitions == min(position + 2, 3)


def test_a_receipt_without_an_id_asks_for_the_behaviour_at_once(world: World) -> None:
    """E4."""
    push_id = arrive(world, "no_id", 0)
    world.wait(10)
    behave("visited", world.now)
    world.answer()
    assert known(push_id) == [("clicked", "inferred", False, False)]
    assert world.execution.status == "SUCCEEDED"
    (receipt,) = receipts_of(push_id)
    assert (receipt.found_by, receipt.effect) == ("user_id", "clicked")


def test_a_receipt_without_an_id_and_without_behaviour_is_kept_with_its_why(world: World) -> None:
    """E4: evidence none."""
    push_id = arrive(world, "no_id", 0)
    world.answer()
    (receipt,) = receipts_of(push_id)
    assert (receipt.effect, receipt.why) == ("none", receipts.WITHOUT_ID)
    assert known(push_id) == [SILENT]


def test_a_receipt_without_an_id_that_comes_again_is_judged_again(world: World) -> None:
    """E4: the first time, what the user did was not known yet."""
    push_id = arrive(world, "accept", 0)
    given = {"status": "delivered", "user_id": USER}
    assert told(world, **given) == "none"
    world.wait(10)
    behave("opened", world.now)
    assert told(world, **given) == receipts.SETTLED
    assert known(push_id) == [("seen", "inferred", False, False)]
    assert world.execution.status == "SUCCEEDED"
    assert len(receipts_of(push_id)) == 1


def test_behaviour_for_other_content_or_before_the_send_is_none(world: World) -> None:
    """E4."""
    behave("opened", NOW - timedelta(seconds=1))
    push_id = arrive(world, "accept", 0)
    world.wait(10)
    behave("opened", world.now, "autumn-tea")
    world.states.time_out()
    assert [name for name, *_ in known(push_id)] == ["accepted", "accepted"]


@pytest.mark.parametrize("position", [1, 2])
def test_a_receipt_after_the_fallback_credits_its_attempt(world: World, position: int) -> None:
    """E5: what was sent since is waste, and the chain stops."""
    push_id = arrive(world, "accept", position)
    first = attempts_of(push_id)[0]
    assert told(world, status="delivered", tracking_id=first.tracking_id) == receipts.SETTLED
    held = load(push_id)
    assert (held.push.status, held.chain.reached_position) == ("reached", 0)
    assert [waste for *_, waste in known(push_id)] == [False] + [True] * position
    assert world.execution.status == "SUCCEEDED"
    assert len(messages()) == position + 1
    assert not held.push.due_bucket


def test_a_receipt_that_comes_before_the_send_returns(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """E3: the attempt is there already, so it settles, and the answer of the send is too late."""

    def send(_: ProviderAccount, message: Message) -> Sent:
        told(world, status="delivered", tracking_id=message.tracking_id)
        return Sent("m-1")

    monkeypatch.setattr(sandbox, "send", send)
    push_id = world.push()
    assert known(push_id) == [("delivered", "confirmed", False, False)]
    assert attempts_of(push_id)[0].message_id == "m-1"
    assert load(push_id).push.status == "reached"
    assert world.execution.status == "SUCCEEDED"


def test_a_refusal_that_comes_before_the_send_returns(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def send(_: ProviderAccount, message: Message) -> Sent:
        told(world, status="failed", tracking_id=message.tracking_id)
        return Sent(f"m-{message.channel}")

    monkeypatch.setattr(sandbox, "send", send)
    push_id = world.push()
    assert [failed for _, _, failed, _ in known(push_id)] == [True, True, True]
    assert load(push_id).push.status == "unreached"
    assert world.execution.transitions == 3
    assert world.execution.status == "SUCCEEDED"


def test_receipts_by_message_id_that_come_before_the_send_returns(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """E3: they wait for the id to be mapped."""
    outcomes = []

    def send(*_: object) -> Sent:
        outcomes.append(told(world, status="sent", message_id="m-1"))
        outcomes.append(told(world, status="delivered", message_id="m-1"))
        return Sent("m-1")

    monkeypatch.setattr(sandbox, "send", send)
    push_id = world.push()
    assert outcomes == [receipts.EARLY, receipts.EARLY]
    assert known(push_id) == [("delivered", "confirmed", False, False)]
    assert {r.status for r in receipts_of(push_id)} == {"sent", "delivered"}
    assert world.execution.status == "SUCCEEDED"
    assert told(world, status="seen", message_id="m-1") == receipts.SETTLED


def test_accepted_is_enough_where_the_strategy_says_so(world: World) -> None:
    script(wechat="accept")
    push_id = world.push(channel("wechat", "accepted"), channel("sms"))
    assert known(push_id) == [SILENT]
    assert (load(push_id).push.status, world.execution.status) == ("reached", "SUCCEEDED")


def test_the_last_channel_waits_for_nothing(world: World) -> None:
    """E2: its task ends with the send; the receipt settles it later."""
    push_id = world.push(channel("sms"))
    assert (world.execution.status, world.execution.output) == ("SUCCEEDED", '{"outcome":"sent"}')
    assert load(push_id).push.status == "running"
    world.answer()
    assert load(push_id).push.status == "reached"
    assert "send_task_failure" not in world.states.names()


def test_an_account_that_is_not_there_moves_on(world: World) -> None:
    """E1 makes sure of the account; what became of it since is another matter."""
    organizations.put_provider_account(ORGANIZATION, "closed", {"type": "sandbox"})
    nowhere = THREE[0].__class__("wechat", "closed", 60, "delivered", THREE[0].price)
    put_strategy(nowhere, channel("sms"))
    ProviderAccount(ORGANIZATION, "provider#closed").delete()
    push_id = world.push(nowhere, channel("sms"))
    assert messages() == ["sms"]
    assert attempts_of(push_id)[0].why == sending.NO_ACCOUNT


def test_a_retried_step_does_not_send_twice(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """E2: AWS was busy after the send; the new token takes the old one's place."""
    record, busy = recording.record, [True]

    def failing(*given: Any) -> Any:
        if busy:
            busy.pop()
            raise Contention
        return record(*given)

    monkeypatch.setattr(recording, "record", failing)
    push_id = world.push()
    assert messages() == ["wechat"]
    assert world.execution.errors == [executions.BUSY]
    assert [a.task_token for a in attempts_of(push_id)] == ["token-2"]
    world.answer()
    assert (load(push_id).push.status, world.execution.status) == ("reached", "SUCCEEDED")


def test_a_redriven_step_of_a_failed_attempt_moves_on(world: World) -> None:
    push_id = arrive(world, "fail", 0)
    world.answer()
    step = {"organization_id": ORGANIZATION, "push_id": push_id, "position": 0}
    world.execution.token = "redriven"
    push_step({"task_token": "redriven", **step}, None)
    assert world.execution.errors[-1] == executions.NOT_RECEIVED
    assert messages().count("wechat") == 1


def test_a_fault_of_ours_moves_on_and_ends(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """PushStep never raises: it tells Step Functions, and the loop is bounded by the channels."""

    def broken(*_: Any) -> Any:
        raise RuntimeError("a bug")

    monkeypatch.setattr(steps, "_send", broken)
    push_id = world.push()
    assert world.execution.errors == [executions.FAILED] * 3
    assert world.execution.output == '{"outcome":"no-more-channels"}'
    repair(world, 120)
    assert (load(push_id).push.status, load(push_id).push.why) == ("unreached", repairs.LOST)


def test_lasting_contention_is_tried_three_times_then_the_next_channel(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: Any) -> Any:
        raise Contention

    monkeypatch.setattr(turns, "look_back", busy)
    world.push(channel("wechat"), channel("sms"))
    assert world.execution.errors == [executions.BUSY] * 8


def test_a_step_costs_what_its_docstring_says(world: World) -> None:
    """E2: look, account, begin, the sandbox's own write, record; later one look more."""
    script(**{"*": "accept"})
    push_id, write = start_push(), "TransactWriteItems"
    with recorded() as asked:
        executions.start(ORGANIZATION, push_id, [60, 60, 60])
    assert asked.names == [
        "Query",
        *["GetItem"] * 3,
        write,
        write,
        write,
    ]  # account, user, settings
    assert asked.written == [3, 1, 2]
    with recorded() as asked:
        world.states.time_out()
    assert asked.names == ["Query", "Query", "GetItem", "GetItem", write, write, write]


def test_a_step_for_a_push_that_is_not_there_ends(world: World) -> None:
    world.states.start_execution(
        name="lost",
        stateMachineArn="arn",
        input='{"organization_id":"acme","push_id":"nothing","position":0,"waits":[60,60]}',
    )
    assert world.execution.output == '{"outcome":"gone"}'


def test_cancelling_ends_the_wait_and_nothing_is_sent(world: World) -> None:
    """E7."""
    push_id = arrive(world, "accept", 0)
    signals.follow(pushes.cancel_push(ORGANIZATION, push_id, world.now))
    assert world.execution.output == '{"outcome":"cancelled"}'
    assert not load(push_id).push.due_bucket
    assert messages() == ["wechat"]


def test_a_push_cancelled_before_it_started_sends_nothing(world: World) -> None:
    """E7."""
    push_id = start_push()
    pushes.cancel_push(ORGANIZATION, push_id, world.now)
    world.start_chains()
    assert messages() == []
    assert world.execution.output == '{"outcome":"cancelled"}'


def test_a_push_cancelled_between_look_and_send_sends_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """E7: the write that begins the attempt is the guard."""
    push_id = start_push()
    send = steps._send

    def cancelled_first(*given: Any) -> None:
        pushes.cancel_push(ORGANIZATION, push_id, world.now)
        send(*given)

    monkeypatch.setattr(steps, "_send", cancelled_first)
    world.start_chains()
    assert messages() == []
    assert world.execution.output == '{"outcome":"cancelled"}'


def test_the_request_may_come_twice(world: World) -> None:
    """E2: the execution's name is its claim."""
    push_id = start_push()
    world.start_chains()
    repeated = executions.start(ORGANIZATION, push_id, [60, 60, 60])
    assert repeated is False
    assert messages() == ["wechat"]
    (_, started), *_ = world.states.calls
    assert len(started["name"]) <= 80
    assert USER not in started["input"]


def test_the_sweeper_starts_what_was_never_started(world: World) -> None:
    push_id = start_push()
    repair(world, 30)
    assert messages() == []
    repair(world, 60)
    assert messages() == ["wechat"]
    assert world.execution.data["waits"] == [60, 60, 120]
    assert load(push_id).push.status == "running"


def test_the_sweeper_ends_a_wait_whose_timer_was_lost(world: World) -> None:
    push_id = arrive(world, "accept", 0)
    repair(world, 110)
    assert len(attempts_of(push_id)) == 1
    repair(world, 30)
    assert len(attempts_of(push_id)) == 2
    assert world.execution.errors == [executions.NOT_RECEIVED]


def test_the_sweeper_judges_before_it_moves_on(world: World) -> None:
    """E4."""
    push_id = arrive(world, "accept", 0)
    world.wait(10)
    behave("opened", world.now)
    repair(world, 120)
    assert known(push_id) == [("seen", "inferred", False, False)]
    assert (load(push_id).push.status, world.execution.status) == ("reached", "SUCCEEDED")


def test_the_sweeper_gives_up_where_the_execution_is_gone(world: World) -> None:
    push_id = arrive(world, "accept", 0)
    world.states.lose()
    repair(world, 130)
    held = load(push_id)
    assert (held.push.status, held.push.why) == ("unreached", repairs.LOST)
    assert not held.push.due_bucket


def test_the_sweeper_waits_for_an_execution_that_is_not_seen_yet(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """StartExecution knows of it at once, DescribeExecution a moment later."""
    push_id = start_push(*THREE)
    world.states.running = True  # it was started by the late event, and has not come to PushStep
    executions.start(ORGANIZATION, push_id, [60, 60, 60])

    def unseen(**_: str) -> None:
        raise error("ExecutionDoesNotExist")

    monkeypatch.setattr(world.states, "describe_execution", unseen)
    repair(world, 70)
    held = load(push_id)
    assert (held.push.status, held.push.due_at) == ("running", world.now + GRACE)


def test_the_sweeper_waits_for_an_execution_between_two_states(world: World) -> None:
    push_id = arrive(world, "accept", 0)
    world.execution.token = ""
    repair(world, 130)
    held = load(push_id)
    assert (held.push.status, held.push.due_at) == ("running", world.now + timedelta(seconds=60))


@pytest.mark.parametrize(
    ("word", "ends"), [("deliver", True), ("fail", False)], ids=["success", "refusal"]
)
def test_the_sweeper_gives_the_signal_that_was_not_given(
    world: World, monkeypatch: pytest.MonkeyPatch, word: str, *, ends: bool
) -> None:
    """The process died between the write and the call to Step Functions."""
    push_id = arrive(world, word, 0)
    with monkeypatch.context() as patch:
        patch.setattr(signals, "follow", lambda _: True)
        world.answer()
    assert world.execution.token
    repair(world, 31)
    if ends:
        assert (world.execution.status, load(push_id).push.status) == ("SUCCEEDED", "reached")
        assert not load(push_id).push.due_bucket
    else:
        assert world.execution.errors == [executions.NOT_RECEIVED]
        assert len(attempts_of(push_id)) == 2


def test_a_signal_to_a_token_that_was_replaced_is_given_again_by_the_sweeper(
    world: World,
) -> None:
    push_id = arrive(world, "deliver", 0)
    world.execution.token = "renewed"
    world.answer()
    assert load(push_id).push.due_bucket
    attempt = attempts_of(push_id)[0]
    attempt.update([attempt.__class__.task_token.set("renewed")])
    repair(world, 31)
    assert world.execution.status == "SUCCEEDED"
    assert not load(push_id).push.due_bucket


def test_one_push_that_cannot_be_repaired_holds_up_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = start_push(user_id="bad")
    good = start_push(user_id="good")
    mend = repairs.repair

    def broken(held: Any, now: Any) -> Any:
        if held.push.push_id == bad:
            raise RuntimeError("a bug")
        return mend(held, now)

    monkeypatch.setattr(repairs, "repair", broken)
    repair(world, 90)
    assert len(attempts_of(bad)) == 0
    assert len(attempts_of(good)) == 1
    assert load(bad).push.due_at == world.now + timedelta(minutes=1)
    monkeypatch.setattr(repairs, "repair", mend)
    repair(world, 60)
    assert len(attempts_of(bad)) == 1
    assert not load(bad).push.sweep_failures


def test_a_push_whose_last_wait_is_over_costs_the_sweeper_three_requests(world: World) -> None:
    """Every push that ends unreached on its last channel needs it."""
    script(**{"*": "accept"})
    push_id = world.push(channel("sms"))
    world.wait(60)
    with recorded() as asked:
        repair_waits({}, None)
    assert load(push_id).push.status == "unreached"
    assert sorted(asked.names) == ["Query"] * (
        pushes.OVERDUE.buckets + runs.OVERDUE.buckets + CLOSING.buckets + 2
    ) + ["TransactWriteItems"]
    assert asked.written == [2]


@pytest.mark.parametrize(
    "given",
    [
        {"status": "delivered", "tracking_id": "nobody-knows-this"},
        {"status": "delivered", "user_id": "nobody"},
        {"status": "delivered"},
        {"status": "failed", "tracking_id": "nobody-knows-this"},
    ],
)
def test_a_receipt_that_is_nobodys_changes_nothing(world: World, given: dict[str, str]) -> None:
    """E3."""
    push_id = arrive(world, "accept", 0)
    before = load(push_id).push.to_simple_dict()
    assert told(world, **given) == receipts.UNMATCHED
    assert receipts_of(push_id) == []
    assert load(push_id).push.to_simple_dict() == before


def test_another_account_settles_nothing(world: World) -> None:
    """E3: whoever holds a tracking id is not yet the provider that was asked to send."""
    push_id = arrive(world, "accept", 0)
    receipt = Receipt(status="delivered", tracking_id=attempts_of(push_id)[0].tracking_id)
    outcome = receipts.receive(Incoming(ORGANIZATION, "another", receipt, world.now))
    assert outcome == receipts.UNMATCHED
    assert load(push_id).push.status == "running"


def test_the_sandbox_knows_a_tracking_id_again(world: World) -> None:
    push_id = arrive(world, "deliver", 0)
    attempt = attempts_of(push_id)[0]
    message = Message(
        ORGANIZATION,
        "sandbox",
        "wechat",
        USER,
        attempt.tracking_id,
        load(push_id).plan.content,
        attempt.created_at,
    )
    account = ProviderAccount("acme", "provider#sandbox", account_id="sandbox", type="sandbox")
    assert sandbox.send(account, message).message_id == attempt.message_id
    assert messages() == ["wechat"]


def test_the_queue_gives_back_only_what_failed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrive(world, "duplicate", 0)
    receive, fails = receipts.receive, [True]

    def once(incoming: Incoming) -> str:
        if fails:
            fails.pop()
            raise Contention
        return receive(incoming)

    monkeypatch.setattr(receipts, "receive", once)
    assert len(world.answer()) == 1


def test_task_tokens_are_in_no_log(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even where something goes wrong."""
    logged = io.StringIO()
    monkeypatch.setattr(telemetry.logger.registered_handler, "stream", logged)
    monkeypatch.setattr(sandbox, "send", lambda *_: 1 / 0)
    push_id = world.push()
    repair(world, 200)
    told(world, status="seen", tracking_id=attempts_of(push_id)[0].tracking_id)
    assert "send_failed" in logged.getvalue()
    assert "ZeroDivisionError" in logged.getvalue()
    assert "division by zero" not in logged.getvalue()
    assert "token-" not in logged.getvalue()
