"""Joining (A4, A5) on moto: what is given, refused, repeated, and what it costs."""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from sluice.codes.refusals import CodeGone, NoRoom, SeatChanged
from sluice.codes.rules import seats as rules
from sluice.codes.rules.areas import Location
from sluice.codes.rules.places import NOWHERE
from sluice.codes.rules.reasons import describe
from sluice.codes.rules.seats import Contact
from sluice.codes.rules.shifts import When
from sluice.codes.store import channels, contacts, counters, expiry, issued, joining, pool
from sluice.codes.store import seats as stored
from sluice.codes.store.counters import Admission
from sluice.codes.store.seats import Slot
from sluice.codes.tables import Channel, Code
from sluice.shared import clock
from sluice.shared.errors import Contention
from tests.support.aws import local_aws
from tests.support.candidates import SHANGHAI, around
from tests.support.codes import (
    CODE,
    check_counters,
    issue_code,
    join,
    later,
    open_channel,
)
from tests.support.requests import recorded
from tests.support.staff import NOW, found_organization

SQUARE = Location(latitude=31.2304, longitude=121.4737)
AWAY = Location(latitude=39.9042, longitude=116.4074)
AROUND = {"point": {"latitude": 31.2304, "longitude": 121.4737}, "radius_meters": 1000}


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    pool.forget()
    with local_aws():
        found_organization()
        yield
        check_counters()


def read(channel_id: str) -> Channel:
    return channels.read_channel("acme", channel_id)


def test_a_join_is_one_request_that_writes_two_items() -> None:
    """The hot path with warm memory (A5, F3)."""
    open_channel("a")
    issue_code()
    join("first")
    with recorded() as asked:
        joined = join("second")
    assert asked.names[-1:] == ["TransactWriteItems"]
    assert asked.names[:-1] == ["GetItem"]  # the helper reads the code; the function remembers it
    assert asked.written == [2]
    assert joined.is_new


def test_a_repeated_join_gives_the_same_seat_and_reads_nothing() -> None:
    """Sticky before any rule (A4)."""
    open_channel("a")
    issue_code()
    first = join("x")
    with recorded() as asked:
        again = join("x")
    assert (again.assignment, again.is_new) == (first.assignment, False)
    assert asked.names == ["GetItem", "TransactWriteItems"]
    assert read("a").held == 1


def test_a_cap_is_kept_and_the_rest_are_told_there_is_no_room() -> None:
    """A5."""
    open_channel("a", cap=2)
    open_channel("b", cap=1)
    issue_code()
    given = [join(f"c{n}").assignment.channel_id for n in range(3)]
    assert sorted(given) == ["a", "a", "b"]
    for n in range(3, 6):
        with pytest.raises(NoRoom):
            join(f"c{n}")


def test_a_sold_out_join_costs_one_read() -> None:
    open_channel("a", cap=1)
    issue_code()
    join("x")
    with pytest.raises(NoRoom):
        join("y")
    with recorded() as asked, pytest.raises(NoRoom):
        join("z")
    assert asked.names == ["GetItem", "BatchGetItem"]


def test_no_room_where_one_customer_is_closes_the_code_for_nobody_else() -> None:
    """A4: a location without a channel says nothing of the others."""
    open_channel("a", service_area=AROUND)
    issue_code()
    with pytest.raises(NoRoom):
        join("far away", location=AWAY)
    assert join("near", location=SQUARE).is_new
    assert join("unknown").is_new


def test_a_full_place_closes_the_code_at_no_other_place() -> None:
    """A4: who finds one area full says nothing of the other, also while it is remembered."""
    open_channel("a", cap=1, service_area=AROUND)
    open_channel("b", cap=2, service_area={**AROUND, "point": msgspec.to_builtins(AWAY)})
    issue_code()
    join("here", location=SQUARE)
    for name in ("too late", "later still"):
        with pytest.raises(NoRoom):
            join(name, location=SQUARE)
    assert join("away", location=AWAY).assignment.channel_id == "b"
    assert join("unknown").assignment.channel_id == "b"


def test_a_place_full_for_the_day_closes_the_code_at_no_other_place() -> None:
    """A join finds out, and says so to other functions."""
    open_channel("a", daily_cap=1, service_area=AROUND)
    open_channel("b", service_area={**AROUND, "point": msgspec.to_builtins(AWAY)})
    issue_code()
    join("here", location=SQUARE)
    with pytest.raises(NoRoom):
        join("too late", location=SQUARE)
    assert join("away", location=AWAY).is_new


def test_who_has_a_seat_is_answered_although_all_is_sold_out() -> None:
    open_channel("a", cap=1)
    issue_code()
    first = join("x")
    with pytest.raises(NoRoom):
        join("y")
    assert join("x").assignment == first.assignment


def test_a_daily_cap_counts_the_day_and_a_release_gives_it_back() -> None:
    open_channel("a", cap=10, daily_cap=1)
    issue_code()
    join("x")
    with pytest.raises(NoRoom):
        join("y")
    assert expiry.release_expired(later(20), float("inf")) == 1
    pool.forget()
    assert join("y", now=later(20)).is_new


def test_a_daily_cap_gets_nothing_back_from_who_comes_and_goes_all_day() -> None:
    """A4, A5: a seat keeps its last assignments only; the day counts them all."""
    open_channel("a", cap=20, daily_cap=rules.MAX_KEPT + 3)
    issue_code()
    times = rules.MAX_KEPT + 3  # the first stays, too: it made them a customer
    for n in range(times):
        given = join("x", now=later(2 * n)).assignment.assignment_id
        contacts.tell("acme", "sandbox", Contact("connected", given, later(2 * n), "wx-1"), NOW)
        contacts.tell("acme", "sandbox", Contact("lost", given, later(2 * n + 1), "wx-1"), NOW)
    assert read("a").days.attribute_values == {"d20260305": times}
    with pytest.raises(NoRoom):
        join("y", now=later(2 * times))


def test_expired_seats_are_given_again_when_the_pool_needs_them() -> None:
    """A6: a full pool takes back what has expired before it refuses."""
    open_channel("a", cap=1)
    issue_code()
    join("x")
    pool.forget()
    assert join("y", now=later(16)).is_new
    assert read("a").held == 1


def test_expired_seats_of_other_channels_are_not_taken_back_instead(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A6: those in the same bucket of the index are neither freed nor counted."""
    monkeypatch.setattr(stored, "EXPIRY_BUCKETS", 1)
    open_channel("g", kind="group")
    open_channel("a", cap=1)
    issue_code(kind="contact")
    issue_code("GROUPCODE222", kind="group")
    for n in range(expiry.MAX_TAKEN_BACK + 1):
        join(f"v{n}", code="GROUPCODE222")
    join("x")
    pool.forget()
    assert join("y", now=later(16)).assignment.channel_id == "a"
    assert read("g").held == expiry.MAX_TAKEN_BACK + 1


def test_who_finds_the_expired_seats_just_taken_back_by_another_looks_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also where it has read the channels anew before: another join freed them since."""
    open_channel("a", cap=1)
    open_channel("b", cap=1)
    issue_code()
    for name in ("x", "z"):
        join(name)
    for name in ("a", "b"):  # nobody has said yet that these are full
        Channel(f"acme#{name}").update([Channel.full.remove()])
    pool.forget()
    expire = rules.expire

    def released_first(*seat: Any) -> Any:
        monkeypatch.setattr(rules, "expire", expire)
        for name in ("x", "z"):
            assert expiry.release(Slot("acme", name, "contact"), later(16))
        return expire(*seat)

    monkeypatch.setattr(rules, "expire", released_first)
    assert join("y", now=later(16)).is_new


def test_an_expired_reservation_is_renewed_for_its_own_customer() -> None:
    open_channel("a", cap=1)
    issue_code()
    first = join("x").assignment
    again = join("x", now=later(16))
    assert again.assignment.assignment_id == first.assignment_id
    assert again.assignment.expires_at == later(31)
    assert not again.is_new


@pytest.mark.parametrize("how", ["removed", "closed"])
def test_a_removed_or_closed_channel_gets_nobody_from_the_next_request_on(how: str) -> None:
    """A9, although this function still remembers the channel as open."""
    open_channel("a")
    open_channel("b", backup=True)
    issue_code()
    assert join("x").assignment.channel_id == "a"
    remembered = pool.pool("acme")
    if how == "removed":
        channels.remove_channel("acme", "a")
    else:
        item = open_channel("a", status="closed")
        assert item.status == "closed"
        pool._pools._kept["acme"] = (10**12, remembered)
    assert join("y").assignment.channel_id == "b"


def test_a_reserved_seat_of_a_removed_channel_is_moved() -> None:
    open_channel("a")
    open_channel("b", backup=True)
    issue_code()
    join("x")
    channels.remove_channel("acme", "a")
    pool.forget()
    moved = join("x")
    assert (moved.assignment.channel_id, moved.is_new) == ("b", True)


@pytest.mark.parametrize("order", ["random", "rotation", "least-loaded"])
def test_who_comes_back_gets_the_best_channel_and_no_backup(order: str) -> None:
    """Their old seat is met by the write: that says nothing of the channel that was chosen."""
    open_channel("a")
    open_channel("b", backup=True)
    issue_code(order=order)
    given = join("x").assignment
    for n, kind in enumerate(("connected", "lost"), 1):
        contact = Contact(kind, given.assignment_id, later(n), "wx-1")  # type: ignore[arg-type]
        contacts.tell("acme", "sandbox", contact, later(n))
    pool.forget()
    again = join("x", now=later(5))
    assert (again.assignment.channel_id, again.is_new) == ("a", True)


def test_a_cap_lowered_below_what_is_held_evicts_nobody_and_admits_nobody() -> None:
    open_channel("a", cap=3)
    issue_code()
    join("x")
    join("y")
    open_channel("a", cap=1)
    with pytest.raises(NoRoom):
        join("z")
    assert read("a").held == 2


def test_a_full_channel_opens_again_when_its_cap_is_raised() -> None:
    open_channel("a", cap=1)
    issue_code()
    join("x")
    with pytest.raises(NoRoom):
        join("y")
    open_channel("a", cap=2)
    assert join("y").is_new


def test_a_customer_with_a_seat_of_the_other_kind_gets_that_one() -> None:
    """A code for both kinds gives one seat, not one of each."""
    open_channel("a", cap=1)
    issue_code()
    first = join("x")
    open_channel("g", kind="group", cap=100)
    again = join("x")
    assert (again.assignment, again.is_new) == (first.assignment, False)


def test_an_employees_customer_may_also_join_a_group_by_a_code_for_groups() -> None:
    open_channel("a")
    open_channel("g", kind="group")
    issue_code(kind="contact")
    issue_code("GROUPCODE222", kind="group")
    assert join("x").assignment.channel_id == "a"
    assert join("x", code="GROUPCODE222").assignment.channel_id == "g"


def test_the_location_decides_between_shops() -> None:
    here = {"point": {"latitude": 31.2304, "longitude": 121.4737}, "radius_meters": 500}
    there = {"point": {"latitude": 31.3, "longitude": 121.5}, "radius_meters": 500}
    open_channel("here", service_area=here)
    open_channel("there", service_area=there)
    issue_code()
    for n in range(5):
        assert join(f"c{n}", location=SQUARE).assignment.channel_id == "here"


def test_the_referrers_own_channel_comes_first_until_it_is_full() -> None:
    open_channel("own", cap=2, owner_id="lin")
    open_channel("other")
    issue_code(referrer_id="lin")
    given = [join(f"c{n}").assignment for n in range(4)]
    assert [a.channel_id for a in given] == ["own", "own", "other", "other"]
    assert describe(given[0].why) == "the referrer's own, at random by weight"


def test_of_two_stale_readers_of_a_seat_one_wins() -> None:
    open_channel("a")
    issue_code()
    join("x")
    slot = Slot("acme", "x", "contact")
    found = stored.read(slot)
    assert found.seat is not None
    renewed = rules.renew(found.seat, later(1), 60)
    stored.reservation(found, renewed, Admission("a")).commit(attempts=1)
    with pytest.raises(SeatChanged) as refused:
        stored.reservation(found, renewed, Admission("a")).commit(attempts=1)
    assert refused.value.current.version == 2


def test_the_sweep_releases_what_has_expired_and_nothing_else() -> None:
    open_channel("a")
    issue_code()
    join("old")
    join("young", now=later(10))
    assert expiry.release_expired(later(16), float("inf")) == 1
    assert expiry.release_expired(later(16), float("inf")) == 0
    assert read("a").held == 1


def test_an_assignment_id_names_its_slot_and_anything_else_names_none() -> None:
    slot = Slot("acme", "0abc", "group")
    assert stored.slot_of("acme", stored.new_assignment_id(slot, NOW)) == slot
    for wrong in ("", ".", "a", "a.x.1", "a#b.c.1", "a.c1", "..", "a.c"):
        assert stored.slot_of("acme", wrong) is None


def test_many_channels_full_for_the_day_are_no_room_and_not_contention() -> None:
    for n in range(12):
        open_channel(f"c{n}", daily_cap=1)
    issue_code()
    for n in range(12):
        join(f"v{n}")
    for n in range(3):
        with pytest.raises(NoRoom):
            join(f"w{n}")


def test_plain_random_among_many_full_channels_ends_with_no_room() -> None:
    for n in range(12):
        open_channel(f"c{n}", cap=1)
    issue_code(order="random")
    for n in range(12):
        join(f"v{n}")
    for n in range(3):
        with pytest.raises(NoRoom):
            join(f"w{n}")


def test_a_join_takes_back_a_few_expired_seats_and_leaves_the_rest_to_the_sweep() -> None:
    open_channel("a", cap=30)
    issue_code()
    for n in range(30):
        join(f"v{n}")
    pool.forget()
    with recorded() as asked:
        assert join("w", now=later(16)).is_new
    assert len(asked) < 30
    assert 25 < read("a").held < 30


def test_a_customer_of_a_closed_channel_keeps_it_with_a_code_for_both_kinds() -> None:
    open_channel("a")
    open_channel("g", kind="group", backup=True)
    issue_code()
    first = join("x").assignment
    contact = Contact("connected", first.assignment_id, NOW, "wx")
    contacts.tell("acme", "sandbox", contact, NOW)
    open_channel("a", status="closed")
    again = join("x", now=later(1))
    assert (again.assignment.assignment_id, again.is_new) == (first.assignment_id, False)


def test_a_seat_in_a_channel_this_function_has_not_seen_yet_stays_where_it_is() -> None:
    open_channel("a")
    issue_code()
    join("w")
    remembered = pool.pool("acme")
    open_channel("b", backup=False, weight=1000)
    first = next(seat for n in range(50) if (seat := join(f"v{n}").assignment).channel_id == "b")
    pool._pools._kept["acme"] = (10**12, remembered)
    customer = first.assignment_id.split(".")[0]
    assert join(customer).assignment == first


def test_a_channel_that_was_looked_up_for_its_customer_serves_no_other_place() -> None:
    """What is read of it by itself lacks its area: no line-up made later may have it."""
    open_channel("a", service_area=around(SQUARE, 500))
    issue_code()
    first = join("v1", location=SQUARE).assignment
    remembered = pool.pool("acme")
    remembered.learn_closed("a")
    remembered._learned_at -= pool.LEARNED_SECONDS
    assert join("v1", location=SQUARE).assignment == first
    pool._pools._kept["acme"] = (10**12, remembered)
    with pytest.raises(NoRoom):
        join("v2", location=AWAY, now=later(2))


def join_on(day: int, customer_id: str) -> joining.Joined:
    """Join so many days later, and keep the seat."""
    code = issued.read_code(CODE, NOW)
    return joining.join(
        code,
        issued.rule_of(code),
        customer_id,
        NOWHERE,
        when=When(NOW + timedelta(days=day), SHANGHAI),
        seconds=365 * 86_400,
    )


@pytest.mark.parametrize("days", [1, 11])
def test_a_channel_keeps_a_few_days_however_far_apart_its_joins_are(days: int) -> None:
    """And a join takes old days off at most once in a while, with one request more."""
    open_channel("a", cap=100)
    issue_code()
    requests = []
    for n in range(30):
        with recorded() as asked:
            join_on(n * days, f"v{n}")
        requests.append(asked.names.count("TransactWriteItems"))
        assert len(read("a").days.attribute_values) <= counters.MAX_DAYS
    assert sum(requests) <= 30 + 30 // (counters.MAX_DAYS - counters.KEPT_DAYS - 1)


def test_a_daily_cap_is_exact_over_midnight_while_old_days_are_taken_off() -> None:
    open_channel("a", cap=100, daily_cap=2)
    issue_code()
    for day in range(2 * counters.MAX_DAYS):
        pool.forget()
        for name in ("x", "y"):
            assert join_on(day, f"{name}{day}").is_new
        with pytest.raises(NoRoom):
            join_on(day, f"z{day}")
    assert read("a").held == 4 * counters.MAX_DAYS


def test_the_days_of_a_full_channel_are_no_reason_to_try_it_for_ever() -> None:
    open_channel("a", cap=counters.MAX_DAYS)
    issue_code()
    for day in range(counters.MAX_DAYS):
        join_on(day, f"v{day}")
    with pytest.raises(NoRoom):
        join_on(counters.MAX_DAYS, "late")


def test_customers_merged_in_a_circle_end_in_contention(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing makes such a circle; if something did, no request would follow it for ever."""
    monkeypatch.setattr(time, "sleep", lambda _: None)
    open_channel("a")
    issue_code()
    for name, became in (("x", "y"), ("y", "x")):
        slot = Slot("acme", name, "contact")
        stored.item_of(stored.Found(slot, None, 0), rules.Seat(merged_into=became)).save()
    with recorded() as asked, pytest.raises(Contention):
        join("x")
    assert len(asked) < 100


def test_a_code_that_expires_while_it_is_remembered_is_gone_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    issue_code()
    Code(CODE).update([Code.expires_at.set(later(1))])
    monkeypatch.setattr(clock, "now", lambda: NOW)
    assert pool.code(CODE).code == CODE
    monkeypatch.setattr(clock, "now", lambda: later(1))
    with pytest.raises(CodeGone):
        pool.code(CODE)


def test_a_confirmation_at_the_instant_of_a_renewal_is_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The seat that was confirmed meanwhile is the customer's; there is no second one (A4)."""
    open_channel("a")
    open_channel("b")
    issue_code()
    first = join("x").assignment
    renew = rules.renew

    def confirmed_first(*seat: Any) -> Any:
        contact = Contact("connected", first.assignment_id, NOW, "wx")
        contacts.tell("acme", "sandbox", contact, NOW)
        return renew(*seat)

    monkeypatch.setattr(rules, "renew", confirmed_first)
    again = join("x", now=later(16)).assignment
    assert (again.assignment_id, again.status) == (first.assignment_id, "connected")
    assert sum(int(read(name).held) for name in "ab") == 1
