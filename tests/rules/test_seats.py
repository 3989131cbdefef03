"""The life of a seat (A4 to A6): what each event makes of it, in whatever order it comes."""

import itertools
from collections import Counter
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.codes.rules import counts, happenings, seats
from sluice.codes.rules.seats import Assignment, Contact, Seat

NOW = datetime(2026, 3, 5, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def assignment(name: str = "a1", channel: str = "c1", **facts: object) -> Assignment:
    made = Assignment(
        assignment_id=name,
        channel_id=channel,
        provider="sandbox",
        code="CODE",
        reserved_at=NOW,
        reserved_day="2026-03-05",
        expires_at=NOW + 15 * MINUTE,
        referrer_id="lin",
    )
    return msgspec.structs.replace(made, **facts)


def connected(name: str = "a1", minute: int = 1) -> Contact:
    return Contact("connected", name, NOW + minute * MINUTE, "wx-1")


def lost(name: str = "a1", minute: int = 2) -> Contact:
    return Contact("lost", name, NOW + minute * MINUTE, "wx-1")


def told(seat: Seat, *contacts: Contact) -> Seat:
    for contact in contacts:
        seat = seats.tell(seat, contact) or seat
    return seat


def merged(kept: Seat, other: Seat, told: str = "a2") -> Seat | None:
    return seats.merge(kept, other, told, [kept, other])


def test_a_reservation_holds_a_place_and_counts_for_the_day() -> None:
    seat = seats.reserve(None, assignment())
    assert seats.held([None, seat]) == {"c1": 1}
    assert seats.days([seat]) == {("c1", "2026-03-05"): 1}


def test_a_confirmation_connects_and_a_duplicate_changes_nothing() -> None:
    seat = told(Seat((assignment(),)), connected())
    assert seat.current.status == "connected"
    assert seats.tell(seat, connected()) is None


def test_an_expired_reservation_is_released_and_not_before() -> None:
    seat = Seat((assignment(),))
    assert seats.expire(seat, NOW + 14 * MINUTE) is None
    released = seats.expire(seat, NOW + 15 * MINUTE)
    assert released is not None
    assert seats.held([released]) == seats.days([released]) == {}


def test_a_connected_seat_never_expires() -> None:
    assert seats.expire(told(Seat((assignment(),)), connected()), NOW + 999 * MINUTE) is None


def test_a_late_confirmation_counts_and_is_flagged() -> None:
    released = seats.expire(Seat((assignment(),)), NOW + 20 * MINUTE)
    assert released is not None
    seat = told(released, connected(minute=30))
    assert (seat.current.status, seat.current.late) == ("connected", True)
    assert seats.held([seat]) == {"c1": 1}


def test_a_late_confirmation_of_a_replaced_assignment_wins_over_a_reservation() -> None:
    seat = seats.reserve(Seat((assignment(),)), assignment("a2", "c2"))
    assert seats.held([seat]) == {"c2": 1}  # the first was released by the move
    seat = told(seat, connected("a1"))
    assert (seat.current.assignment_id, seat.current.status) == ("a1", "connected")
    assert seats.held([seat]) == {"c1": 1}


def test_a_loss_frees_the_place() -> None:
    seat = told(Seat((assignment(),)), connected(), lost())
    assert seat.current.status == "lost"
    assert seats.held([seat]) == {}


@pytest.mark.parametrize(
    "order",
    list(itertools.permutations([connected(minute=1), lost(minute=2), connected(minute=3)])),
)
def test_the_order_of_arrival_does_not_matter(order: tuple[Contact, ...]) -> None:
    assert told(Seat((assignment(),)), *order) == told(
        Seat((assignment(),)), connected(minute=1), lost(minute=2), connected(minute=3)
    )


def test_an_event_of_an_unknown_assignment_changes_nothing() -> None:
    assert seats.tell(Seat((assignment(),)), connected("other")) is None


def test_merging_two_reservations_keeps_one() -> None:
    newer = assignment("a2", "c2", reserved_at=NOW + MINUTE)
    both = merged(Seat((assignment(),)), Seat((newer,)))
    assert both is not None
    assert both.current.assignment_id == "a2"
    assert seats.held([both]) == {"c2": 1}


def test_merging_keeps_the_connected_seat() -> None:
    mine = told(Seat((assignment(),)), connected())
    both = merged(mine, Seat((assignment("a2", "c2", reserved_at=NOW + MINUTE),)))
    assert both is not None
    assert both.current.assignment_id == "a1"
    assert seats.held([both]) == {"c1": 1}


def test_one_person_takes_one_place_of_a_channel() -> None:
    mine = told(Seat((assignment(),)), connected())
    theirs = told(Seat((assignment("a2"),)), connected("a2"))
    assert seats.held([merged(mine, theirs)]) == {"c1": 1}


def test_replaced_assignments_are_bounded() -> None:
    seat = Seat((assignment("a0"),))
    for n in range(1, 30):
        seat = seats.reserve(seat, assignment(f"a{n}"))
    assert len(seat.assignments) == seats.MAX_KEPT + 1
    assert seat.current.assignment_id == "a29"


def test_each_change_is_told_once() -> None:
    first = Seat((assignment(),))
    assert [h.type for h in happenings.of_seat_change(None, first)] == ["assignment.reserved.v1"]
    second = told(first, connected())
    assert [h.type for h in happenings.of_seat_change(first, second)] == ["assignment.connected.v1"]
    assert list(happenings.of_seat_change(second, second)) == []


@pytest.mark.parametrize("order", [(connected(), lost()), (lost(), connected())])
def test_a_connection_is_told_once_whatever_order_the_callbacks_take(
    order: tuple[Contact, ...],
) -> None:
    """A6, A8: a referrer's reward hangs on this event."""
    seat, types = Seat((assignment(),)), []
    for contact in (*order, *order):
        after = told(seat, contact)
        types += [happening.type for happening in happenings.of_seat_change(seat, after)]
        seat = after
    assert sorted(types) == ["assignment.connected.v1", "assignment.lost.v1"]


events = st.lists(
    st.builds(
        Contact,
        st.sampled_from(["connected", "lost"]),
        st.sampled_from(["a1", "a2"]),
        st.integers(1, 6).map(lambda n: NOW + n * MINUTE),
        st.just("wx-1"),
    ),
    max_size=12,
)


@given(events)
def test_counting_the_steps_equals_counting_the_end(contacts: list[Contact]) -> None:
    """Statistics follow from the differences alone (A8)."""
    seat: Seat | None = None
    sums: Counter[counts.Count] = Counter()
    first = Seat((assignment(),))
    states = [first, seats.reserve(first, assignment("a2", "c2"))]
    for contact in contacts:
        states.append(told(states[-1], contact))
    for after in states:
        sums.update(counts.of_seat_change(seat, after, "Asia/Shanghai"))
        seat = after
    whole = counts.of_seat_change(None, seat, "Asia/Shanghai")
    assert {c: n for c, n in sums.items() if n} == dict(whole)


@given(events)
def test_a_seat_holds_at_most_one_place_that_is_not_connected(contacts: list[Contact]) -> None:
    seat = told(seats.reserve(Seat((assignment(),)), assignment("a2", "c2")), *contacts)
    reserved = [a for a in seat.assignments if a.status == "reserved"]
    connected_now = [a for a in seat.assignments if a.status == "connected"]
    assert len(reserved) <= 1
    assert not (reserved and connected_now)
    assert seat.current.status == "connected" or not connected_now


def test_moving_a_seat_to_another_customer_counts_nothing_twice() -> None:
    """A merge takes from one customer what it gives to the other (A6, A8)."""
    mine = told(Seat((assignment(),)), connected())
    theirs = told(Seat((assignment("a2", "c2"),)), connected("a2"))
    sums: Counter[counts.Count] = Counter()
    for seat in (mine, theirs):
        sums.update(counts.of_seat_change(None, seat, "UTC"))
    both = merged(mine, theirs)
    sums.update(counts.of_seat_change(mine, both, "UTC"))
    sums.update(counts.of_seat_change(theirs, Seat(merged_into="x"), "UTC"))
    joined = counts.Count(counts.Row("codes", "CODE", counts.TOTAL), "joins")
    customers = counts.Count(counts.Row("referrers", "lin", counts.TOTAL), "customers")
    assert (sums[joined], sums[customers]) == (2, 1)


def test_a_merge_drops_nothing_of_what_both_had() -> None:
    """What one customer loses in the statistics the other gains (A8)."""
    seats_of_two = []
    for who in ("x", "y"):
        seat = Seat((assignment(f"{who}0"),))
        for n in range(1, 7):
            seat = seats.reserve(seat, assignment(f"{who}{n}"))
        seats_of_two.append(seat)
    first, second = seats_of_two
    both = merged(first, second)
    assert both is not None
    assert len(both.assignments) == 14


def test_a_merge_tells_of_the_confirmed_assignment_only_and_not_as_a_first_connection() -> None:
    """Old connections are not rewarded again under the other customer's name (A8)."""
    kept = told(Seat((assignment("b1", "c2"),)), connected("b1"))
    mine = told(Seat((assignment("a1"),)), connected("a1"))
    mine = seats.reserve(told(mine, lost("a1")), assignment("a2", "c3"))
    both = merged(kept, told(mine, connected("a2", 5)), told="a2")
    events = [(h.type, h.assignment.assignment_id) for h in happenings.of_seat_change(kept, both)]
    assert events == [("assignment.connected.v1", "a2")]
    assert both is not None
    assert [a.is_first for a in both.assignments if a.assignment_id == "a2"] == [False]


def test_the_first_connection_of_a_customer_is_marked() -> None:
    seat = told(Seat((assignment(),)), connected())
    assert seat.current.is_first
    seat = told(seats.reserve(told(seat, lost()), assignment("a2", "c2")), connected("a2", 5))
    assert [a.is_first for a in seat.assignments] == [False, True]
