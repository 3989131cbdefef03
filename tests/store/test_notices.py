"""Notices are asked for in the transaction of their cause."""

from collections.abc import Iterator

import pytest

from sluice.codes.store import notices
from sluice.shared.guard import Transaction
from sluice.shared.outbox import Event, OutboxItem, event_of
from tests.support.aws import items_of, local_aws
from tests.support.events import ORGANIZATION
from tests.support.staff import NOW


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with local_aws():
        yield


def want(notice_id: str = "n1", user_id: str = "c1", **content: str) -> None:
    transaction = Transaction()
    notices.want(transaction, ORGANIZATION, notice_id, "waiting-served", user_id, content, NOW)
    transaction.commit()


def wanted() -> list[Event]:
    return [event_of(item) for item in items_of(OutboxItem) if isinstance(item, OutboxItem)]


def test_a_notice_is_an_event_that_names_kind_user_and_words() -> None:
    want(title="Free", channel="Lin")
    (event,) = wanted()
    assert (event.type, event.organization_id, event.version) == ("notice.wanted.v1", "acme", 1)
    assert event.data == {
        "notice": "waiting-served",
        "user_id": "c1",
        "content": {"title": "Free", "channel": "Lin"},
    }


def test_the_same_notice_is_the_same_event_and_another_is_not() -> None:
    want(title="Free")
    want(title="Free, told again")
    assert len(wanted()) == 1
    want(notice_id="n2")
    want(user_id="c2")
    assert len({event.id for event in wanted()}) == 3


def test_values_are_cut_and_too_many_are_a_fault() -> None:
    want(body="x" * 10_000)
    assert wanted()[0].data["content"] == {"body": "x" * 500}
    with pytest.raises(ValueError, match="at most 16"):
        notices.want(Transaction(), "acme", "n", "kind", "u", {f"v{n}": "" for n in range(17)}, NOW)
