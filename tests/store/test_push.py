"""Strategies, pushes, attempts and behaviours on moto: what each verb accepts and refuses."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import msgspec
import pytest

from sluice.push.refusals import AttemptBegun, BehaviourKnown, PushOver, PushStopped
from sluice.push.rules.chain import GRACE, HURRY, Status
from sluice.push.rules.judging import Behaviour, Evidence, Level
from sluice.push.store import attempts, behaviours, lookups, pushes, strategies
from sluice.push.store.held import Held, find_push
from sluice.push.store.lookups import Place
from sluice.push.strategy_tables import Strategy
from sluice.push.tables import Attempt, BehaviourItem, Push, PushItem
from sluice.shared import ids
from sluice.shared.claims import AlreadyClaimed, Claim, ClaimItem, KeyReused
from sluice.shared.errors import NotFound
from sluice.shared.outbox import OutboxItem
from sluice.shared.sweeping import sweep
from tests.support.aws import items_of, local_aws
from tests.support.events import ORGANIZATION
from tests.support.push import (
    CONTENT,
    THREE,
    USER,
    begin_attempt,
    behave,
    channel,
    event_types,
    load,
    put_strategy,
    start_push,
)
from tests.support.requests import recorded
from tests.support.staff import NOW

MINUTE = timedelta(minutes=1)
CLAIM = Claim("acme#request#1", "a hash")


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with local_aws():
        yield


def begin(held: Held, position: int = 0) -> Attempt:
    return begin_attempt(held, position, "token-1", f"tracking-{position}", NOW)


def test_every_change_of_a_strategy_is_a_new_version() -> None:
    """E1."""
    assert put_strategy() == 1
    assert put_strategy(channel("sms")) == 2
    latest = strategies.latest_strategy(ORGANIZATION, "cheapest-first")
    assert (int(latest.version), latest.purpose) == (2, "service")
    assert len(items_of(Strategy)) == 2
    assert put_strategy() == 3, "what an older version said is a change again"


def test_the_same_strategy_put_again_is_no_new_version() -> None:
    """E1, F3: its answer was lost."""
    put_strategy(channel("sms"))
    put_strategy()
    with recorded() as asked:
        assert put_strategy() == 2
    assert asked.names == ["Query"]
    assert len(items_of(Strategy)) == 2


def stale_reads(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """Let the next writers find no version, as if they had all looked before the first wrote."""
    look, stale = strategies._latest, [None] * count
    monkeypatch.setattr(strategies, "_latest", lambda *key: stale.pop() if stale else look(*key))


def test_two_stale_writers_of_a_strategy_get_two_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    """E1: the second reads version 0 as the first did, is refused, and looks again."""
    stale_reads(monkeypatch, 2)
    assert [put_strategy(), put_strategy(channel("sms"))] == [1, 2]


def test_two_stale_writers_of_the_same_strategy_get_one_version(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """E1: a retry beside its own first try; the refusal's old item is the answer."""
    stale_reads(monkeypatch, 2)
    assert put_strategy() == 1
    with recorded() as asked:
        assert put_strategy() == 1
    assert asked.names == ["TransactWriteItems"]
    assert len(items_of(Strategy)) == 1


def test_an_unknown_strategy_is_not_found() -> None:
    with pytest.raises(NotFound):
        pushes.start_push(ORGANIZATION, USER, "nothing", CONTENT, claim=None, now=NOW)
    assert items_of(PushItem) == []


def test_a_push_carries_its_strategys_version() -> None:
    """E1: a later version changes nothing of what was started."""
    push_id = start_push()
    put_strategy(channel("sms"))
    held = load(push_id)
    assert held.plan.channels == THREE
    assert int(held.push.strategy_version) == 1
    assert held.push.status == Status.RUNNING
    assert held.plan.content == msgspec.structs.replace(CONTENT, version=held.plan.content.version)
    assert event_types() == ["push.requested.v1"]


def test_a_push_with_a_claim_is_started_once() -> None:
    put_strategy()
    start = (ORGANIZATION, USER, "cheapest-first", CONTENT)
    push_id = pushes.start_push(*start, claim=CLAIM, now=NOW)
    with pytest.raises(AlreadyClaimed) as again:
        pushes.start_push(*start, claim=CLAIM, now=NOW + MINUTE)
    assert CLAIM.replay(again.value) == {"push_id": push_id}
    with pytest.raises(KeyReused):
        Claim(CLAIM.key, "another hash").replay(again.value)
    assert event_types() == ["push.requested.v1"]


def test_starting_a_push_is_one_query_and_one_transaction() -> None:
    put_strategy()
    with recorded() as asked:
        pushes.start_push(ORGANIZATION, USER, "cheapest-first", CONTENT, claim=CLAIM, now=NOW)
    asked_for = ["Query", "TransactWriteItems", "GetItem", "TransactWriteItems"]
    assert asked.names == asked_for, "the words, as this process does not know them yet; the day"
    assert asked.written == [2, 5]
    with recorded() as asked:
        pushes.start_push(ORGANIZATION, USER, "cheapest-first", CONTENT, claim=None, now=NOW)
    assert asked.names == ["Query", "TransactWriteItems"]
    assert asked.written == [4]


def test_another_organisation_does_not_find_the_push() -> None:
    """F4."""
    push_id = start_push()
    assert find_push("other", push_id) is None
    assert find_push(ORGANIZATION, push_id) is not None


def test_an_attempt_is_written_before_it_is_sent() -> None:
    """E2: attempt, tracking id and progress in one transaction."""
    held = load(start_push())
    with recorded() as asked:
        attempt = begin(held)
    assert asked.names == ["TransactWriteItems"]
    assert asked.written == [3]
    assert (attempt.level, attempt.evidence) == (Level.BEGUN, Evidence.NONE)
    push_id = held.push.push_id
    assert lookups.find_tracking(ORGANIZATION, "tracking-0") == Place(push_id, 0)
    assert lookups.find_tracking("other", "tracking-0") is None
    again = load(push_id)
    assert (int(again.push.position), int(again.push.version)) == (0, 2)
    assert again.push.due_at == NOW + MINUTE + GRACE
    assert [a.task_token for a in again.attempts] == ["token-1"]


def test_a_position_is_begun_once_by_two_stale_readers() -> None:
    """E2."""
    push_id = start_push()
    first, second = load(push_id), load(push_id)
    begin(first)
    with pytest.raises(AttemptBegun):
        begin_attempt(second, 0, "token-2", "tracking-x", NOW)
    assert lookups.find_tracking(ORGANIZATION, "tracking-x") is None
    assert [a.task_token for a in load(push_id).attempts] == ["token-1"]


def test_a_stale_step_cannot_begin_behind_the_chain() -> None:
    held = load(start_push())
    stale = load(held.push.push_id)
    begin(held, 1)
    with pytest.raises(PushStopped) as refusal:
        begin(stale, 0)
    assert refusal.value.current.status == Status.RUNNING


def test_after_the_end_no_attempt_is_begun() -> None:
    """E5."""
    push_id = start_push()
    stale = load(push_id)
    pushes.cancel_push(ORGANIZATION, push_id, NOW)
    with pytest.raises(PushStopped) as refusal:
        begin(stale)
    assert refusal.value.current.status == Status.CANCELLED
    assert load(push_id).attempts == []


def test_a_retried_task_takes_the_place_of_the_one_before() -> None:
    held = load(start_push())
    attempt = begin(held)
    attempts.renew_token(held, attempt, "token-2")
    assert [a.task_token for a in load(held.push.push_id).attempts] == ["token-2"]
    pushes.cancel_push(ORGANIZATION, held.push.push_id, NOW)
    with pytest.raises(PushStopped):
        attempts.renew_token(held, attempt, "token-3")


def test_a_task_that_the_chain_is_past_takes_nobodys_place() -> None:
    """E2: it must not send behind the attempt that followed."""
    held = load(start_push())
    stale = load(held.push.push_id)
    begin(stale)
    begin(load(held.push.push_id), 1)
    with pytest.raises(PushStopped) as refusal:
        attempts.renew_token(stale, stale.attempts[0], "token-2")
    assert refusal.value.current.status == Status.RUNNING
    assert [a.task_token for a in load(held.push.push_id).attempts] == ["token-1", "token-1"]


def test_why_a_send_is_unknown_is_recorded_with_one_write() -> None:
    """E4: evidence none, and why."""
    held = load(start_push())
    attempt = begin(held)
    with recorded() as asked:
        attempts.leave_unknown(held, attempt, "no answer")
    assert asked.names == ["TransactWriteItems"]
    assert asked.written == [1]
    (stored,) = load(held.push.push_id).attempts
    assert (stored.why, stored.level, stored.evidence) == ("no answer", Level.BEGUN, Evidence.NONE)
    assert not stored.failed


def test_cancelling_is_guarded_and_may_be_repeated() -> None:
    """E7."""
    push_id = start_push()
    for _ in range(2):
        held = pushes.cancel_push(ORGANIZATION, push_id, NOW)
        assert held.push.status == Status.CANCELLED
        assert held.push.due_at == NOW + HURRY  # until the waiting task was told
    assert event_types() == ["push.cancelled.v1", "push.requested.v1"]
    with pytest.raises(NotFound):
        pushes.cancel_push(ORGANIZATION, "nothing", NOW)


def test_cancelling_loses_against_what_happened_in_between(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    push_id = start_push()
    stale = load(push_id)
    assert pushes.give_up(load(push_id), "over", NOW)
    monkeypatch.setattr(pushes, "load_push", lambda *_: stale)
    with pytest.raises(PushOver):
        pushes.cancel_push(ORGANIZATION, push_id, NOW)
    assert load(push_id).push.status == Status.UNREACHED


def test_giving_up_on_a_push_that_changed_does_nothing() -> None:
    push_id = start_push()
    stale = load(push_id)
    begin(load(push_id))
    assert not pushes.give_up(stale, "over", NOW)
    assert load(push_id).push.status == Status.RUNNING
    assert event_types() == ["push.requested.v1"]


def test_the_sweeper_finds_a_push_only_while_somebody_must_look_at_it() -> None:
    push_id = start_push()
    assert overdue(NOW + GRACE / 2) == []
    assert overdue(NOW + GRACE) == [ids.key(ORGANIZATION, push_id)]
    held = load(push_id)
    pushes.postpone(held, NOW + MINUTE)
    assert overdue(NOW + GRACE) == []
    pushes.give_up(held, "over", NOW)
    assert overdue(NOW + timedelta(days=9)) == []


def overdue(now: datetime) -> list[str]:
    """Return the keys of the pushes that the sweeper finds."""
    found = []

    def look(item: PushItem) -> str:
        found.append(item.key)
        return "looked at"

    sweep(pushes.OVERDUE, look, now, float("inf"))
    return found


@pytest.mark.parametrize(
    "change",
    [
        lambda held: pushes.postpone(held, NOW),
        lambda held: pushes.cancel_push(ORGANIZATION, held.push.push_id, NOW),
        begin,
    ],
    ids=["postponed", "cancelled", "begun"],
)
def test_what_sets_the_due_time_anew_forgets_the_sweepers_failures(
    change: Callable[[Held], object],
) -> None:
    push_id = start_push()
    load(push_id).push.update([Push.sweep_failures.set(5)])
    change(load(push_id))
    assert load(push_id).push.due_bucket is not None
    assert load(push_id).push.sweep_failures is None


def test_closing_a_wait_loses_against_a_change() -> None:
    push_id = start_push()
    stale = load(push_id)
    pushes.cancel_push(ORGANIZATION, push_id, NOW)
    pushes.close_wait(stale)
    assert load(push_id).push.due_bucket is not None
    pushes.close_wait(load(push_id))
    assert load(push_id).push.due_bucket is None


def test_a_behaviour_is_stored_once_however_it_comes() -> None:
    """E4."""
    behaviour = Behaviour("opened", NOW, "spring-tea")
    store = behaviours.record_behaviour
    with recorded() as asked:
        store(ORGANIZATION, USER, behaviour, CLAIM, NOW)
    assert asked.written == [2]
    with pytest.raises(AlreadyClaimed):
        store(ORGANIZATION, USER, behaviour, CLAIM, NOW)
    with pytest.raises(BehaviourKnown):
        store(ORGANIZATION, USER, behaviour, Claim("acme#request#2", "a hash"), NOW)
    assert len(items_of(BehaviourItem)) == 1
    assert len(items_of(ClaimItem)) == 1


def test_behaviours_are_read_by_user_time_and_kind() -> None:
    """E4."""
    behave("opened", NOW - MINUTE)
    behave("opened", NOW)
    behave("yawned", NOW + MINUTE)
    behave("bought", NOW + 2 * MINUTE, "spring-tea")
    behave("opened", NOW + MINUTE, user_id="somebody-else")
    with recorded() as asked:
        found = behaviours.behaviours_since(ORGANIZATION, USER, NOW, {"opened", "bought"})
    assert asked.names == ["Query"]
    assert found == [
        Behaviour("opened", NOW),
        Behaviour("bought", NOW + 2 * MINUTE, "spring-tea"),
    ]
    assert behaviours.behaviours_since(ORGANIZATION, USER, NOW, []) == []
    assert behaviours.behaviours_since("other", USER, NOW, {"opened"}) == []


def test_a_users_latest_attempts_through_an_account_are_found() -> None:
    """E4."""
    older = start_push()
    begin(load(older))
    newer = start_push(channel("sms"), now=NOW + MINUTE)
    begin_attempt(load(newer), 0, "token", "tracking-n", NOW + MINUTE)
    found = lookups.recent_attempts(ORGANIZATION, "sandbox", USER)
    assert found == [Place(newer, 0), Place(older, 0)]
    assert lookups.recent_attempts(ORGANIZATION, "another", USER) == []


def test_the_request_carries_what_the_execution_needs() -> None:
    """E2: ids and waits, nothing of the content or the user."""
    push_id = start_push()
    found = [item for item in items_of(OutboxItem) if isinstance(item, OutboxItem)]
    (item,) = [item for item in found if item.type == "push.requested.v1"]
    assert item.data == f'{{"push_id":"{push_id}","waits":[60,60,120]}}'
