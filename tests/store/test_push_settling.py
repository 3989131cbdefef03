"""Settling on moto: receipts late, twice, crossing, before the send returned (E3 to E5)."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sluice.push.refusals import MessageKnown, PushOver, PushStopped
from sluice.push.rules.chain import GRACE, HURRY, Status
from sluice.push.rules.judging import Evidence, Finding, Level, judge_status
from sluice.push.rules.strategies import Price
from sluice.push.store import attempts, lookups, pushes
from sluice.push.store.held import MAX_KEPT, Held
from sluice.push.store.lookups import Place
from sluice.push.store.settling import Settlement, settle
from sluice.push.tables import PushItem, ReceiptItem
from sluice.shared.errors import Contention
from tests.support.aws import items_of, local_aws
from tests.support.events import ORGANIZATION
from tests.support.push import (
    attempts_of,
    begin_attempt,
    channel,
    event_types,
    load,
    receipts_of,
    start_push,
)
from tests.support.requests import recorded
from tests.support.staff import NOW

REACHED = ["push.reached.v1", "push.requested.v1"]
ACCEPTED = Finding(Level.ACCEPTED, Evidence.CONFIRMED, "the provider accepted it")


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with local_aws():
        yield


def sent(count: int, *, successes: Sequence[str] = ("delivered",) * 3) -> str:
    """Start a push whose first `count` channels were sent on."""
    names = ("wechat", "app", "sms")
    push_id = start_push(*(channel(n, s) for n, s in zip(names, successes, strict=True)))
    held = load(push_id)
    for position in range(count):
        begin_attempt(held, position, f"token-{position}", f"{push_id}-{position}", NOW)
        settle(held, Settlement(position, ACCEPTED, facts={"sent_at": NOW}), NOW)
    return push_id


def receipt(push_id: str, position: int, status: str) -> ReceiptItem:
    return ReceiptItem(
        f"{ORGANIZATION}#{push_id}",
        f"receipt#{position}-{status}",
        position=position,
        status=status,
        found_by="tracking_id",
        effect="none",
        why=status,
        received_at=NOW,
    )


def take(push_id: str, position: int, status: str, held: Held | None = None) -> Held:
    settlement = Settlement(position, judge_status(status), receipt(push_id, position, status))
    return settle(held or load(push_id), settlement, NOW)


def state(push_id: str) -> tuple[object, ...]:
    """Return what must not depend on the order of the receipts."""
    return state_of(load(push_id))


def state_of(held: Held) -> tuple[object, ...]:
    return (
        held.push.status,
        held.push.reached_position,
        [(a.position, a.level, a.evidence, bool(a.failed), bool(a.waste)) for a in held.attempts],
    )


def test_a_success_ends_the_push_once() -> None:
    """E5."""
    push_id = sent(1)
    with recorded() as asked:
        held = take(push_id, 0, "delivered")
    assert asked.names == ["Query", "TransactWriteItems"]
    assert asked.written == [4]  # attempt, receipt, push, event
    assert (held.push.status, held.push.reached_position) == (Status.REACHED, 0)
    assert held.push.due_at == NOW + HURRY  # until the waiting task was told
    stored = load(push_id)
    assert stored.push.status == Status.REACHED
    assert (stored.push.version, stored.push.due_at) == (held.push.version, held.push.due_at)
    assert event_types() == REACHED


def test_a_receipt_counts_once() -> None:
    """E3."""
    push_id = sent(1)
    take(push_id, 0, "delivered")
    before = [item.to_dynamodb_dict() for item in items_of(PushItem)]
    assert take(push_id, 0, "delivered").push.status == Status.REACHED
    assert [item.to_dynamodb_dict() for item in items_of(PushItem)] == before
    assert event_types() == REACHED


def test_a_level_never_falls() -> None:
    """E3."""
    push_id = sent(1)
    for status in ("seen", "sent", "failed", "delivered"):
        take(push_id, 0, status)
    (attempt,) = attempts_of(push_id)
    assert (attempt.level, bool(attempt.failed)) == (Level.SEEN, False)
    effects = {r.status: r.effect for r in receipts_of(push_id)}
    assert effects == {"seen": "seen", "sent": "none", "failed": "none", "delivered": "none"}
    assert event_types() == REACHED


def test_less_than_the_strategy_wants_does_not_end_the_push() -> None:
    push_id = sent(1, successes=("clicked", "delivered", "delivered"))
    assert take(push_id, 0, "seen").push.status == Status.RUNNING
    assert take(push_id, 0, "clicked").push.status == Status.REACHED


def test_a_refusal_ends_the_attempt_and_not_the_push() -> None:
    """E3: the sweeper moves on in 30 seconds, should nobody else."""
    push_id = sent(1)
    held = take(push_id, 0, "failed")
    assert (held.push.status, held.push.due_at) == (Status.RUNNING, NOW + HURRY)
    (attempt,) = attempts_of(push_id)
    assert bool(attempt.failed)
    assert attempt.level == Level.ACCEPTED


def test_a_refusal_on_the_last_channel_ends_the_push() -> None:
    push_id = sent(3)
    held = take(push_id, 2, "failed")
    assert held.push.status == Status.UNREACHED
    assert not held.push.due_bucket
    assert event_types() == ["push.requested.v1", "push.unreached.v1"]


def test_a_refusal_of_an_earlier_channel_changes_nothing_for_the_push() -> None:
    push_id = sent(2)
    version = load(push_id).push.version
    assert take(push_id, 0, "failed").push.status == Status.RUNNING
    assert load(push_id).push.version == version


def test_a_late_receipt_credits_its_attempt_and_books_the_rest_as_waste() -> None:
    """E5."""
    push_id = sent(3)
    held = take(push_id, 0, "delivered")
    assert (held.push.status, held.push.reached_position) == (Status.REACHED, 0)
    assert [bool(a.waste) for a in attempts_of(push_id)] == [False, True, True]
    assert held.push.due_bucket is None  # no task waits on the last channel


def test_what_was_rejected_is_no_waste() -> None:
    push_id = sent(1)
    held = load(push_id)
    begin_attempt(held, 1, "token-1", "tracking", NOW)
    rejected = Finding(None, Evidence.CONFIRMED, "no such number")
    settle(held, Settlement(1, rejected, facts={"price_micros": 0}), NOW)
    take(push_id, 0, "delivered")
    assert [(bool(a.waste), int(a.price_micros)) for a in attempts_of(push_id)] == [
        (False, 10_000),
        (False, 0),
    ]


def test_a_crossing_receipt_moves_the_credit_to_the_first_that_arrived() -> None:
    """E5: the success itself is told once."""
    push_id = sent(2)
    take(push_id, 1, "delivered")
    held = take(push_id, 0, "delivered")
    assert held.push.reached_position == 0
    assert [bool(a.waste) for a in attempts_of(push_id)] == [False, True]
    assert event_types() == ["push.reached.v1", "push.recredited.v1", "push.requested.v1"]


def test_a_receipt_after_the_end_of_the_chain_still_counts() -> None:
    """E5."""
    push_id = sent(3)
    pushes.give_up(load(push_id), "the last wait is over", NOW)
    held = take(push_id, 1, "delivered")
    assert (held.push.status, held.push.reached_position) == (Status.REACHED, 1)
    assert [bool(a.waste) for a in attempts_of(push_id)] == [False, False, True]


def test_a_cancelled_push_stays_cancelled_and_its_attempt_is_credited() -> None:
    """E7."""
    push_id = sent(1)
    pushes.cancel_push(ORGANIZATION, push_id, NOW)
    held = take(push_id, 0, "delivered")
    assert held.push.status == Status.CANCELLED
    assert held.chain.reached_position is None
    assert attempts_of(push_id)[0].level == Level.DELIVERED
    assert event_types() == ["push.cancelled.v1", "push.requested.v1"]


def test_a_cancellation_just_before_a_receipt_wins() -> None:
    """E7: both read the push while it ran; what arrived is known all the same."""
    push_id = sent(1)
    stale = load(push_id)
    pushes.cancel_push(ORGANIZATION, push_id, NOW)
    held = take(push_id, 0, "delivered", stale)
    assert held.push.status == Status.CANCELLED
    assert held.chain.reached_position is None
    assert attempts_of(push_id)[0].level == Level.DELIVERED
    assert state(push_id) == state_of(held)
    assert event_types() == ["push.cancelled.v1", "push.requested.v1"]


def test_a_receipt_just_before_a_cancellation_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    """E5, E7: both read the push while it ran; there is nothing left to cancel."""
    push_id = sent(1)
    stale = load(push_id)
    take(push_id, 0, "delivered")
    monkeypatch.setattr(pushes, "load_push", lambda *_: stale)
    with pytest.raises(PushOver):
        pushes.cancel_push(ORGANIZATION, push_id, NOW)
    assert load(push_id).push.status == Status.REACHED
    assert event_types() == REACHED


@pytest.mark.parametrize("cancelled_first", [True, False])
def test_a_refusal_and_a_cancellation_cross(
    monkeypatch: pytest.MonkeyPatch, *, cancelled_first: bool
) -> None:
    """E7: in either order the push is cancelled, once, and its attempt failed."""
    push_id = sent(1)
    stale = load(push_id)
    if cancelled_first:
        pushes.cancel_push(ORGANIZATION, push_id, NOW)
        take(push_id, 0, "failed", stale)
    else:
        take(push_id, 0, "failed")
        monkeypatch.setattr(pushes, "load_push", lambda *_: stale)
        pushes.cancel_push(ORGANIZATION, push_id, NOW)
    held = load(push_id)
    assert (held.push.status, bool(held.attempts[0].failed)) == (Status.CANCELLED, True)
    assert event_types() == ["push.cancelled.v1", "push.requested.v1"]


def test_a_receipt_just_before_the_next_step_stops_it() -> None:
    """E5: the timer fired, and the step read the push before the receipt wrote."""
    push_id = sent(1)
    stale = load(push_id)
    take(push_id, 0, "delivered")
    with pytest.raises(PushStopped) as refusal:
        begin_attempt(stale, 1, "token-1", "tracking", NOW)
    assert refusal.value.current.status == Status.REACHED
    assert len(attempts_of(push_id)) == 1
    assert lookups.find_tracking(ORGANIZATION, "tracking") is None


def test_an_attempt_begun_just_before_a_receipt_is_booked_as_waste() -> None:
    """E5: the settling read the push before the next attempt was begun."""
    push_id = sent(1)
    stale = load(push_id)
    begin_attempt(load(push_id), 1, "token-1", "tracking", NOW)
    take(push_id, 0, "delivered", stale)
    assert [bool(a.waste) for a in attempts_of(push_id)] == [False, True]


@pytest.mark.parametrize("refused_first", [True, False])
def test_a_refusal_and_the_next_step_cross(*, refused_first: bool) -> None:
    """E3: in either order the chain is one further, and waits for its own timer."""
    push_id = sent(1)
    stale = load(push_id)
    if refused_first:
        take(push_id, 0, "failed")
        begin_attempt(stale, 1, "token-1", "tracking", NOW)
    else:
        begin_attempt(load(push_id), 1, "token-1", "tracking", NOW)
        take(push_id, 0, "failed", stale)
    held = load(push_id)
    assert [bool(a.failed) for a in held.attempts] == [True, False]
    assert (held.push.status, int(held.push.position)) == (Status.RUNNING, 1)
    assert held.push.due_at == NOW + timedelta(seconds=60) + GRACE


@pytest.mark.parametrize("receipt_first", [True, False])
def test_a_receipt_and_a_retried_step_cross(*, receipt_first: bool) -> None:
    """E5: the retry is stopped, or the receipt settles what the retry waits for."""
    push_id = sent(1)
    stale = load(push_id)
    if receipt_first:
        take(push_id, 0, "delivered")
        with pytest.raises(PushStopped) as refusal:
            attempts.renew_token(stale, stale.attempts[0], "renewed")
        assert refusal.value.current.status == Status.REACHED
    else:
        renewing = load(push_id)
        attempts.renew_token(renewing, renewing.attempts[0], "renewed")
        take(push_id, 0, "delivered", stale)
    held = load(push_id)
    assert (held.push.status, held.push.reached_position) == (Status.REACHED, 0)
    assert held.attempts[0].task_token == ("token-0" if receipt_first else "renewed")
    assert held.push.due_at == NOW + HURRY, "the sweeper tells whoever waits by then"
    assert event_types() == REACHED


@pytest.mark.parametrize("status", ["delivered", "failed", "sent"])
@pytest.mark.parametrize("receipt_first", [True, False])
def test_a_receipt_and_the_record_of_an_unknown_send_cross(
    status: str, *, receipt_first: bool
) -> None:
    """E4: what the receipt says stands, in either order."""
    push_id = sent(0)
    held = load(push_id)
    attempt = begin_attempt(held, 0, "token-0", "tracking", NOW)
    stale = load(push_id)
    if receipt_first:
        take(push_id, 0, status)
        left = attempts.leave_unknown(held, attempt, "no answer")
    else:
        attempts.leave_unknown(held, attempt, "no answer")
        left = take(push_id, 0, status, stale)
    assert state(push_id) == state_of(left)
    (stored,) = attempts_of(push_id)
    assert stored.why == judge_status(status).why
    assert bool(stored.failed) is (status == "failed")


@pytest.mark.parametrize("ways", ["answer first", "receipt first", "at once"])
def test_a_refusal_and_the_providers_answer_cross(ways: str) -> None:
    """E3: in any order the attempt failed, and says why."""
    push_id = sent(0)
    held = load(push_id)
    begin_attempt(held, 0, "token-0", "tracking", NOW)
    stale = load(push_id)
    later = NOW + timedelta(seconds=1)
    if ways == "answer first":
        settle(held, Settlement(0, ACCEPTED), later)
    take(push_id, 0, "failed", stale)
    if ways != "answer first":
        settle(load(push_id) if ways == "receipt first" else held, Settlement(0, ACCEPTED), later)
    (attempt,) = attempts_of(push_id)
    assert (bool(attempt.failed), int(attempt.level)) == (True, Level.ACCEPTED)
    assert attempt.why == judge_status("failed").why
    assert attempt.settled_at == NOW, "when it was refused"


def test_two_receipts_at_once_have_one_success() -> None:
    """E5: both read the push before the other wrote."""
    push_id = sent(2)
    one, other = load(push_id), load(push_id)
    take(push_id, 0, "delivered", one)
    take(push_id, 1, "delivered", other)
    assert load(push_id).push.reached_position == 0
    assert event_types() == REACHED


def test_endless_contention_is_said_and_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    push_id = sent(1)
    stale = load(push_id)
    pushes.cancel_push(ORGANIZATION, push_id, NOW)
    monkeypatch.setattr("sluice.push.store.settling.load_again", lambda _: stale)
    with pytest.raises(Contention):
        take(push_id, 0, "delivered", stale)
    assert receipts_of(push_id) == []


def test_the_receipts_price_corrects_the_estimate() -> None:
    """E6."""
    push_id = sent(1)
    item = receipt(push_id, 0, "sent")
    known = Settlement(0, judge_status("sent"), item, Price(12_345, "USD"))
    settle(load(push_id), known, NOW)
    (attempt,) = attempts_of(push_id)
    assert (int(attempt.price_micros), attempt.currency) == (12_345, "USD")


def priced(push_id: str, status: str, micros: int, currency: str = "CNY", n: int = 0) -> None:
    item = receipt(push_id, 0, status)
    item.item = f"receipt#{n}-{status}-{micros}-{currency}"
    settle(load(push_id), Settlement(0, judge_status(status), item, Price(micros, currency)), NOW)


def price_of(push_id: str) -> tuple[int, str]:
    (attempt,) = attempts_of(push_id)
    return int(attempt.price_micros), attempt.currency


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ([("sent", 9, "CNY"), ("delivered", 5, "CNY")], (5, "CNY")),
        ([("failed", 9, "CNY"), ("sent", 5, "CNY")], (5, "CNY")),
        ([("delivered", 5, "CNY"), ("delivered", 9, "CNY"), ("sent", 11, "CNY")], (9, "CNY")),
        ([("seen", 5, "CNY"), ("seen", 5, "USD"), ("failed", 7, "CNY")], (5, "USD")),
        ([("sent", 7, "CNY"), ("delivered", 0, "CNY"), ("failed", 9, "CNY")], (0, "CNY")),
    ],
)
def test_the_price_does_not_depend_on_the_order_of_receipts(
    told: list[tuple[str, int, str]], expected: tuple[int, str]
) -> None:
    """E6: the price of the highest level stands; of two at one level the greatest."""
    for order in permutations(told):
        with local_aws():
            push_id = sent(1)
            for n, given_price in enumerate((*order, *order)):
                priced(push_id, *given_price, n=n)
            assert price_of(push_id) == expected, order


def test_a_price_is_not_lost_to_a_stale_reader() -> None:
    """E6: two receipts at one instant, neither of which raises the level."""
    push_id = sent(1)
    take(push_id, 0, "seen")
    stale = load(push_id)
    priced(push_id, "delivered", 9)
    late = Settlement(0, judge_status("sent"), receipt(push_id, 0, "sent"), Price(5, "CNY"))
    settle(stale, late, NOW)
    assert price_of(push_id) == (9, "CNY")


@pytest.mark.parametrize("stale", [False, True])
def test_a_receipts_price_stands_against_a_send_that_cost_nothing(*, stale: bool) -> None:
    """E6: the provider's refusal and its receipt cross."""
    push_id = sent(1)
    before = load(push_id)
    priced(push_id, "sent", 9)
    rejected = Finding(None, Evidence.CONFIRMED, "no such user")
    free = Settlement(0, rejected, facts={"price_micros": 0})
    settle(before if stale else load(push_id), free, NOW)
    assert price_of(push_id) == (9, "CNY")


def test_a_message_id_is_mapped_with_the_send() -> None:
    """E3."""
    push_id = sent(0)
    held = load(push_id)
    begin_attempt(held, 0, "token-0", "tracking", NOW)
    settle(held, Settlement(0, ACCEPTED, message_id="m-1"), NOW)
    assert lookups.find_message(ORGANIZATION, "sandbox", "m-1") == Place(push_id, 0)
    assert lookups.find_message(ORGANIZATION, "another", "m-1") is None
    assert attempts_of(push_id)[0].message_id == "m-1"


def test_receipts_that_come_before_their_message_id_wait_for_it() -> None:
    """E3: none is lost, none is kept twice, and mapping notices each one."""
    push_id = sent(0)
    held = load(push_id)
    begin_attempt(held, 0, "token-0", "tracking", NOW)
    for raw in (b"1", b"1", b"2"):
        assert lookups.keep_early(ORGANIZATION, "sandbox", "m-1", raw, NOW) is None
    for count in (0, 1):
        with pytest.raises(MessageKnown) as refusal:
            settle(held, Settlement(0, ACCEPTED, message_id="m-1", early_count=count), NOW)
        assert lookups.early_receipts(refusal.value.current) == [b"1", b"2"]
    settle(held, Settlement(0, ACCEPTED, message_id="m-1", early_count=2), NOW)
    place = Place(push_id, 0)
    assert lookups.keep_early(ORGANIZATION, "sandbox", "m-1", b"3", NOW) == place


def test_a_message_id_keeps_at_most_ten_early_receipts() -> None:
    for number in range(12):
        lookups.keep_early(ORGANIZATION, "sandbox", "m-1", str(number).encode(), NOW)
    (item,) = items_of(PushItem)
    assert len(lookups.early_receipts(item)) == 10  # type: ignore[arg-type]


def after(came: Sequence[tuple[int, str]]) -> tuple[object, ...]:
    """Take receipts in this order on an empty table; return where the push stands."""
    with local_aws():
        push_id = sent(3)
        for position, status in came:
            take(push_id, position, status)
        return state(push_id)


@pytest.mark.proof
def test_every_order_of_crossing_receipts_ends_the_same() -> None:
    """E5: three channels, a success on two of them and a refusal."""
    came = [(0, "failed"), (1, "delivered"), (2, "delivered"), (0, "delivered")]
    assert len({str(after(order)) for order in permutations(came)}) == 1


STATUSES = st.sampled_from(["sent", "delivered", "seen", "clicked", "failed"])


@settings(
    max_examples=8,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@example([(2, "failed"), (2, "delivered")], [1, 0])
@given(
    st.lists(st.tuples(st.integers(0, 2), STATUSES), min_size=1, max_size=5),
    st.permutations(range(5)),
)
def test_the_order_of_receipts_does_not_matter(
    came: list[tuple[int, str]], order: list[int]
) -> None:
    """E5: any receipts, then the same ones in another order and all of them again."""
    shuffled = [came[n] for n in order if n < len(came)]
    found = after(came)
    assert found == after(shuffled + came)
    best = [max((Level[_name(s)] for p, s in came if p == n), default=0) for n in range(3)]
    arrived = [n for n in range(3) if best[n] >= Level.DELIVERED]
    assert found[1] == (min(arrived) if arrived else None)


def _name(status: str) -> str:
    return "ACCEPTED" if status == "failed" else status.upper()


def told_again(push_id: str, n: int, status: str = "sent", held: Held | None = None) -> Held:
    """Take another receipt of the first attempt, at its own time."""
    item = receipt(push_id, 0, status)
    item.item = f"receipt#{n:03}"
    return settle(held or load(push_id), Settlement(0, judge_status(status), item), NOW)


def test_a_push_keeps_the_first_receipts_of_an_attempt_and_counts_all() -> None:
    """E3: a provider that goes on telling fills no push; what it says counts all the same."""
    push_id = sent(1)
    for n in range(MAX_KEPT + 5):
        told_again(push_id, n)
    assert len(receipts_of(push_id)) == MAX_KEPT
    (attempt,) = attempts_of(push_id)
    assert int(attempt.receipts) == MAX_KEPT + 5
    held = told_again(push_id, 999, "delivered")
    assert (held.push.status, int(held.attempts[0].receipts)) == (Status.REACHED, MAX_KEPT + 6)
    assert state(push_id) == state_of(told_again(push_id, 999, "delivered"))
    assert state(push_id) == state_of(held)
    assert len(receipts_of(push_id)) == MAX_KEPT
    assert event_types() == REACHED


def test_two_receipts_at_once_for_the_last_room_are_kept_once() -> None:
    """E3: both read the attempt while there was room."""
    push_id = sent(1)
    for n in range(MAX_KEPT - 1):
        told_again(push_id, n)
    stale = load(push_id)
    told_again(push_id, 500)
    told_again(push_id, 501, held=stale)
    assert len(receipts_of(push_id)) == MAX_KEPT
    assert int(attempts_of(push_id)[0].receipts) == MAX_KEPT + 1
