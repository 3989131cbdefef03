"""Conflicts and throttling that last, or pass (design 3): injected, since emulators have none.

Bounded tries with jitter between them, then 503 with Retry-After, and nothing is changed.
"""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from sluice.codes.tables import Channel
from sluice.push.tables import Attempt, PushItem, SandboxMessage
from sluice.shared import errors, guard
from sluice.shared.outbox import OutboxItem
from tests.faults import cases_push, cases_rewards
from tests.faults.dump import dump
from tests.faults.injection import TRANSACTION, Fault, conflict, throttled
from tests.faults.operations import Call, every_case
from tests.faults.world import World, handler, new_world
from tests.support.aws import items_of
from tests.support.invariants import check_invariants, check_rest

FIRST_WAIT_SECONDS = 0.025  # at most; each later one may be twice as long
REQUEST_SECONDS = 10  # a function's time, in which it must have said 503
MOST_TRIES = 8  # of any request
TRIED = ("AUDIT",)  # keeps also what was tried in vain
BUSY = [Fault.CONFLICT, Fault.THROTTLED]


@dataclass
class Busy:
    """AWS too busy for `calls`, `times` in a row (None: for ever); what was tried and waited."""

    fault: Fault
    times: int | None = None
    calls: str = TRANSACTION
    tries: int = 0
    waits: list[float] = field(default_factory=list)

    def through(self, call: str, given: dict[str, Any], reach: Callable[[], Any]) -> Any:
        """Refuse the call, or let it through."""
        if not call.startswith(self.calls):
            return reach()
        self.tries += 1
        if self.times is not None and self.tries > self.times:
            return reach()
        if self.fault is Fault.CONFLICT:
            raise conflict(len(given["TransactItems"]))
        raise throttled(call)


@pytest.fixture
def world() -> Iterator[World]:
    with new_world() as made:
        yield made


@pytest.fixture
def make_busy(world: World, monkeypatch: pytest.MonkeyPatch) -> Callable[[Busy], Busy]:
    """Return what makes AWS busy from now on, and counts."""
    through = world.injection.through

    def begin(busy: Busy) -> Busy:
        def both(call: str, given: dict[str, Any], reach: Callable[[], Any]) -> Any:
            return through(call, given, lambda: busy.through(call, given, reach))

        monkeypatch.setattr(world.injection, "through", both)
        monkeypatch.setattr(time, "sleep", busy.waits.append)
        return busy

    return begin


def asked_once(world: World, call: Call, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Do what a case does, but ask only once, whatever the answer."""
    with monkeypatch.context() as patch:
        patch.setattr(world, "ask", lambda name, event: handler(name)(event, None))
        answer: Any = call()
    assert isinstance(answer, dict)
    return answer


REQUESTS = (
    "codes/assign_channel: a first seat",
    "codes/assign_channel: the same again",
    "codes/assign_channel: renewed after its time",
    "codes/assign_channel: moved from a removed channel",
    "codes/assign_channel: past a full channel",
    "codes/assign_channel: taking back what expired",
    "codes/confirm_contact: connected",
    "codes/confirm_contact: two customers are one",
    "codes/put_channel: a new one",
    "codes/issue_code: for a referrer",
    "rewards/grant_reward: by an operator",
    "rewards/grant_reward: by a partner",
    "push/start_push: by an operator",
    "push/cancel_push: while it waits",
)
SAMPLE = {  # in `make test`; the others in `make proof`
    "codes/assign_channel: a first seat",
    "codes/confirm_contact: connected",
    "rewards/grant_reward: by an operator",
}
EACH = [pytest.param(name, marks=[] if name in SAMPLE else pytest.mark.proof) for name in REQUESTS]


@pytest.mark.parametrize("fault", BUSY)
@pytest.mark.parametrize("name", EACH)
def test_a_request_meets_lasting_contention_is_told_503_and_has_changed_nothing(
    name: str,
    fault: Fault,
    world: World,
    make_busy: Callable[[Busy], Busy],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    call = every_case()[name].prepare(world)
    world.restart()
    before = dump(TRIED)
    busy = make_busy(Busy(fault))
    answer = asked_once(world, call, monkeypatch)
    assert answer["statusCode"] == 503
    assert int(answer["headers"]["Retry-After"]) >= 1
    assert json.loads(answer["body"])["type"] == "urn:sluice:problem:contention"
    assert dump(TRIED) == before, "nothing was changed"
    print(f"{busy.tries} tries, waits of {[round(wait * 1000) for wait in busy.waits]} ms")
    assert 2 <= busy.tries <= MOST_TRIES
    assert len(busy.waits) < busy.tries
    check_waits(busy.waits)
    check_invariants()


@pytest.mark.parametrize("name", EACH)
def test_a_request_whose_every_call_is_throttled_is_told_503(
    name: str,
    world: World,
    make_busy: Callable[[Busy], Busy],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Reads too: what could not be read is not what is not there."""
    call = every_case()[name].prepare(world)
    world.restart()
    before = dump()
    make_busy(Busy(Fault.THROTTLED, calls="dynamodb."))
    answer = asked_once(world, call, monkeypatch)
    monkeypatch.undo()
    assert answer["statusCode"] == 503
    assert int(answer["headers"]["Retry-After"]) >= 1
    assert dump() == before


@pytest.mark.parametrize(
    "busy_with",
    [pytest.param((Fault.CONFLICT, 1), marks=pytest.mark.proof)] + [(fault, 4) for fault in BUSY],
)
@pytest.mark.parametrize("name", EACH)
def test_a_request_outlasts_contention_that_passes_and_takes_effect_once(
    name: str,
    busy_with: tuple[Fault, int],
    world: World,
    make_busy: Callable[[Busy], Busy],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    call = every_case()[name].prepare(world)
    world.restart()
    fault, times = busy_with
    busy = make_busy(Busy(fault, times))
    answer = asked_once(world, call, monkeypatch)
    assert answer["statusCode"] < 300
    assert busy.tries > times
    assert len(busy.waits) >= times
    check_waits(busy.waits)
    again = asked_once(world, call, monkeypatch)
    assert again["statusCode"] < 300
    world.settle()
    check_rest()


def check_waits(waits: list[float]) -> None:
    """Assert that waits are bounded, alone and together, and drawn anew each time."""
    assert all(0 <= wait <= FIRST_WAIT_SECONDS * 2**MOST_TRIES for wait in waits)
    assert sum(waits) < REQUEST_SECONDS
    assert len(set(waits)) == len(waits), "rivals that wait as long meet again"


def test_every_try_waits_a_random_part_of_a_doubling_time(
    world: World, make_busy: Callable[[Busy], Busy]
) -> None:
    """Full jitter: from nothing up to 25 ms, 50, 100, 200; the last try waits for nothing."""
    busy = make_busy(Busy(Fault.CONFLICT))
    rounds = 40
    for _ in range(rounds):
        transaction = guard.Transaction()
        transaction.upsert(Channel("acme#a"), [Channel.held.add(1)])
        with pytest.raises(errors.Contention):
            transaction.commit()
    tries = busy.tries // rounds
    assert busy.tries == rounds * tries
    assert len(busy.waits) == rounds * (tries - 1)
    for n in range(tries - 1):
        longest = FIRST_WAIT_SECONDS * 2**n
        waits = busy.waits[n :: tries - 1]
        assert max(waits) <= longest
        assert max(waits) > longest * 0.7, "it uses the time it may"
        assert min(waits) < longest * 0.3
        assert len(set(waits)) == rounds
    assert not items_of(Channel)
    assert world.injection.calls == []


@pytest.mark.parametrize("fault", BUSY)
def test_an_event_that_meets_lasting_contention_is_left_to_be_delivered_again(
    fault: Fault,
    world: World,
    make_busy: Callable[[Busy], Busy],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A connection's reward: the function fails, EventBridge comes again, it is granted once."""
    call = cases_rewards.reward_referral(world)
    before = dump()
    with monkeypatch.context() as patch:
        patch.setattr(world, "deliver_event", _deliver_once)
        busy = make_busy(Busy(fault))
        with pytest.raises(errors.Contention):
            _deliver_once(*call.args)  # type: ignore[attr-defined]
        assert dump() == before
        assert 2 <= busy.tries <= MOST_TRIES
        check_waits(busy.waits)
        busy.times = 0
        call()
    assert [item.type for item in items_of(OutboxItem) if isinstance(item, OutboxItem)] == [
        "reward.granted.v1"
    ]
    check_invariants()


def _deliver_once(name: str, event: dict[str, Any]) -> None:
    handler(name)({"detail-type": event["type"], "detail": event}, None)


@pytest.mark.parametrize("fault", BUSY)
def test_a_step_of_a_push_that_meets_lasting_contention_is_tried_again_and_sends_nothing(
    fault: Fault, world: World, make_busy: Callable[[Busy], Busy]
) -> None:
    """Step Functions is told `Push.Busy`; what is left over, the sweeper takes up (E2)."""
    push_id = cases_push.started(world)
    busy = make_busy(Busy(fault))
    world.run_tasks()
    (execution,) = world.states.executions.values()
    assert set(execution.errors) == {"Push.Busy"}
    assert not items_of(SandboxMessage)
    assert not [item for item in items_of(PushItem) if isinstance(item, Attempt)], push_id
    assert busy.tries <= MOST_TRIES * len(execution.errors)
    busy.times = 0
    world.settle()
    check_rest()
