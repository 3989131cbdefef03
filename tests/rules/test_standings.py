"""How assignments stand after a change of their seat, whatever order the changes arrive in."""

from datetime import UTC, datetime, timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from sluice.codes.rules import seats, standings
from sluice.codes.rules.seats import Assignment, Contact, Seat
from sluice.codes.rules.standings import Standing

NOW = datetime(2026, 3, 5, 8, tzinfo=UTC)
DAY = "2026-03-05"


def assignment(number: int, customer: str = "anna") -> Assignment:
    made = NOW + timedelta(minutes=number)
    return Assignment(
        assignment_id=f"{customer}.c.{number:04}",
        channel_id="a",
        provider="sandbox",
        code="C",
        reserved_at=made,
        reserved_day=DAY,
        expires_at=made + timedelta(minutes=15),
    )


def told(seat: Seat, number: int, kind: str, minute: int) -> Seat:
    at = NOW + timedelta(minutes=minute)
    contact = Contact("connected" if kind == "connected" else "lost", f"anna.c.{number:04}", at, "")
    return seats.tell(seat, contact, DAY) or seat


def changes(old: Seat | None, new: Seat) -> list[tuple[str, str]]:
    found = standings.of_seat_change(old, new, "anna", 2)
    return [(each.assignment.assignment_id, each.assignment.status) for each in found]


def test_only_what_changed_is_told() -> None:
    """A8."""
    first = seats.reserve(None, assignment(1))
    assert changes(None, first) == [("anna.c.0001", "reserved")]
    assert changes(first, first) == []
    second = seats.reserve(first, assignment(2))
    assert changes(first, second) == [("anna.c.0002", "reserved"), ("anna.c.0001", "released")]


def test_an_assignment_that_its_seat_drops_in_the_change_that_ends_it_has_ended() -> None:
    seat = seats.reserve(None, assignment(0))
    seat = told(seat, 0, "connected", 1)
    seat = told(seat, 0, "lost", 2)
    for number in range(1, seats.MAX_KEPT + 3):
        seat = seats.reserve(seat, assignment(number))
        seat = seats.expire(seat, NOW + timedelta(days=1)) or seat
    connected = told(seat, seats.MAX_KEPT, "connected", 30)
    assert connected.current.status == "connected"
    gone = msgspec.structs.replace(connected, assignments=connected.assignments[1:])
    assert changes(connected, gone) == [(connected.current.assignment_id, "lost")]
    assert changes(gone, Seat(gone.assignments[:-1])) == [], "it had ended before"


def test_the_seat_that_has_it_tells_of_a_moved_assignment_and_later_than_the_one_before() -> None:
    """A6."""
    mine = seats.reserve(None, assignment(1))
    both = seats.merge(None, mine, "anna.c.0001")
    assert both is not None
    assert changes(mine, Seat(merged_into="berta")) == []
    (moved,) = standings.of_seat_change(None, both, "berta", 1)
    (before,) = standings.of_seat_change(None, mine, "anna", 7)
    assert (moved.customer_id, moved.order > before.order) == ("berta", True)


def test_released_rows_are_forgotten_and_others_stay() -> None:
    released = msgspec.structs.replace(assignment(1), status="released")
    assert standings.forgotten_at(released, NOW) == NOW + timedelta(days=30)
    for status in ("reserved", "connected", "lost"):
        kept = msgspec.structs.replace(released, status=status)
        assert standings.forgotten_at(kept, NOW) is None


def test_places_sort_by_the_time_of_the_reservation() -> None:
    ids = ["zoe.c.0001", "anna.g.0002", "bo.c.0003"]
    assert sorted(ids, key=standings.place_of) == ids


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["join", "expire", "connected", "lost"]),
        st.integers(0, 11),
        st.integers(0, 60),
    ),
    max_size=40,
)


@given(STEPS, st.randoms(use_true_random=False))
def test_the_latest_word_on_each_assignment_is_how_it_stands(
    steps: list[tuple[str, int, int]], chance: object
) -> None:
    """A8: in whatever order the changes of a seat are delivered."""
    history: list[Standing] = []
    seat: Seat | None = None
    joined = 0
    for version, (what, number, minute) in enumerate(steps):
        new = seat
        if what == "join" and joined < 12:
            new, joined = seats.reserve(seat, assignment(joined)), joined + 1
        elif what == "expire" and seat:
            new = seats.expire(seat, NOW + timedelta(days=1)) or seat
        elif seat:
            new = told(seat, number, what, minute)
        if new is None or new == seat:
            continue
        history += standings.of_seat_change(seat, new, "anna", version)
        seat = new
    chance.shuffle(history)  # type: ignore[attr-defined]
    rows: dict[str, Standing] = {}
    for each in history:
        known = rows.get(each.assignment.assignment_id)
        if known is None or each.order > known.order:
            rows[each.assignment.assignment_id] = each
    for kept in seat.assignments if seat else ():
        assert rows[kept.assignment_id].assignment == kept
    now = {a.assignment_id for a in seat.assignments} if seat else set[str]()
    ended = {name for name, row in rows.items() if row.assignment.status in {"released", "lost"}}
    assert rows.keys() - now <= ended
