"""The life of a seat (A4 to A6): what each event makes of it, in whatever order it comes."""

import itertools
import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Literal, cast

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.codes.rules import counts, happenings, seats, tallies
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


DAY = "2026-03-05"


def told(seat: Seat, *contacts: Contact, day: str = "") -> Seat:
    """Tell a seat of contacts, all on one day or each on its own."""
    for contact in contacts:
        seat = seats.tell(seat, contact, day or contact.at.date().isoformat()) or seat
    return seat


def merged(kept: Seat, other: Seat, told: str = "a2") -> Seat | None:
    return seats.merge(kept, other, told)


def test_a_reservation_holds_a_place_and_counts_for_the_day() -> None:
    seat = seats.reserve(None, assignment())
    assert tallies.held([None, seat]) == {"c1": 1}
    assert tallies.day_changes([None], [seat]) == {("c1", "2026-03-05"): 1}


def test_a_lost_assignment_that_its_seat_keeps_no_more_stays_counted_on_its_day() -> None:
    """A4: however often one customer comes and goes, a daily cap gets nothing back for it."""
    seat, sums = None, Counter[tuple[str, str]]()
    for n in range(seats.MAX_KEPT + 4):
        reserved = seats.reserve(seat, assignment(f"a{n}", reserved_at=NOW + n * MINUTE))
        after = told(reserved, connected(f"a{n}", 2 * n), lost(f"a{n}", 2 * n + 1))
        for old, new in ((seat, reserved), (reserved, after)):
            sums.update(tallies.day_changes([old], [new]))
        seat = after
    assert seat is not None
    assert [a for a in seat.assignments if a.assignment_id == "a1"] == [], "no longer kept"
    assert sums == {("c1", DAY): seats.MAX_KEPT + 4}


def test_a_confirmation_connects_and_a_duplicate_changes_nothing() -> None:
    seat = told(Seat((assignment(),)), connected())
    assert seat.current.status == "connected"
    assert seats.tell(seat, connected(), DAY) is None


def test_an_expired_reservation_is_released_and_not_before() -> None:
    seat = Seat((assignment(),))
    assert seats.expire(seat, NOW + 14 * MINUTE) is None
    released = seats.expire(seat, NOW + 15 * MINUTE)
    assert released is not None
    assert tallies.held([released]) == {}
    assert tallies.day_changes([seat], [released]) == {("c1", "2026-03-05"): -1}


def test_a_connected_seat_never_expires() -> None:
    assert seats.expire(told(Seat((assignment(),)), connected()), NOW + 999 * MINUTE) is None


def test_a_late_confirmation_counts_and_is_flagged() -> None:
    released = seats.expire(Seat((assignment(),)), NOW + 20 * MINUTE)
    assert released is not None
    seat = told(released, connected(minute=30))
    assert (seat.current.status, seat.current.late) == ("connected", True)
    assert tallies.held([seat]) == {"c1": 1}


def test_a_late_confirmation_of_a_replaced_assignment_wins_over_a_reservation() -> None:
    seat = seats.reserve(Seat((assignment(),)), assignment("a2", "c2"))
    assert tallies.held([seat]) == {"c2": 1}  # the first was released by the move
    seat = told(seat, connected("a1"))
    assert (seat.current.assignment_id, seat.current.status) == ("a1", "connected")
    assert tallies.held([seat]) == {"c1": 1}


def test_a_loss_frees_the_place() -> None:
    seat = told(Seat((assignment(),)), connected(), lost())
    assert seat.current.status == "lost"
    assert tallies.held([seat]) == {}


@pytest.mark.parametrize(
    "order",
    list(itertools.permutations([connected(minute=1), lost(minute=2), connected(minute=3)])),
)
def test_the_order_of_arrival_does_not_matter(order: tuple[Contact, ...]) -> None:
    assert told(Seat((assignment(),)), *order) == told(
        Seat((assignment(),)), connected(minute=1), lost(minute=2), connected(minute=3)
    )


def test_an_event_of_an_unknown_assignment_changes_nothing() -> None:
    assert seats.tell(Seat((assignment(),)), connected("other"), DAY) is None


@pytest.mark.parametrize("order", list(itertools.permutations([connected(), lost()])))
def test_a_connection_after_the_release_is_late_also_when_its_loss_came_before_it(
    order: tuple[Contact, ...],
) -> None:
    """A6."""
    released = seats.expire(Seat((assignment(),)), NOW + 20 * MINUTE)
    assert released is not None
    seat = told(released, *order)
    assert (seat.current.status, seat.current.late) == ("lost", True)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_who_comes_back_after_a_loss_is_late_in_any_order(order: tuple[int, ...]) -> None:
    """A6: the place may be another's by then, so the channel may be over its cap."""
    contacts = [connected(), lost(minute=2), connected(minute=3)]
    seat = told(Seat((assignment(),)), *(contacts[n] for n in order))
    assert (seat.current.status, seat.current.late) == ("connected", True)


def test_a_loss_alone_is_not_late_and_neither_is_who_was_never_released() -> None:
    released = seats.expire(Seat((assignment(),)), NOW + 20 * MINUTE)
    assert released is not None
    assert not told(released, lost()).current.late
    assert not told(Seat((assignment(),)), lost(), connected()).current.late


def test_each_of_many_connections_counts_and_the_newest_decides() -> None:
    """A6, A8: beyond MAX_TIMES the oldest are forgotten, and what they counted stays."""
    seat, sums = Seat((assignment(),)), Counter[counts.Count]()
    contacts = [c for n in range(1, 61, 2) for c in (connected(minute=n), lost(minute=n + 1))]
    for contact in [*contacts, connected(minute=61)]:
        after = told(seat, contact)
        sums.update(counts.of_seat_change(seat, after, "UTC"))
        seat = after
    row = counts.Row("channels", "c1", counts.TOTAL)
    assert sums[counts.Count(row, "connections")] == 31
    assert sums[counts.Count(row, "losses")] == 30
    assert sums[counts.Count(row._replace(day=DAY), "connections")] == 31
    assert (seat.current.status, len(seat.current.connected)) == ("connected", seats.MAX_TIMES)
    assert len(seat.current.connected_days) == len(seat.current.lost_days) == seats.MAX_TIMES
    assert seats.tell(seat, connected(minute=2), DAY) is None  # forgotten, or never told


def test_a_time_counts_on_the_day_on_which_it_was_told() -> None:
    """A8: whatever the organisation's time zone is by now."""
    seat = told(Seat((assignment(),)), connected(), day="2026-03-06")
    seat = told(seat, lost(), day="2026-03-04")
    counted = {
        count.counter: count.row.day
        for count in counts.of_seat_change(None, seat, "UTC")
        if count.row.dimension == "codes" and count.row.day != counts.TOTAL
        if count.counter in {"joins", "connections", "losses"}
    }
    assert counted == {"joins": DAY, "connections": "2026-03-06", "losses": "2026-03-04"}


def test_a_time_that_was_stored_without_its_day_counts_by_the_time_zone() -> None:
    old = Seat((assignment(status="connected", connected=(NOW + 10 * MINUTE,)),))
    seat = told(old, connected(minute=5), day="2026-03-01")
    assert seat.current.connected_days == ("2026-03-01", "")
    counted = {c.row.day for c in counts.of_seat_change(old, seat, "Pacific/Kiritimati")}
    assert counted == {"2026-03-01", counts.TOTAL}
    whole = counts.of_seat_change(None, seat, "Pacific/Kiritimati")
    row = counts.Row("channels", "c1", "2026-03-05")
    assert whole[counts.Count(row, "connections")] == 1


def days_later(kind: Literal["connected", "lost"], days: int, by: str = "customer") -> Contact:
    side = cast('Literal["customer", "member"]', by)
    return Contact(kind, "a1", NOW + timedelta(days=days), "wx-1", side)


def counted(seat: Seat, counter: str, day: str = counts.TOTAL) -> int:
    row = counts.Row("channels", "c1", day)
    return counts.of_seat_change(None, seat, "UTC")[counts.Count(row, counter)]


@pytest.mark.parametrize(
    ("lost_after", "within"), [(0, (1, 1, 1)), (1, (1, 1, 1)), (2, (0, 1, 1)), (7, (0, 1, 1)),
                               (8, (0, 0, 1)), (30, (0, 0, 1)), (31, (0, 0, 0))]
)  # fmt: skip
def test_a_loss_ends_the_connection_within_days_of_the_calendar(
    lost_after: int, within: tuple[int, ...]
) -> None:
    """A8: on the day of the connection, however late the loss is told."""
    contacts = [days_later("connected", 0), days_later("lost", lost_after)]
    for order in itertools.permutations(contacts):
        seat = told(Seat((assignment(),)), *order)
        assert tuple(counted(seat, name, DAY) for name in counts.LOST_WITHIN) == within
        assert not any(counted(seat, name) for name in counts.LOST_WITHIN), "of a day alone"


def test_a_connection_ends_at_the_first_loss_after_it() -> None:
    """Each connection counts by itself: who comes back is retained anew."""
    story = [("connected", 0), ("lost", 3), ("connected", 4), ("connected", 5), ("lost", 10)]
    contacts = [days_later(cast('Literal["connected", "lost"]', k), n) for k, n in story]
    seat = told(Seat((assignment(),)), *contacts)
    days = [(DAY, 0, 1, 1), ("2026-03-09", 0, 1, 1), ("2026-03-10", 0, 1, 1)]
    for day, *within in days:
        assert [counted(seat, name, day) for name in counts.LOST_WITHIN] == within, day


def test_losses_are_counted_by_the_side_that_left() -> None:
    story = [("connected", 0, ""), ("lost", 1, "member"), ("lost", 9, "customer")]
    contacts = [days_later(cast('Literal["connected", "lost"]', k), n, by) for k, n, by in story]
    for order in itertools.permutations(contacts):
        seat = told(Seat((assignment(),)), *order)
        sides = [counted(seat, f"losses_by_{by}") for by in ("customer", "member")]
        assert (sides, seat.current.lost_by) == ([1, 1], "customer")
        assert counted(seat, "losses") == counted(seat, "losses", "2026-03-06") == 1, "of one end"
        assert counted(seat, "losses_by_member", "2026-03-06") == 1


@pytest.mark.parametrize("length", [15, 120])
def test_a_loss_counts_once_it_is_known_to_have_ended_a_connection(length: int) -> None:
    """A8: few things told in any order; or in order, and more of them than are kept."""
    chance = random.Random(length)
    for _ in range(900 // length):
        seat, sums = Seat((assignment(),)), Counter[counts.Count]()
        story = [(minute, chance.choice("cl")) for minute in range(length)]
        if length <= seats.MAX_TIMES:
            chance.shuffle(story)
        for minute, kind in story:
            contact = connected(minute=minute) if kind == "c" else lost(minute=minute)
            after = told(seat, contact)
            sums.update(counts.of_seat_change(seat, after, "UTC"))
            seat = after
        told_kinds = "".join(kind for _, kind in sorted(story))
        row = counts.Row("channels", "c1", counts.TOTAL)
        assert sums[counts.Count(row, "losses")] == told_kinds.count("cl")


def test_of_an_older_loss_only_the_latest_side_is_known() -> None:
    times = tuple(NOW + n * MINUTE for n in (1, 2, 3))
    older = assignment(lost=times, lost_days=(DAY,) * 3, lost_by="member", status="lost")
    assert seats.sides_of(older) == "ccm"
    seat = told(Seat((older,)), days_later("lost", 1))
    assert seat.current.lost_sides == "ccmc"


def test_a_loss_that_is_no_longer_kept_ended_what_it_ended() -> None:
    """A8: the oldest of many times is dropped; what it counted stays counted."""
    seat, sums = Seat((assignment(),)), Counter[counts.Count]()
    contacts = [days_later("connected", 0), *(days_later("lost", n) for n in range(1, 30))]
    for contact in contacts:
        after = told(seat, contact)
        sums.update(counts.of_seat_change(seat, after, "UTC"))
        seat = after
    assert len(seat.current.lost) == seats.MAX_TIMES
    row = counts.Row("channels", "c1", DAY)
    assert [sums[counts.Count(row, name)] for name in counts.LOST_WITHIN] == [1, 1, 1]


def test_a_seat_with_every_time_it_keeps_stays_small() -> None:
    """Under 2 KiB: a write of it costs two units more than that of a new one at most."""
    seat = Seat((assignment(),))
    for minute in range(60):
        seat = told(seat, connected(minute=2 * minute), lost(minute=2 * minute + 1))
    assert len(msgspec.json.encode(seat)) < 2048


def test_a_merge_leaves_one_first_connection() -> None:
    kept = told(Seat((assignment("b1"),)), connected("b1"))
    both = merged(kept, told(Seat((assignment("a2", "c3"),)), connected("a2", 5)))
    assert both is not None
    assert [a.assignment_id for a in both.assignments if a.is_first] == ["b1"]


def test_who_is_a_customer_by_another_seat_connects_no_first_time() -> None:
    seat = seats.tell(Seat((assignment(),)), connected(), DAY, is_customer=True)
    assert seat is not None
    assert not seat.current.is_first


def test_the_first_connection_is_told_as_such_once() -> None:
    """A8: neither its loss nor its return is."""
    seat, firsts = Seat((assignment(),)), []
    for contact in (connected(), lost(), connected(minute=3)):
        after = told(seat, contact)
        happened = happenings.of_seat_change(seat, after)
        firsts += [(happening.name, happening.assignment.is_first) for happening in happened]
        seat = after
    assert firsts == [("connected", True), ("lost", False), ("connected", False)]


def test_the_first_connection_is_kept_beyond_the_bound() -> None:
    seat = told(Seat((assignment("a0"),)), connected("a0"), lost("a0"))
    for n in range(1, 30):
        seat = seats.reserve(seat, assignment(f"a{n}"))
    assert [a.assignment_id for a in seat.assignments if a.is_first] == ["a0"]


def test_merging_two_reservations_keeps_one() -> None:
    newer = assignment("a2", "c2", reserved_at=NOW + MINUTE)
    both = merged(Seat((assignment(),)), Seat((newer,)))
    assert both is not None
    assert both.current.assignment_id == "a2"
    assert tallies.held([both]) == {"c2": 1}


def test_merging_keeps_the_connected_seat() -> None:
    mine = told(Seat((assignment(),)), connected())
    both = merged(mine, Seat((assignment("a2", "c2", reserved_at=NOW + MINUTE),)))
    assert both is not None
    assert both.current.assignment_id == "a1"
    assert tallies.held([both]) == {"c1": 1}


def test_one_person_takes_one_place_of_a_channel() -> None:
    mine = told(Seat((assignment(),)), connected())
    theirs = told(Seat((assignment("a2"),)), connected("a2"))
    assert tallies.held([merged(mine, theirs)]) == {"c1": 1}


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
        st.integers(1, 6).map(lambda n: NOW + n * timedelta(hours=20)),
        st.just("wx-1"),
        st.sampled_from(["customer", "member"]),
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
    whole = counts.of_seat_change(None, seat, "America/Lima")  # the organisation moves
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
