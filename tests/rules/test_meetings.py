"""Whose arrival it is, and people outside (A6): no order of telling makes a difference."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sluice.codes.rules import meetings, outside
from sluice.codes.rules.outside import Outside
from sluice.codes.rules.seats import Assignment, Contact, Seat, tell

NOW = datetime(2026, 3, 5, 8, 0, tzinfo=UTC)


def assignment(name: str, minutes: int = 0, channel: str = "a", **facts: str) -> Assignment:
    return Assignment(
        assignment_id=name,
        channel_id=channel,
        provider="wecom",
        code="CODE",
        reserved_at=NOW + timedelta(minutes=minutes),
        reserved_day="2026-03-05",
        expires_at=NOW + timedelta(minutes=minutes + 15),
        status="released" if facts.get("status") == "released" else "reserved",
    )


def test_something_is_about_the_latest_assignment_that_was_there_by_then() -> None:
    seat = Seat((assignment("new", 60), assignment("old"), assignment("other", 70, "b")))
    for minutes, expected in ((-30, "old"), (5, "old"), (59, "new"), (600, "new")):
        found = meetings.assignment_at(seat, {"a"}, NOW + timedelta(minutes=minutes))
        assert found is not None
        assert found.assignment_id == expected, minutes
    assert meetings.assignment_at(seat, {"c"}, NOW) is None
    assert meetings.assignment_at(None, {"a"}, NOW) is None


def test_one_open_reservation_is_inferred_and_of_two_none() -> None:
    mine, theirs = Seat((assignment("1"),)), Seat((assignment("2"),))
    elsewhere, over = Seat((assignment("3", channel="b"),)), Seat((assignment("4", -20),))
    later, gone = Seat((assignment("5", 10),)), Seat((assignment("6", status="released"),))
    found = meetings.only_open([mine, elsewhere, over, later, gone, None, Seat()], "a", NOW)
    assert found == mine.current
    assert meetings.only_open([mine, theirs], "a", NOW) is None
    assert meetings.only_open([], "a", NOW) is None


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), max_size=8), st.randoms())
def test_a_person_outside_is_where_the_latest_event_says(
    told: list[tuple[bool, int]], random: object
) -> None:
    """A loss wins a tie, as it does for a seat; told twice is as told once."""

    def after(events: list[tuple[bool, int]]) -> Outside | None:
        known: Outside | None = None
        for is_connection, minutes in events:
            at = NOW + timedelta(minutes=minutes)
            known = (
                outside.connect(known, at) if is_connection else outside.lose(known, at, "customer")
            )
        return known

    shuffled = [*told, *told]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert after(shuffled) == after(told)
    came = max((m for is_connection, m in told if is_connection), default=-1)
    left = max((m for is_connection, m in told if not is_connection), default=-1)
    known = after(told)
    assert (known.held if known else 0) == int(came > left)


def test_who_has_a_seat_takes_no_place_outside_whatever_is_told() -> None:
    matched = outside.match(outside.connect(None, NOW))
    assert matched.held == 0
    assert outside.connect(matched, NOW + timedelta(minutes=1)).held == 0
    assert outside.lose(matched, NOW + timedelta(minutes=2), "member").status == "matched"


def test_who_was_once_known_by_identity_is_not_inferred_in_whatever_order() -> None:
    seat = Seat((assignment("1"),))
    inferred = Contact("connected", "1", NOW, "wm-1", is_inferred=True)
    known = Contact("connected", "1", NOW + timedelta(minutes=1), "wm-1")
    for contacts, expected in (
        ([inferred], True),
        ([known], False),
        ([inferred, known], False),
        ([known, inferred], False),
    ):
        found: Seat | None = seat
        for contact in contacts:
            assert found is not None
            found = tell(found, contact, "2026-03-05")
        assert found is not None
        assert found.current.is_inferred is expected
