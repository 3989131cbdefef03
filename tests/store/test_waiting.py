"""The waiting list (A4): entered, served in order, left, expired."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from pynamodb.expressions.operand import Path

from sluice.codes.refusals import NoRoom
from sluice.codes.rules import waiting as rules
from sluice.codes.rules.areas import Location
from sluice.codes.rules.seats import Contact
from sluice.codes.store import (
    channels,
    contacts,
    issued,
    joining,
    leaving,
    loading,
    pool,
    queues,
    serving,
    waiting,
)
from sluice.codes.store import seats as stored
from sluice.codes.store.joining import Joined
from sluice.codes.store.seats import Slot
from sluice.codes.store.waiting import Entered
from sluice.codes.tables import Code
from sluice.codes.tables.waiting import Ticket, WaitingMark
from sluice.shared.errors import Contention
from sluice.shared.guard import Transaction
from sluice.shared.outbox import OutboxItem, event_of
from sluice.shared.sweeping import FAILURES
from sluice.shared.table import connection
from tests.support.aws import items_of, local_aws
from tests.support.codes import (
    CODE,
    check_counters,
    issue_code,
    join,
    later,
    open_channel,
    settings_of,
)
from tests.support.events import ORGANIZATION
from tests.support.requests import recorded
from tests.support.staff import NOW, found_organization
from tests.support.waiting import come, serve, sweep, tickets, wait

WAITING = {"hours": 2, "called_seconds": 600}


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with local_aws():
        found_organization()
        for item in items_of(OutboxItem):
            item.delete()
        yield


def full_pool(*, cap: int = 1, **rule: Any) -> None:
    """Open one channel, and let customers take all of it."""
    open_channel("a", cap=cap)
    issue_code(waiting=WAITING, **rule)
    for n in range(cap):
        join(f"first{n}")


def code_of(name: str = CODE) -> Code:
    return issued.read_code(name, NOW)


def give_up(customer_id: str, now: Any = NOW) -> str | None:
    code = code_of()
    return leaving.leave(code, issued.rule_of(code), customer_id, now)


def seated() -> set[str]:
    """Return the customers who have a seat now."""
    slots = [Slot(ORGANIZATION, name, "contact") for name in sorted(tickets())]
    found = stored.read_all(slots) if slots else []
    live = {"reserved", "connected"}
    return {
        f.slot.customer_id
        for f in found
        if f.seat and f.seat.assignments and f.seat.current.status in live
    }


def notices() -> list[dict[str, Any]]:
    events = [event_of(item) for item in items_of(OutboxItem) if isinstance(item, OutboxItem)]
    return [event.data for event in events if event.type == "notice.wanted.v1"]


def wanted() -> int:
    """Count the events that ask for the list to be served."""
    events = [event_of(item) for item in items_of(OutboxItem) if isinstance(item, OutboxItem)]
    return sum(event.type == "waiting.wanted.v1" for event in events)


def marks() -> list[str]:
    """Return the organisations whose list is marked."""
    found = [item for item in items_of(WaitingMark) if isinstance(item, WaitingMark)]
    return [item.key for item in found if "#" not in item.key]


def test_who_finds_no_room_has_a_place_and_the_same_one_again() -> None:
    full_pool()
    first = wait("anna")
    assert (first.is_new, first.ahead, first.ticket.expires_at) == (True, 0, later(120))
    again = wait("anna", now=later(1))
    assert (again.is_new, again.ticket.ticket_id) == (False, first.ticket.ticket_id)
    assert again.ticket.entered_at == NOW
    assert wait("ben", now=later(1)).ahead == 1
    assert wait("cleo", now=later(2)).ahead == 2
    assert wait("anna", now=later(3)).ahead == 0


def test_who_asks_again_writes_nothing() -> None:
    full_pool()
    wait("anna")
    with recorded() as asked:
        assert not wait("anna", now=later(1)).is_new
    assert "TransactWriteItems" not in asked.names


def test_of_two_entries_at_once_one_is_the_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither is there when the other looks."""
    full_pool()
    monkeypatch.setattr(waiting, "find", lambda *_: None)
    first, second = wait("anna"), wait("anna", now=later(1))
    assert (second.is_new, second.ticket.ticket_id) == (False, first.ticket.ticket_id)


def test_without_a_list_it_is_refused_as_before() -> None:
    open_channel("a", cap=1)
    issue_code()
    join("first")
    with pytest.raises(Exception, match="All channels are full"):
        join("anna")
    assert not tickets()


def test_they_are_served_in_the_order_of_entering_as_room_appears() -> None:
    full_pool()
    for minute, name in enumerate(("anna", "ben", "cleo")):
        wait(name, now=later(minute))
    assert serve(later(4))["served"] == 0
    open_channel("a", cap=2)
    assert serve(later(5))["served"] == 1
    assert seated() == {"anna"}
    open_channel("a", cap=9)
    assert serve(later(6))["served"] == 2
    assert set(tickets().values()) == {"served"}
    check_counters()


def test_a_served_seat_is_reserved_for_its_own_time_and_its_customer_is_told() -> None:
    full_pool()
    entered = wait("anna")
    open_channel("a", cap=2)
    serve(later(1))
    pool.forget()
    seat = join("anna", now=later(2))
    assert (seat.is_new, seat.assignment.expires_at) == (False, later(1) + timedelta(seconds=600))
    (notice,) = notices()
    assert (notice["notice"], notice["user_id"]) == ("waiting-served", "anna")
    assert notice["content"]["channel"] == "a"
    assert notice["content"]["link"] == entered.ticket.link
    assert notice["content"]["body"] == "a has a place for you, kept until 2026-03-05 16:11."
    serve(later(2))
    assert len(notices()) == 1


def test_who_turned_out_to_be_another_while_waiting_is_told_as_that_one() -> None:
    """A6: nobody is told anything by an id that leads elsewhere by now."""
    open_channel("g", kind="group", cap=1)
    open_channel("a")
    issue_code(waiting=WAITING, kind="group")
    issue_code("OTHERCODE222", kind="contact")
    join("first")
    wait("anna")
    for name in ("ann", "anna"):
        seat = join(name, code="OTHERCODE222").assignment.assignment_id
        contacts.tell("acme", "sandbox", Contact("connected", seat, NOW, "wx-1"), NOW)
    open_channel("g", kind="group", cap=2)
    assert serve(later(5))["served"] == 1
    assert [told["user_id"] for told in notices()] == ["ann"]


def test_a_seat_given_up_goes_to_the_next() -> None:
    full_pool()
    wait("anna")
    wait("ben", now=later(1))
    assert give_up("first0") == "seat"
    serve(later(2))
    assert seated() == {"anna"}
    assert give_up("anna", later(3)) == "seat"
    serve(later(4))
    assert seated() == {"ben"}
    check_counters()


def test_who_leaves_is_passed_over_and_has_nothing_left_to_give_up() -> None:
    full_pool()
    wait("anna")
    wait("ben", now=later(1))
    assert give_up("anna") == "place"
    assert give_up("anna") is None
    assert give_up("nobody") is None
    open_channel("a", cap=2)
    serve(later(2))
    assert seated() == {"ben"}
    assert tickets() == {"anna": "left", "ben": "served"}


def test_who_left_and_comes_again_is_the_last() -> None:
    full_pool()
    wait("anna")
    wait("ben", now=later(1))
    give_up("anna")
    assert wait("anna", now=later(2)).ahead == 1


def test_a_connected_seat_cannot_be_given_up() -> None:
    full_pool()
    assignment = join("first0").assignment
    contact = Contact("connected", assignment.assignment_id, NOW, "wx-1")
    contacts.tell(ORGANIZATION, "sandbox", contact, NOW)
    assert give_up("first0") is None


def test_the_time_of_a_place_decides_and_the_sweep_tidies() -> None:
    full_pool()
    wait("anna")
    open_channel("a", cap=2)
    assert serve(later(120))["served"] == 0
    assert tickets() == {"anna": "expired"}
    assert not seated()
    full_pool_again = come("anna", now=later(121))
    assert isinstance(full_pool_again, Joined)


def test_the_sweep_ends_what_has_expired_and_serves_what_nobody_served() -> None:
    full_pool()
    wait("anna")
    wait("ben", now=later(60))
    assert sweep(later(120))["expired"] == 1
    assert tickets() == {"anna": "expired", "ben": "waiting"}
    open_channel("a", cap=2)
    assert sweep(later(130))["served"] == 1
    assert seated() == {"ben"}


def test_nobody_passes_those_who_wait_and_who_has_a_seat_is_answered_it() -> None:
    full_pool()
    wait("anna")
    open_channel("a", cap=2)
    newcomer = wait("ben", now=later(1))
    assert newcomer.ahead == 1
    seat = come("first0", now=later(1))
    assert isinstance(seat, Joined)
    assert not seat.is_new
    open_channel("a", cap=3)
    serve(later(2))
    assert seated() == {"anna", "ben"}


def test_the_function_that_put_somebody_on_the_list_knows_it_at_once() -> None:
    full_pool()
    wait("anna")
    channels.put_channel(ORGANIZATION, "b", settings_of("b"), NOW)
    known, found = pool.pool(ORGANIZATION), loading.read_candidate(ORGANIZATION, "b")
    assert found is not None
    known.channels["b"] = found
    known._lineups.clear()
    assert isinstance(come("ben", now=later(1), fresh=False), Entered)


def test_once_the_list_is_empty_joins_are_as_before() -> None:
    full_pool()
    wait("anna")
    open_channel("a", cap=3)
    serve(NOW + timedelta(seconds=5))
    assert isinstance(come("ben", now=later(1)), Joined)
    assert marks(), "an entry that relied on the mark might not be in the index yet"
    serve(later(1))
    assert not marks()


def test_who_can_get_nothing_that_is_free_holds_up_nobody_behind() -> None:
    full_pool()
    issue_code("GRPONLY23456", waiting=WAITING, kind="group")
    wait("anna", code="GRPONLY23456")
    wait("ben", now=later(1))
    open_channel("a", cap=2)
    assert serve(later(2)) == {"blocked": 1, "served": 1}
    assert tickets() == {"anna": "waiting", "ben": "served"}
    open_channel("g", kind="group")
    serve(later(3))
    assert tickets()["anna"] == "served"


def test_who_took_the_last_seat_by_another_code_is_off_the_list() -> None:
    full_pool()
    issue_code("NQUEUE234567")
    wait("anna")
    open_channel("a", cap=2)
    assert isinstance(come("anna", code="NQUEUE234567", now=later(1)), Joined)
    with pytest.raises(NoRoom):
        join("ben", code="NQUEUE234567", now=later(1))  # finds the channel full, and marks it
    assert serve(later(2)) == {"served": 1}
    assert tickets() == {"anna": "served"}
    assert not notices()


def test_those_who_wait_for_another_kind_are_not_before_a_newcomer() -> None:
    full_pool()
    issue_code("GRPONLY23456", waiting=WAITING, kind="group")
    issue_code("CNTONLY23456", waiting=WAITING, kind="contact")
    wait("anna", code="GRPONLY23456")
    open_channel("a", cap=2)
    assert isinstance(come("ben", code="CNTONLY23456", now=later(1)), Joined)


def test_of_two_that_serve_at_once_one_wins() -> None:
    """Both have read the same place before either writes: the second finds it gone."""
    full_pool()
    wait("anna")
    open_channel("a", cap=5)
    (ticket,) = [t for t in items_of(Ticket) if isinstance(t, Ticket) and "#" in t.key]
    assert serving._try(ticket, later(1)) == "served"
    pool.forget()
    assert serving._try(ticket, later(1)) == "gone"
    assert len(notices()) == 1
    check_counters()


def test_who_left_between_the_look_and_the_write_gets_no_seat() -> None:
    full_pool()
    wait("anna")
    open_channel("a", cap=5)
    (ticket,) = [t for t in items_of(Ticket) if isinstance(t, Ticket) and "#" in t.key]
    give_up("anna")
    pool.forget()
    assert serving._try(ticket, later(1)) == "gone"
    assert not seated()
    check_counters()


def test_who_has_a_seat_by_another_code_is_served_without_another() -> None:
    full_pool()
    wait("anna")
    issue_code("WTHOUTLST234")
    open_channel("a", cap=2)
    assert isinstance(come("anna", code="WTHOUTLST234", now=later(1)), Joined)
    open_channel("a", cap=3)
    serve(later(2))
    assert tickets() == {"anna": "served"}
    assert not notices()
    check_counters()


def test_a_code_that_is_no_more_ends_its_places() -> None:
    full_pool()
    wait("anna")
    item = code_of()
    item.status = "retired"
    item.save()
    assert serve(later(1)) == {"ended": 1}
    assert tickets() == {"anna": "ended"}


def test_a_place_that_cannot_be_understood_holds_up_nobody() -> None:
    full_pool()
    wait("anna")
    wait("ben", now=later(1))
    (broken,) = [t for t in items_of(Ticket) if isinstance(t, Ticket) and "anna" in t.key]
    broken.where = "{"
    broken.save()
    open_channel("a", cap=2)
    serve(later(2))
    assert tickets() == {"anna": "waiting", "ben": "served"}


def test_a_list_that_was_put_off_is_served_each_minute_again_once_it_was_served() -> None:
    """And what failed long ago makes no later fault a lasting one."""
    full_pool()
    wait("anna")
    mark = WaitingMark(ORGANIZATION)
    failed = [WaitingMark.due_at.set(later(60)), Path(FAILURES).set(7)]
    transaction = Transaction()
    transaction.upsert(mark, failed)
    transaction.commit()
    serve(later(1))
    assert sweep(later(2))["lists"] == 1
    raw = connection.dispatch(
        "GetItem", {"TableName": WaitingMark.Meta.table_name, "Key": {"key": {"S": ORGANIZATION}}}
    )
    assert FAILURES not in raw["Item"]


def test_busy_aws_is_told_so_that_the_event_comes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    full_pool()
    wait("anna")
    open_channel("a", cap=2)

    def busy(*_: object, **__: object) -> None:
        raise Contention

    monkeypatch.setattr(joining, "seat", busy)
    with pytest.raises(Contention):
        serve(later(1))
    assert tickets() == {"anna": "waiting"}


def test_an_entry_marks_the_list_once_in_a_while_and_asks_to_be_served() -> None:
    full_pool()
    wait("anna", fresh=False)
    assert wanted() == 1
    wait("ben", fresh=False, now=NOW + timedelta(seconds=2))
    assert wanted() == 1
    wait("cleo", fresh=False, now=NOW + timedelta(seconds=6))
    assert wanted() == 2


def test_only_where_a_rule_has_a_list_a_join_asks_for_it() -> None:
    open_channel("a")
    issue_code()
    pool.forget()
    with recorded() as asked:
        join("anna")
    assert "test-waiting" not in str(asked)


def test_a_join_of_a_code_with_a_list_is_one_request_when_nobody_waits() -> None:
    open_channel("a")
    issue_code(waiting=WAITING)
    pool.forget()
    join("anna")
    with recorded() as asked:
        join("ben")
    assert asked.names == ["GetItem", "TransactWriteItems"]  # the code, which the test reads
    assert asked.written == [2]


def test_a_page_is_in_order_and_goes_on_where_it_ended() -> None:
    full_pool()
    issue_code("GRPONLY23456", waiting=WAITING, kind="group")
    for n in range(7):
        wait(f"c{n}", now=NOW + timedelta(seconds=n), code="GRPONLY23456" if n % 3 == 0 else CODE)
    names: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page, cursor = queues.page(ORGANIZATION, None, 3, cursor)
        names += [ticket.key.split("#")[2] for ticket in page]
    assert names == [f"c{n}" for n in range(7)]
    page, _ = queues.page(ORGANIZATION, "GRPONLY23456", 100, "")
    assert [ticket.key.split("#")[2] for ticket in page] == ["c0", "c3", "c6"]


def test_more_than_a_hundred_before_are_a_hundred(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MAX_AHEAD", 3)
    full_pool()
    for n in range(6):
        wait(f"c{n}", now=NOW + timedelta(seconds=n))
    assert wait("last", now=later(1)).ahead == 3


def test_a_place_keeps_no_finer_location_than_a_choice_needs() -> None:
    full_pool()
    ticket = wait("anna", location=Location(31.23456, 121.47891)).ticket
    assert ticket.where == '{"location":{"latitude":31.235,"longitude":121.479}}'
