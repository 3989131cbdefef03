"""The waiting list where many wait for what is not there (A4): nobody is forgotten behind them."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from sluice.codes.store import marks, pool, queues, serving
from sluice.codes.tables.waiting import WaitingMark
from sluice.shared.table import find
from tests.support.aws import local_aws
from tests.support.codes import issue_code, join, later, open_channel
from tests.support.events import ORGANIZATION
from tests.support.staff import NOW, found_organization
from tests.support.waiting import come, serve, tickets, wait

GROUPS = "GRPONLY23456"
WAITING = {"hours": 2, "called_seconds": 600}


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with local_aws():
        found_organization()
        yield


def full_channel() -> None:
    open_channel("a", cap=1)
    issue_code(waiting=WAITING)
    issue_code(GROUPS, waiting=WAITING, kind="group")
    join("first")


def test_however_many_wait_for_what_is_not_there_those_behind_are_served(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Every run looks at the first places, and then goes on where the last one ended."""
    monkeypatch.setattr(serving, "LOOK_AHEAD", 2)
    monkeypatch.setattr(serving, "MAX_TICKETS", 4)
    full_channel()
    for n in range(7):
        wait(f"stuck{n}", code=GROUPS, now=NOW + timedelta(seconds=n))
    wait("anna", now=later(1))
    open_channel("a", cap=2)
    for minute in range(2, 6):
        serve(later(minute))
    assert tickets()["anna"] == "served"


def test_those_in_front_come_before_those_where_the_last_run_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(serving, "LOOK_AHEAD", 1)
    monkeypatch.setattr(serving, "MAX_TICKETS", 2)
    full_channel()
    open_channel("g", kind="group", cap=0)
    wait("stuck", code=GROUPS)
    for n in range(3):
        wait(f"behind{n}", code=GROUPS, now=NOW + timedelta(seconds=n + 1))
    open_channel("a", cap=2)  # somebody else may be served: runs do not end at once
    serve(later(2))
    open_channel("g", kind="group", cap=1)
    serve(later(3))
    assert tickets()["stuck"] == "served"


def test_the_mark_of_a_queue_that_was_just_entered_stays_when_the_others_are_empty() -> None:
    """What serves has read the mark before somebody entered another queue."""
    full_channel()
    wait("anna")
    open_channel("a", cap=3)
    serve(NOW + timedelta(seconds=5))
    read_before = find(WaitingMark, ORGANIZATION)
    assert read_before is not None
    assert "group" not in queues.times_of(read_before)
    wait("ben", code=GROUPS, now=later(1))
    marks.tidy(read_before, later(1))
    mark = find(WaitingMark, ORGANIZATION)
    assert mark is not None, "nobody would serve ben, and newcomers would pass him"
    assert mark.group_at == later(1)


def test_a_large_pool_knows_as_soon_as_a_small_one_that_somebody_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Channels of very many are remembered for longer; who waits is not."""
    full_channel()
    monkeypatch.setattr(pool, "CHANNELS_SECONDS", 600.0)
    pool.forget()
    come("first", now=NOW, fresh=False)  # has a seat; the function has looked at the mark
    known = pool.pool(ORGANIZATION)
    known.learn_marks({})
    assert known.marks == {}
    known._learned_at -= pool.LEARNED_SECONDS
    assert known.marks is None
