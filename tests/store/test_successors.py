"""Groups that follow one another on moto (A10): by themselves, made when needed, made once."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from sluice.codes.refusals import NoRoom
from sluice.codes.rules.successors import Successor
from sluice.codes.rules.waiting import Waiting
from sluice.codes.store import alarms, channels, checks, pool, successors
from sluice.codes.tables import Channel
from sluice.organizations import store as organizations
from sluice.shared import ids
from sluice.shared.errors import Contention
from sluice.shared.outbox import OutboxItem
from tests.support.aws import items_of, local_aws
from tests.support.codes import check_counters, issue_code, join, later, open_channel
from tests.support.requests import recorded
from tests.support.seat_stream import SeatStream
from tests.support.staff import NOW, found_organization
from tests.support.waiting import serve, tickets, wait

CLUB = Successor("Club {n}", "club-{n}")
SCANS = 50


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    pool.forget()
    with local_aws():
        found_organization()
        yield
        check_counters()


def group(channel_id: str = "club", cap: int = 10, **settings: Any) -> Channel:
    return open_channel(channel_id, cap=cap, **{"kind": "group", "successor": CLUB} | settings)


def fill(channel_id: str, held: int) -> None:
    """Let the provider have so many people of its own in a group."""
    item = Channel(ids.key("acme", channel_id))
    item.update([Channel.held.set(held), Channel.outside.set(held)])


def look() -> None:
    checks.check("acme", SCANS, NOW)


def read(channel_id: str) -> Channel:
    return channels.read_channel("acme", channel_id)


def names() -> list[str]:
    return [channel.channel_id for channel in channels.list_channels("acme", 100, "")[0]]


def changed() -> list[str]:
    """Return which channels changed, and forget it."""
    found = []
    for item in items_of(OutboxItem):
        assert isinstance(item, OutboxItem)
        if item.type == "channel.changed.v1":
            found.append(msgspec.json.decode(item.data)["channel_id"])
        item.delete()
    return found


def test_a_code_of_groups_fills_one_to_its_cap_and_then_the_next() -> None:
    """A10: the cap of each is exact; backups are tried after the others."""
    open_channel("g1", cap=2, kind="group")
    open_channel("g2", cap=2, kind="group", backup=True)
    open_channel("someone", cap=9)
    issue_code(kind="group")
    given = [join(f"c{n}").assignment.channel_id for n in range(4)]
    assert given == ["g1", "g1", "g2", "g2"]
    with pytest.raises(NoRoom):
        join("c5")


def test_a_group_that_fills_is_followed_by_the_next_with_its_settings() -> None:
    area: Any = {"point": {"latitude": 31.2, "longitude": 121.4}, "radius_meters": 500}
    shared: dict[str, Any] = {"weight": 3, "backup": True, "daily_cap": 7, "owner_id": "boss"}
    group(service_area=area, **shared)
    changed()
    fill("club", 8)
    look()
    assert names() == ["club"]
    fill("club", 9)
    look()
    look()
    assert names() == ["club", "club-2"]
    assert changed() == ["club-2"]
    assert read("club").successor_id == "club-2"
    new = read("club-2")
    assert (new.name, new.provider_ref, new.kind, new.status) == (
        "Club 2",
        "club-2",
        "group",
        "open",
    )
    assert {name: getattr(new, name) for name in shared} == shared
    assert (new.service_area, new.successor) == (area, CLUB)
    assert "successor_id" not in new.serialize()
    assert (int(new.cap), int(new.held), int(new.version)) == (10, 0, 1)
    fill("club-2", 9)
    look()
    assert names() == ["club", "club-2", "club-3"]
    assert read("club-2").successor_id == "club-3"


def test_the_seats_that_were_given_are_what_fills_a_group_and_who_waits_is_served() -> None:
    """A4, A10: the new group's event is one that serves the waiting list."""
    group(cap=1)
    issue_code(kind="group", waiting=Waiting())
    stream = SeatStream()
    join("first")
    wait("second")
    stream.catch_up()
    look()
    assert "club-2" in changed()
    serve()
    assert tickets() == {"second": "served"}
    assert int(read("club-2").held) == 1


def test_of_two_who_look_at_once_one_makes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    group()
    fill("club", 10)
    stale = read("club")
    assert successors.follow("acme", ["club"], NOW) == 1
    changed()
    monkeypatch.setattr(channels, "read_channel", lambda *_: stale)
    assert successors.follow("acme", ["club"], NOW) == 0
    assert changed() == []
    assert len(items_of(Channel)) == 4, "two channels and their details"


@pytest.mark.parametrize("change", ["removed", "closed", "other settings", "emptied", "no more"])
def test_what_changed_since_it_was_read_is_not_followed(
    change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    group()
    fill("club", 10)
    stale = read("club")
    if change == "removed":
        channels.remove_channel("acme", "club")
    elif change == "emptied":
        fill("club", 8)
    else:
        successor = None if change == "no more" else CLUB
        group(status="closed" if change == "closed" else "open", weight=2, successor=successor)
    monkeypatch.setattr(channels, "read_channel", lambda *_: stale)
    assert successors.follow("acme", ["club"], NOW) == 0
    assert [c for c in names() if c != "club"] == []


@pytest.mark.parametrize("change", [{"status": "closed"}, {"successor": None}, {"cap": 0}])
def test_who_is_not_to_be_followed_costs_nothing(change: dict[str, Any]) -> None:
    group(**change)
    fill("club", 10)
    with recorded() as asked:
        look()
    assert names() == ["club"]
    assert "BatchGetItem" not in asked.names


def test_a_removed_group_is_not_followed_and_its_series_ends() -> None:
    group()
    fill("club", 10)
    look()
    fill("club-2", 10)
    channels.remove_channel("acme", "club-2")
    look()
    assert names() == ["club"]


def test_there_are_so_many_groups_and_no_more() -> None:
    group(successor=msgspec.structs.replace(CLUB, most=3))
    for name in ("club", "club-2", "club-3"):
        fill(name, 10)
        look()
    assert names() == ["club", "club-2", "club-3"]
    assert read("club-3").follow_at is None


def test_an_operator_s_change_keeps_a_group_s_place_in_its_series() -> None:
    group(successor=msgspec.structs.replace(CLUB, cap=20, at_percent=50))
    fill("club", 5)
    look()
    assert int(read("club-2").cap) == 20
    group("club-2", cap=4, weight=9, successor=msgspec.structs.replace(CLUB, at_percent=100))
    fill("club-2", 3)
    look()
    assert names() == ["club", "club-2"]
    fill("club-2", 4)
    look()
    assert names() == ["club", "club-2", "club-3"]


def test_an_id_that_is_taken_is_taken_for_the_successor() -> None:
    """What an operator has put, or removed, is never overwritten."""
    group("club-2", cap=3, provider_ref="mine", successor=None)
    group()
    fill("club", 10)
    changed()
    look()
    look()
    assert (read("club").successor_id, read("club-2").provider_ref) == ("club-2", "mine")
    assert changed() == []


def test_a_taken_id_and_a_change_at_once_leave_it_to_the_next_look(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    group("club-2", successor=None)
    group()
    fill("club", 10)
    pass_on, calls = successors._pass_on, []

    def slow(*given: Any) -> None:
        calls.append(1)
        if len(calls) == 2:
            fill("club", 1)
        pass_on(*given)

    monkeypatch.setattr(successors, "_pass_on", slow)
    assert successors.follow("acme", ["club"], NOW) == 0
    assert read("club").successor_id is None


def test_one_look_makes_so_many_and_the_next_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(successors, "MAX_FOLLOWED", 2)
    for name in ("a", "b", "c"):
        group(name, successor=msgspec.structs.replace(CLUB, most=2))
        fill(name, 10)
    look()
    assert len(names()) == 5
    look()
    assert len(names()) == 6


def test_the_successor_lies_with_the_details_that_no_join_writes() -> None:
    long = Successor("名" * 57 + "{n}", "r" * 97 + "{n}")
    assert group(successor=long).successor == long
    assert "successor" not in Channel.get("acme#club").serialize()


def test_ways_of_a_corporation_near_their_quota_are_told() -> None:
    """A10: `max_ways` of the account, until there are fewer, or none."""
    settings = {"type": "wecom", "settings": {"corp_id": "ww1", "max_ways": 10}}
    organizations.put_provider_account("acme", "wecom", settings)
    for n in range(10):
        open_channel(f"c{n}", provider="wecom", provider_type="wecom")
        Channel(ids.key("acme", f"c{n}")).update(
            [Channel.way_url.set("u"), Channel.way_id.set("w")]
        )
    look()
    assert quota() == [("ways:wecom", {"used": "10", "limit": "10"})]
    for n in range(10):
        Channel(ids.key("acme", f"c{n}")).update([Channel.way_url.remove()])
    checks.check("acme", SCANS, later(5))
    assert quota() == []


def quota() -> list[tuple[str, Any]]:
    found, _ = alarms.list_alarms("acme", "open", 10, "")
    return [(item.subject, item.facts) for item in found if item.kind == "quota-near"]


def test_busy_aws_puts_it_off(monkeypatch: pytest.MonkeyPatch) -> None:
    group()
    fill("club", 10)

    def busy(*_: object) -> None:
        raise Contention

    monkeypatch.setattr(successors, "_add", busy)
    with pytest.raises(Contention):
        look()
    assert read("club").successor_id is None
