"""What a sync finds, and when the next one is (A9)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.codes.rules import syncing
from sluice.codes.rules.syncing import Ours, Place

NOW = datetime(2026, 3, 5, 8, 17, tzinfo=UTC)
KINDS = st.sampled_from(["contact", "group"])
REFS = st.sampled_from(["r1", "r2", "r3", "r4"])


def ours(channel_id: str, ref: str, status: str = "open", kind: str = "contact") -> Ours:
    return Ours(channel_id, kind, ref, status)


@pytest.mark.parametrize(
    ("known", "listed", "new", "gone", "there"),
    [
        ([], [("contact", "r1")], [("contact", "r1")], [], []),
        ([ours("a", "r1")], [("contact", "r1")], [], [], []),
        ([ours("a", "r1")], [], [], ["a"], []),
        ([ours("a", "r1")], [("group", "r1")], [("group", "r1")], ["a"], []),
        ([ours("a", "r1", "closed")], [], [], [], []),
        ([ours("a", "r1", "closed")], [("contact", "r1")], [], [], ["a"]),
        ([ours("a", "r1", "removed")], [("contact", "r1")], [], [], []),
        ([ours("a", "r1", "removed")], [], [], [], []),
        ([ours("a", "r1"), ours("b", "r1")], [("contact", "r1")], [], [], []),
    ],
)
def test_two_lists_are_compared(
    known: list[Ours], listed: list[Place], new: list[Place], gone: list[str], there: list[str]
) -> None:
    """A9."""
    found = syncing.compare(known, listed)
    assert found.new == new
    assert [channel.channel_id for channel in found.gone] == gone
    assert [channel.channel_id for channel in found.there] == there


@given(
    st.lists(st.tuples(REFS, st.sampled_from(["open", "closed", "removed"]), KINDS), max_size=6),
    st.lists(st.tuples(KINDS, REFS), max_size=6),
)
def test_after_what_follows_nothing_is_gone_and_nothing_new(
    known: list[tuple[str, str, str]], listed: list[Place]
) -> None:
    """A9: closing what is gone and adopting what is new leaves nothing to do."""
    channels = [ours(f"c{n}", ref, status, kind) for n, (ref, status, kind) in enumerate(known)]
    found = syncing.compare(channels, listed)
    gone = {channel.channel_id for channel in found.gone}
    after = [c._replace(status="closed") if c.channel_id in gone else c for c in channels]
    after += [ours(f"n{n}", ref, "closed", kind) for n, (kind, ref) in enumerate(found.new)]
    again = syncing.compare(after, listed)
    assert (again.new, again.gone) == ([], [])
    open_now = {c.place for c in after if c.status == "open"}
    assert open_now <= set(listed), "nobody is sent where the provider has nothing"


def test_places_outside_are_those_that_we_gave_nobody() -> None:
    refs = {"wx-1": "anna", "wx-2": "berta", "wx-3": None, "wx-4": "dora"}
    found = syncing.compare_customers(refs, {"anna", "carl"}, {"a1": "anna", "a2": "carl"})
    assert found.outside == 3, "berta and dora are known, and have no place here by us"
    assert found.missing == ["a2"]


def test_a_person_with_two_ids_there_takes_two_places() -> None:
    refs = {"wx-1": "anna", "wx-2": "anna"}
    assert syncing.compare_customers(refs, {"anna"}, {"a1": "anna"}) == (1, [], {"wx-2"})


@given(st.timedeltas(timedelta(), timedelta(days=300)))
def test_an_account_is_due_within_the_hour_at_a_minute_of_its_own(since: timedelta) -> None:
    now = NOW + since
    due = syncing.next_due("acme", "wecom", now)
    assert now < due <= now + timedelta(hours=1)
    assert syncing.next_due("acme", "wecom", due) == due + timedelta(hours=1)


@pytest.mark.parametrize(
    ("hour", "last", "night"),
    [
        (18, None, None),  # 2 o'clock in Shanghai
        (19, None, "2026-03-06"),
        (19, "2026-03-06", None),
        (19, "2026-03-05", "2026-03-06"),
        (15, "2026-03-04", "2026-03-05"),  # the night was missed: as soon as may be
    ],
)
def test_customers_are_compared_once_a_night(
    hour: int, last: str | None, night: str | None
) -> None:
    now = NOW.replace(hour=hour)
    assert syncing.night_of(now, "Asia/Shanghai", last) == night


@pytest.mark.parametrize(
    ("kind", "count", "left", "cut"),
    [
        ("group", 1, 0, False),
        ("group", 2, 0, True),
        ("contact", 3, 1, False),
        ("contact", 20, 10, False),
        ("contact", 21, 10, True),
        ("contact", 100, 80, False),
    ],
)
def test_a_list_that_lacks_most_of_a_kind_is_not_believed(
    kind: str,
    count: int,
    left: int,
    cut: bool,  # noqa: FBT001 - a column
) -> None:
    """A9: an app that loses a right must not close every employee."""
    ours = [syncing.Ours(f"c{n}", kind, f"r{n}", "open") for n in range(count)]
    ours.append(syncing.Ours("other", "other", "r", "open"))
    listed = {(kind, f"r{n}") for n in range(left)} | {("other", "r")}
    assert syncing.is_cut_short(ours, syncing.compare(ours, listed)) is cut
