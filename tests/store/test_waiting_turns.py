"""Many runs that would serve one list at the same time (A4): one does, and nobody is forgotten."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from functions.codes.serve_waiting.handler import handler as serve_waiting
from sluice.codes.store import issued, joining, leaving, serving, turns
from sluice.codes.tables.waiting import WaitingMark
from sluice.shared import clock
from sluice.shared.errors import Contention
from sluice.shared.table import find
from tests.support.aws import local_aws
from tests.support.codes import CODE, check_counters, issue_code, join, later, open_channel
from tests.support.events import ORGANIZATION
from tests.support.requests import Asked, recorded
from tests.support.staff import NOW, found_organization
from tests.support.waiting import serve, sweep, tickets, wait

EVENTS = 50
SEATS, LINE = 3, 4


@pytest.fixture(autouse=True)
def _aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(clock, "now", lambda: later(1))
    with local_aws():
        found_organization()
        open_channel("a", cap=SEATS)
        issue_code(waiting={"hours": 2, "called_seconds": 600})
        for n in range(SEATS):
            join(f"first{n}")
        for n in range(LINE):
            wait(f"w{n}", now=NOW + timedelta(seconds=n))
        yield


def released() -> None:
    """Tell that a seat came free."""
    serve_waiting(
        {
            "detail-type": "assignment.released.v1",
            "detail": {
                "id": "event-1",
                "type": "assignment.released.v1",
                "organization_id": ORGANIZATION,
                "occurred_at": NOW.isoformat(),
                "version": 1,
                "data": {},
            },
        },
        None,
    )


def give_up(n: int) -> None:
    code = issued.read_code(CODE, NOW)
    leaving.leave(code, issued.rule_of(code), f"first{n}", NOW)


def after_the_first_look(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], None]) -> list[Any]:
    """Let something happen after the first look at the list; return the looks, as they come."""
    looks: list[Any] = []
    look = serving._look

    def looked(run: Any) -> None:
        look(run)
        looks.append(dict(run.done))
        if len(looks) == 1:
            happens()

    monkeypatch.setattr(serving, "_look", looked)
    return looks


def statuses() -> list[str]:
    return [tickets()[f"w{n}"] for n in range(LINE)]


def test_of_fifty_releases_at_once_one_serves_and_one_leaves_word(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The others come while the first serves: seats that came free too late for its look."""
    asked = Asked()

    def others() -> None:
        for n in range(1, SEATS):
            give_up(n)
        with recorded() as theirs:
            for _ in range(EVENTS - 1):
                released()
        asked.extend(theirs)

    looks = after_the_first_look(monkeypatch, others)
    give_up(0)
    released()
    assert asked.names.count("GetItem") == EVENTS - 1
    assert asked.written == [1], "one of them leaves word"
    assert [look["served"] for look in looks] == [1, 3], "at once, and in the order of entering"
    assert statuses() == ["served"] * SEATS + ["waiting"]
    check_counters()


def test_who_meets_another_at_the_mark_looks_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two take the turn at once: one is refused, and leaves word."""
    taken: list[Any] = []
    begin = turns._begin

    def both(turn: Any, now: datetime) -> Any:
        monkeypatch.setattr(turns, "_begin", begin)
        taken.append(turns.take(ORGANIZATION, now))
        return begin(turn, now)

    monkeypatch.setattr(turns, "_begin", both)
    assert turns.take(ORGANIZATION, later(1)) is None
    (turn,) = taken
    assert turns.goes_on(turn, is_over=False), "word was left"
    assert not turns.goes_on(turn, is_over=False)


def test_the_turn_of_a_run_that_died_is_over_by_itself() -> None:
    turns.take(ORGANIZATION, later(1))
    give_up(0)
    assert not serve(later(1)), "somebody serves, as far as anybody knows"
    assert sweep(later(2))["served"] == 1


def test_what_is_left_when_its_time_is_over_is_served_by_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(serving, "MAX_TICKETS", 1)
    after_the_first_look(monkeypatch, released)
    for n in range(SEATS):
        give_up(n)
    assert serve(later(1))["served"] == 1
    assert serve(later(1))["served"] == 1


def test_a_run_that_meets_lasting_contention_leaves_the_list_to_the_sweep(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It does not end in the failure queue: nothing is to be redriven."""

    def busy(*_: object, **__: object) -> None:
        raise Contention

    give_up(0)
    with monkeypatch.context() as patch:
        patch.setattr(joining, "seat", busy)
        released()
    mark = find(WaitingMark, ORGANIZATION)
    assert mark is not None
    ends_at: datetime | None = mark.turn_ends_at
    assert ends_at is None, "the next need not wait for its end"
    assert statuses() == ["waiting"] * LINE
    assert sweep(later(2))["served"] == 1


def test_a_fault_that_does_not_pass_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError("name")

    monkeypatch.setattr(serving, "_look", broken)
    with pytest.raises(KeyError):
        released()


def test_a_list_whose_mark_is_gone_is_not_looked_at_again() -> None:
    turn = turns.take(ORGANIZATION, later(1))
    assert turn is not None
    WaitingMark(ORGANIZATION).delete()
    assert not turns.goes_on(turn, is_over=False)
    turns.give_back(turn)
    assert find(WaitingMark, ORGANIZATION) is None, "no mark was made anew"
