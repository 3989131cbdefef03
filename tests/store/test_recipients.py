"""Recipients on moto: what is stored, what is refused, and that nothing learned is lost."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from sluice.push.recipient_tables import Frequency, Indexed, Recipient
from sluice.push.refusals import FrequencyCapReached, RecipientChanged
from sluice.push.rules.courtesy import Cap, Consent, Person, Suppression
from sluice.push.store import frequency, recipients
from sluice.shared.claims import AlreadyClaimed, Claim
from sluice.shared.guard import Transaction
from tests.support.aws import local_aws
from tests.support.events import ORGANIZATION
from tests.support.staff import NOW

USER = "u-7"
LIN = Person(addresses={"phone": "+8613800000001"}, tags=("vip", "春茶"))
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with local_aws():
        yield


def put(person: Person = LIN, **named: Any) -> Person:
    return recipients.put_recipient(ORGANIZATION, USER, person, NOW, **named)


def found() -> Recipient:
    recipient = recipients.find_recipient(ORGANIZATION, USER)
    assert recipient is not None
    return recipient


def check(recipient: Recipient | None) -> None:
    transaction = Transaction()
    recipients.check_unchanged(transaction, ORGANIZATION, USER, recipient)
    transaction.commit()


def test_a_recipient_is_stored_as_put_and_the_same_again_writes_nothing() -> None:
    """E7."""
    assert recipients.find_recipient(ORGANIZATION, USER) is None
    put()
    assert (found().person, found().version) == (LIN, 1)
    put()
    assert found().version == 1
    put(Person({"phone": "+8613800000002"}))
    assert (found().person.tags, found().version) == ((), 2)


def test_a_partners_event_takes_effect_once() -> None:
    claim = Claim("acme#webhook#1", "a hash")
    put(claim=claim)
    with pytest.raises(AlreadyClaimed):
        put(Person(), claim=claim)
    assert found().person == LIN


def test_what_was_read_must_still_be_so() -> None:
    check(None)
    put()
    with pytest.raises(RecipientChanged):
        check(None)
    before = found()
    check(before)
    put(Person())
    with pytest.raises(RecipientChanged):
        check(before)


def test_of_two_who_read_the_same_both_changes_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    put()
    stale = [found(), found()]
    real = recipients.find_recipient
    monkeypatch.setattr(
        recipients, "find_recipient", lambda *asked: stale.pop() if stale else real(*asked)
    )
    left = Consent(granted=False, at=NOW, source="link")
    recipients.withdraw(ORGANIZATION, USER, "marketing", left, NOW)
    recipients.suppress(ORGANIZATION, USER, "phone", "no such number", NOW)
    person = found().person
    assert person.consents == {"*/marketing": left}
    assert person.suppressed == {"phone": Suppression("no such number", NOW)}


def test_who_is_not_known_can_be_suppressed_and_unsubscribe() -> None:
    recipients.suppress(ORGANIZATION, USER, "openid", "blocked us", NOW)
    assert found().person.suppressed.keys() == {"openid"}


def test_the_index_of_tags_is_what_the_recipients_say() -> None:
    """E8."""
    for number in range(5):
        recipients.put_recipient(ORGANIZATION, f"u-{number}", Person(tags=("vip",)), NOW)
    recipients.put_recipient(ORGANIZATION, "u-1", Person(tags=("other",)), NOW)
    first = recipients.tagged(ORGANIZATION, "vip", None, 3)
    assert first == recipients.TaggedPage(["u-0", "u-2", "u-3"], "u-3")
    assert recipients.tagged(ORGANIZATION, "vip", first.last, 3).user_ids == ["u-4"]
    assert recipients.tagged("other", "vip", None, 3).user_ids == []
    put()
    put(Person())
    assert {item.item for item in Indexed.scan()} == {f"u-{n}" for n in range(5)}


def test_no_more_pushes_are_counted_than_the_cap_says_in_a_window() -> None:
    """E7."""
    cap = Cap(2, 7)

    def take(purpose: str = "marketing", later: timedelta = timedelta()) -> None:
        transaction = Transaction()
        frequency.take_frequency(
            transaction,
            ORGANIZATION,
            USER,
            purpose=purpose,
            cap=cap,
            zone="Asia/Shanghai",
            now=NOW + later,
        )
        transaction.commit()

    take()
    take()
    with pytest.raises(FrequencyCapReached) as refused:
        take()
    assert refused.value.current.taken == 2
    take("service")
    take(later=timedelta(days=7))
    counters = list(Frequency.scan())
    assert sorted(int(item.taken) for item in counters) == [1, 1, 2]
    assert all(item.expires > NOW for item in counters)


def test_a_user_is_found_by_an_address_that_is_theirs_alone() -> None:
    """E4: some receipts know the address only."""
    put()
    assert recipients.user_of(ORGANIZATION, ["sms-1", "phone"], "+8613800000001") == USER
    assert recipients.user_of(ORGANIZATION, ["email"], "+8613800000001") is None
    assert recipients.user_of("other", ["phone"], "+8613800000001") is None
    recipients.put_recipient(ORGANIZATION, "u-8", LIN, NOW)
    assert recipients.user_of(ORGANIZATION, ["phone"], "+8613800000001") is None, "two have it"
    put(Person())
    assert recipients.user_of(ORGANIZATION, ["phone"], "+8613800000001") == "u-8"
