"""Channels on moto (A1, A4): details apart, shifts, turns and loads, days that are full."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from sluice.codes.refusals import NoRoom
from sluice.codes.rules import loads
from sluice.codes.store import channels, expiry, loading, pool
from sluice.codes.tables import Channel, ChannelDetails
from sluice.shared.table import find
from tests.support.aws import local_aws
from tests.support.candidates import SQUARE, around, weekly
from tests.support.codes import check_counters, issue_code, join, later, open_channel, settings_of
from tests.support.requests import recorded
from tests.support.staff import found_organization

AFTERNOON = weekly("thu", "12:00-18:00")  # the tests begin on a Thursday at 16:00
MORNING = weekly("thu", "09:00-12:00")


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    pool.forget()
    with local_aws():
        found_organization()
        yield
        check_counters()


def read(channel_id: str) -> Channel:
    return channels.read_channel("acme", channel_id)


def raw(channel_id: str) -> Any:
    found = find(Channel, f"acme#{channel_id}")
    return found.serialize() if found else None


def given(customers: range, **asks: Any) -> Counter[str]:
    return Counter(join(f"v{n}", **asks).assignment.channel_id for n in customers)


def test_area_and_shifts_are_an_item_of_their_own_that_no_join_writes() -> None:
    polygon = [[n / 10, 10.0] for n in range(998)]
    ring = [[0.0, 0.0], *polygon, [0.0, 0.0]]
    large = {"type": "Polygon", "coordinates": [ring]}
    stored = open_channel("a", service_area=large, shifts=AFTERNOON)
    assert (stored.service_area, stored.shifts) == (large, AFTERNOON)
    assert len(str(raw("a"))) < 1024
    issue_code(area="ignore")
    with recorded() as asked:
        join("x")
    (written,) = (request for name, request in asked if name == "TransactWriteItems")
    assert "details" not in str(written)
    listed, _ = channels.list_channels("acme", 10, "")
    assert [(c.channel_id, c.service_area, c.shifts) for c in listed] == [("a", large, AFTERNOON)]


def test_details_that_are_taken_away_leave_the_index() -> None:
    open_channel("a", service_area=around(SQUARE, 500))
    assert len(list(Channel.by_organization.query("acme"))) == 2
    stored = open_channel("a")
    assert stored.service_area is None
    assert len(list(Channel.by_organization.query("acme"))) == 1
    issue_code(area="require")
    with pytest.raises(NoRoom):
        join("x", location=SQUARE)


def test_an_older_item_with_its_area_in_itself_is_read_and_changed() -> None:
    """Every reader accepts the shape before (design 3)."""
    open_channel("a")
    area = around(SQUARE, 500)
    Channel("acme#a").update([Channel.service_area.set(area)])
    assert read("a").service_area == area
    issue_code(area="require")
    assert join("x", location=SQUARE).is_new
    open_channel("a")
    assert "service_area" not in raw("a")


def test_a_channel_whose_details_the_index_does_not_show_yet_gets_nobody() -> None:
    open_channel("a", service_area=around(SQUARE, 500))
    ChannelDetails("acme#a#details").update([ChannelDetails.organization_id.remove()])
    (known,) = loading.candidates("acme", loading.Texts())
    assert not known.open


def test_who_is_off_shift_gets_nobody_and_keeps_whom_they_have() -> None:
    """A4: shifts by the organisation's clock; sticky before all."""
    open_channel("on", shifts=AFTERNOON, cap=1)
    open_channel("off", shifts=MORNING)
    issue_code()
    first = join("x").assignment
    assert first.channel_id == "on"
    with pytest.raises(NoRoom):
        join("y")
    pool.forget()
    assert join("x", now=later(5)).assignment == first
    open_channel("on", shifts=MORNING)
    assert join("x", now=later(6)).assignment == first


def test_turns_are_taken_by_weight_and_cost_one_batch_read() -> None:
    """A4: rotation. One read of the figures, one write."""
    open_channel("a")
    open_channel("b", weight=2)
    open_channel("c")
    issue_code(order="rotation")
    assert given(range(4)) == {"a": 1, "b": 2, "c": 1}
    with recorded() as asked:
        chosen = join("x").assignment
    assert asked.names == ["GetItem", "BatchGetItem", "TransactWriteItems"]
    assert asked.written == [2]
    assert "rotation:" in chosen.why
    assert int(read(chosen.channel_id).turns or 0) == int(read(chosen.channel_id).held)


def test_the_least_loaded_is_given() -> None:
    open_channel("a", cap=30)
    open_channel("b", cap=30)
    Channel("acme#a").update([Channel.held.set(5), Channel.outside.set(5)])
    issue_code(order="least-loaded")
    assert given(range(5)) == {"b": 5}
    assert given(range(5, 15)) == {"a": 5, "b": 5}


@pytest.mark.parametrize("order", ["rotation", "least-loaded"])
def test_a_new_channel_starts_at_the_average(order: str) -> None:
    """A4: as many of the next as the others, not all."""
    for name in "ab":
        open_channel(name, cap=100)
    issue_code(order=order)
    given(range(20))
    fresh = open_channel("new", cap=100)
    assert (fresh.start_turns, fresh.start_held) == (10, 10)
    assert given(range(20, 32)) == {"a": 4, "b": 4, "new": 4}


def test_a_channel_that_opens_again_or_weighs_more_starts_anew() -> None:
    for name in "ab":
        open_channel(name, cap=100)
    issue_code(order="rotation")
    given(range(10))
    open_channel("a", cap=100, status="closed")
    given(range(10, 20))
    again = open_channel("a", cap=100)
    assert int(again.start_turns or 0) == 15 - 5
    same = open_channel("a", cap=90)
    assert same.start_turns == again.start_turns
    heavy = open_channel("a", cap=100, weight=2)
    assert int(heavy.start_turns or 0) == 2 * 15 - 5


def test_who_was_away_for_long_starts_level_by_the_write_that_gives_the_turn() -> None:
    """A4: back on shift."""
    for name in "ab":
        open_channel(name, cap=100)
    Channel("acme#a").update([Channel.turns.set(40)])
    issue_code(order="rotation")
    assert join("x").assignment.channel_id == "b"
    assert int(read("b").start_turns or 0) == 40
    assert given(range(10)) in [{"a": 5, "b": 5}, {"a": 6, "b": 4}]


def test_when_all_that_were_compared_are_full_the_next_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of many equally good channels a sample is read; then the others."""
    monkeypatch.setattr(loads, "MAX_FIGURES", 12)
    for n in range(14):
        open_channel(f"c{n:02}", cap=1 if n == 0 else 0)
    issue_code(order="rotation")
    with recorded() as asked:
        assert join("x").assignment.channel_id == "c00"
    reads = [request for name, request in asked if name == "BatchGetItem"]
    sizes = [len(table["Keys"]) for each in reads for table in each["RequestItems"].values()]
    assert sizes in ([loads.SAMPLE], [loads.SAMPLE, 14 - loads.SAMPLE])


@pytest.mark.parametrize("order", ["rotation", "least-loaded"])
def test_room_is_found_behind_many_heavy_channels_that_are_full(
    order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A4: no room is said where there is none; and what is full is told to other functions."""
    monkeypatch.setattr(loads, "MAX_FIGURES", 8)
    monkeypatch.setattr(loads, "SAMPLE", 2)
    for n in range(20):
        open_channel(f"c{n:02}", cap=0, weight=1000)
    open_channel("room", cap=2)
    issue_code(order=order)
    assert join("x").assignment.channel_id == "room"
    assert any(read(f"c{n:02}").full for n in range(20))


def test_a_day_that_is_full_is_known_to_other_functions_and_over_tomorrow() -> None:
    """A4, A5: a hint; the next day the channel is tried again."""
    open_channel("a", daily_cap=1)
    open_channel("b", backup=True, cap=100)
    issue_code()
    assert given(range(3)) == {"a": 1, "b": 2}
    assert read("a").full_day == "2026-03-05"
    pool.forget()
    with recorded() as asked:
        join("y")
    assert asked.names.count("TransactWriteItems") == 1
    pool.forget()
    assert join("z", now=later(24 * 60)).assignment.channel_id == "a"


def test_a_seat_given_back_ends_the_hint_of_its_day() -> None:
    open_channel("a", daily_cap=1)
    issue_code()
    join("x")
    with pytest.raises(NoRoom):
        join("y")
    assert read("a").full_day
    expiry.release_expired(later(16), float("inf"))
    assert read("a").full_day is None
    pool.forget()
    assert join("y", now=later(17)).is_new


def test_channels_and_details_of_several_pages_are_all_loaded() -> None:
    """A page ends at 1 MB, also between a channel and its details."""
    ring = [[0.0, 0.0], *([n / 10_000, 10.123456] for n in range(998)), [0.0, 0.0]]
    area = {"type": "Polygon", "coordinates": [ring]}
    for n in range(60):
        Channel(f"acme#c{n}", **_stored(f"c{n}"), details=True).save()
        details = ChannelDetails(f"acme#c{n}#details", organization_id="acme", service_area=area)
        details.channel_id = f"#c{n}"
        details.save()
    with recorded() as asked:
        known = loading.candidates("acme", loading.Texts())
    assert asked.names == ["Query", "Query"]
    assert len(known) == 60
    assert all(c.open and c.service_area == area for c in known)


def _stored(name: str) -> dict[str, Any]:
    counters = {"held": 0, "outside": 0, "days": {}, "created_at": later(0), "version": 1}
    return settings_of(name) | {"organization_id": "acme", "channel_id": name} | counters
