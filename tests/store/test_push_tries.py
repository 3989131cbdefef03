"""What waits for its time is taken once, and only while the push runs (E7)."""

from collections.abc import Iterator
from datetime import UTC, timedelta

import pytest

from sluice.push.refusals import AttemptSettled, PushStopped, RecipientChanged, TryTaken
from sluice.push.rules.courtesy import By, Person, Withheld
from sluice.push.rules.judging import Evidence, Finding, Level
from sluice.push.store import pushes, recipients, tries
from sluice.push.store.held import Held
from sluice.push.store.settling import Settlement, settle
from sluice.push.store.tries import Turn
from sluice.shared.guard import Transaction
from tests.support.aws import local_aws
from tests.support.events import ORGANIZATION
from tests.support.push import USER, begin_attempt, channel, load, start_push
from tests.support.staff import NOW, found_organization

LATER = NOW + timedelta(seconds=30)
TWO = (channel("wechat", wait_seconds=600), channel("sms"))


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with local_aws():
        found_organization()
        yield


def waiting() -> str:
    """Store a push whose first message waits for its time."""
    push_id = start_push(*TWO)
    begin_attempt(load(push_id), 0, "token", "tracking", NOW, send_at=LATER)
    return push_id


def turn(withheld: Withheld | None = None) -> Turn:
    return Turn(LATER, LATER + timedelta(minutes=10), None, UTC, withheld, lambda _: None)


def claim(held: Held) -> None:
    tries.claim_try(held, held.attempts[0], turn(), LATER)


def test_of_two_that_come_for_it_one_takes_it() -> None:
    push_id = waiting()
    one, other = load(push_id), load(push_id)
    claim(one)
    with pytest.raises(TryTaken):
        claim(other)
    (attempt,) = load(push_id).attempts
    assert (int(attempt.tries), attempt.tried_at) == (1, LATER)
    assert int(attempt.price_micros) == int(one.attempts[0].price_micros) == 10_000


def test_what_waits_costs_nothing_and_is_looked_at_after_its_time() -> None:
    held = load(waiting())
    assert (int(held.attempts[0].price_micros), int(held.attempts[0].tries)) == (0, 0)
    assert held.push.due_at == LATER + timedelta(minutes=1)  # the queue comes first


def test_nobody_takes_what_was_cancelled_or_passed_by() -> None:
    cancelled, passed = waiting(), waiting()
    before = load(cancelled), load(passed)
    pushes.cancel_push(ORGANIZATION, cancelled, NOW)
    begin_attempt(load(passed), 1, "token-1", "tracking-1", NOW)
    for held in before:
        with pytest.raises(PushStopped):
            claim(held)


def test_nobody_takes_what_a_receipt_has_settled() -> None:
    push_id = waiting()
    stale = load(push_id)
    finding = Finding(Level.SENT, Evidence.CONFIRMED, "the provider says sent")
    settle(load(push_id), Settlement(0, finding), NOW)
    with pytest.raises(TryTaken):
        claim(stale)


def test_what_the_turns_guard_refuses_takes_nothing() -> None:
    push_id = waiting()
    held = load(push_id)
    recipients.put_recipient(ORGANIZATION, USER, Person(locale="zh"), NOW)

    def guard(transaction: Transaction) -> None:
        recipients.check_unchanged(transaction, ORGANIZATION, USER, None)

    changed = Turn(LATER, LATER, None, UTC, None, guard)
    with pytest.raises(RecipientChanged):
        tries.claim_try(held, held.attempts[0], changed, LATER)
    assert load(push_id).attempts[0].send_at == LATER


def test_what_is_withheld_now_has_failed_and_is_looked_at_soon() -> None:
    push_id = waiting()
    held = load(push_id)
    tries.claim_try(held, held.attempts[0], turn(Withheld(By.CONSENT, "no")), LATER)
    attempt = load(push_id).attempts[0]
    assert (bool(attempt.failed), attempt.withheld, int(attempt.tries)) == (True, "consent", 0)
    assert load(push_id).push.due_at == LATER + timedelta(seconds=30)


def test_what_was_sent_meanwhile_is_not_let_wait() -> None:
    push_id = waiting()
    held = load(push_id)
    claim(held)
    stale = load(push_id)
    finding = Finding(Level.ACCEPTED, Evidence.CONFIRMED, "accepted")
    settle(load(push_id), Settlement(0, finding), LATER)
    with pytest.raises(AttemptSettled):
        tries.defer(stale, stale.attempts[0], LATER + timedelta(minutes=1), "down", LATER)
    with pytest.raises(AttemptSettled):
        tries.take_over(stale, stale.attempts[0], "second", LATER)


def test_an_attempt_names_the_account_that_takes_it_over() -> None:
    """So that its receipts count, and those without an id are looked for under it."""
    push_id = waiting()
    held = load(push_id)
    claim(held)
    tries.take_over(held, held.attempts[0], "second", LATER)
    attempt = load(push_id).attempts[0]
    assert (attempt.account_id, attempt.account_user) == ("second", f"{ORGANIZATION}#second#{USER}")


def test_nobody_takes_over_what_was_cancelled() -> None:
    """E7: the account before was down, and the next one would send after the cancellation."""
    push_id = waiting()
    held = load(push_id)
    claim(held)
    pushes.cancel_push(ORGANIZATION, push_id, LATER)
    with pytest.raises(PushStopped):
        tries.take_over(held, held.attempts[0], "second", LATER)
    assert load(push_id).attempts[0].account_id == "sandbox"


def second_waits() -> str:
    """Store a push whose first message was sent, and whose second waits for its time."""
    push_id = start_push(*TWO)
    begin_attempt(load(push_id), 0, "token", "tracking", NOW)
    begin_attempt(load(push_id), 1, "token-1", "tracking-1", NOW, send_at=LATER)
    return push_id


def arrived(held: Held) -> None:
    """Take the first message's receipt, on the push as somebody read it."""
    finding = Finding(Level.DELIVERED, Evidence.CONFIRMED, "the provider says delivered")
    settle(held, Settlement(0, finding), LATER)


def test_what_was_taken_up_just_before_a_receipt_of_an_earlier_one_is_waste() -> None:
    """E5: whoever settles the receipt read the push while the second message waited."""
    push_id = second_waits()
    stale, held = load(push_id), load(push_id)
    tries.claim_try(held, held.attempts[1], turn(), LATER)
    arrived(stale)
    assert [bool(attempt.waste) for attempt in load(push_id).attempts] == [False, True]


def test_what_surely_did_not_leave_just_before_a_receipt_is_no_waste() -> None:
    """E5: whoever settles the receipt read the push while the second message was being sent."""
    push_id = second_waits()
    held = load(push_id)
    tries.claim_try(held, held.attempts[1], turn(), LATER)
    stale = load(push_id)
    tries.defer(held, held.attempts[1], LATER + timedelta(minutes=1), "down", LATER)
    arrived(stale)
    assert [bool(attempt.waste) for attempt in load(push_id).attempts] == [False, False]
