"""What providers tell (A6) on moto: confirmations, losses, merges."""

from collections.abc import Iterator
from datetime import datetime

import pytest

from sluice.codes import identities
from sluice.codes.rules.seats import Contact
from sluice.codes.store import channels, contacts, expiry, lookup, pool
from sluice.codes.store import seats as stored
from sluice.codes.store.seats import Slot
from sluice.codes.tables import Alias, Customer
from sluice.shared.errors import NotFound
from tests.support.aws import items_of, local_aws
from tests.support.codes import check_counters, issue_code, join, later, open_channel
from tests.support.invariants import check_first_connections
from tests.support.requests import recorded
from tests.support.staff import NOW, found_organization


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    pool.forget()
    with local_aws():
        found_organization()
        open_channel("a")
        issue_code(referrer_id="lin")
        yield
        check_counters()
        check_first_connections()


def tell(kind: str, assignment_id: str, at: datetime = NOW, ref: str = "wx-1") -> str:
    contact = Contact(kind, assignment_id, at, ref)  # type: ignore[arg-type]
    return contacts.tell("acme", "sandbox", contact, at).outcome


def held(channel_id: str = "a") -> int:
    return int(channels.read_channel("acme", channel_id).held)


def test_a_confirmation_connects_once_and_stores_who_brought_the_customer() -> None:
    seat = join("x").assignment.assignment_id
    pool.today("acme", NOW)  # the time zone is remembered
    with recorded() as asked:
        assert tell("connected", seat) == "applied"
    assert asked.names == ["GetItem", "TransactWriteItems"]
    assert asked.written == [3]
    assert tell("connected", seat) == "known"
    customers = [c for c in items_of(Customer) if isinstance(c, Customer) and "customer" in c.key]
    assert [(c.customer_id, c.referrer_id) for c in customers] == [("x", "lin")]


def test_a_late_confirmation_counts_even_over_the_cap() -> None:
    open_channel("a", cap=1)
    seat = join("x").assignment.assignment_id
    expiry.release_expired(later(16), float("inf"))
    pool.forget()
    join("y", now=later(17))
    assert tell("connected", seat, later(18)) == "applied"
    assert held() == 2  # the provider decided; the seat is flagged
    found = stored.read(Slot("acme", "x", "contact"))
    assert found.seat is not None
    assert found.seat.current.late


def test_a_loss_before_its_connection_leaves_the_same_as_in_order() -> None:
    first, second = join("x").assignment.assignment_id, join("y").assignment.assignment_id
    tell("connected", first, later(1), "wx-1")
    tell("lost", first, later(2), "wx-1")
    tell("lost", second, later(2), "wx-2")
    tell("connected", second, later(1), "wx-2")
    ends = [stored.read(Slot("acme", name, "contact")).seat for name in ("x", "y")]
    assert [seat.current.status for seat in ends if seat] == ["lost", "lost"]
    assert [len(seat.current.connected) for seat in ends if seat] == [1, 1]
    assert held() == 0


def test_a_lost_customer_may_join_again() -> None:
    seat = join("x").assignment.assignment_id
    tell("connected", seat, later(1))
    tell("lost", seat, later(2))
    again = join("x", now=later(3))
    assert again.is_new
    assert again.assignment.assignment_id != seat


def test_nobody_elses_account_may_speak_for_an_assignment() -> None:
    seat = join("x").assignment.assignment_id
    with pytest.raises(NotFound):
        contacts.tell("acme", "other-account", Contact("connected", seat, NOW, "wx"), NOW)
    with pytest.raises(NotFound):
        contacts.tell("rival", "sandbox", Contact("connected", seat, NOW, "wx"), NOW)


def test_one_person_on_two_devices_is_one_customer() -> None:
    """A6: the connected seat wins, the other is released, aliases point to one."""
    open_channel("b")
    phone, tablet = join("phone").assignment, join("tablet").assignment
    tell("connected", phone.assignment_id)
    assert tell("connected", tablet.assignment_id, later(1)) == "applied"
    kept = stored.read(Slot("acme", "phone", "contact")).seat
    other = stored.read(Slot("acme", "tablet", "contact")).seat
    assert kept is not None
    assert other is not None
    assert other.merged_into == "phone"
    assert {a.assignment_id for a in kept.assignments} == {
        phone.assignment_id,
        tablet.assignment_id,
    }
    again = join("tablet", now=later(2))
    assert not again.is_new
    assert again.assignment.status == "connected"
    aliases = [a for a in items_of(Alias) if isinstance(a, Alias) and "alias" in a.key]
    assert {a.customer_id for a in aliases} == {"phone"}


def test_events_of_a_merged_customer_reach_the_one_they_became() -> None:
    phone, tablet = join("phone").assignment, join("tablet").assignment
    tell("connected", phone.assignment_id)
    tell("connected", tablet.assignment_id, later(1))
    assert tell("lost", tablet.assignment_id, later(2)) == "applied"
    kept = stored.read(Slot("acme", "phone", "contact")).seat
    assert kept is not None
    assert kept.current.assignment_id == phone.assignment_id


def test_however_often_a_customer_was_merged_on_all_finds_who_they_became() -> None:
    """A6: each had an id of their own before they turned out to be the next."""
    last = 12
    open_channel("a", cap=last + 1)
    pool.forget()
    seats = [join(f"c{number}").assignment.assignment_id for number in range(last + 1)]
    for number, seat in enumerate(seats):
        assert tell("connected", seat, ref=f"wx-{number}") == "applied"
    for number, seat in enumerate(seats[:-1]):
        assert tell("connected", seat, later(number + 1), f"wx-{number + 1}") == "applied"
    assert join("c0", now=later(20)).assignment.status == "connected"
    assert {kept.customer_id for kept in lookup.of_customer("acme", "c0")} == {f"c{last}"}
    assert tell("lost", seats[0], later(21)) == "applied"


def test_an_outside_id_stands_in_no_key() -> None:
    seat = join("x").assignment.assignment_id
    tell("connected", seat, ref="wx-secret-person")
    assert "wx-secret-person" not in str([a.key for a in items_of(Alias) if isinstance(a, Alias)])
    hashed = identities.alias_key("acme", "sandbox", "wx-secret-person")
    assert Alias.get(hashed).customer_id == "x"


def in_two_scopes() -> tuple[str, str]:
    """Give one customer a seat of each kind."""
    open_channel("g", kind="group")
    issue_code("GROUPCODE222", referrer_id="lin", kind="group")
    issue_code("CONTACTCODE2", referrer_id="lin", kind="contact")
    seats = [join("x", code=code).assignment for code in ("CONTACTCODE2", "GROUPCODE222")]
    return seats[0].assignment_id, seats[1].assignment_id


def first_of(customer_id: str) -> dict[str, bool]:
    found = stored.read_all([Slot("acme", customer_id, scope) for scope in ("contact", "group")])
    return {f.slot.scope: f.seat.current.is_first for f in found if f.seat}


def test_who_connects_in_a_second_scope_is_a_customer_already() -> None:
    """A8: a referrer is rewarded for a person, not for their seats."""
    contact, group = in_two_scopes()
    assert tell("connected", contact) == "applied"
    with recorded() as asked:
        assert tell("connected", group, later(1)) == "applied"
    assert first_of("x") == {"contact": True, "group": False}
    assert asked.names.count("TransactWriteItems") == 2
    assert tell("lost", contact, later(2)) == "applied"
    with recorded() as asked:
        assert tell("connected", contact, later(3)) == "applied"
    assert asked.names == ["GetItem", "TransactWriteItems"]
    assert first_of("x") == {"contact": True, "group": False}


def test_of_two_confirmations_at_one_instant_one_is_the_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A8: both have read that there is no connection."""
    contact, group = in_two_scopes()
    reading, rivals = lookup.standing, [contact]

    def read_and_be_overtaken(slot: Slot) -> stored.Found:
        found = reading(slot)
        if rivals:
            tell("connected", rivals.pop())
        return found

    monkeypatch.setattr(contacts, "standing", read_and_be_overtaken)
    assert tell("connected", group) == "applied"
    assert first_of("x") == {"contact": True, "group": False}


def test_a_merged_customer_has_one_first_connection_in_all_scopes() -> None:
    contact, group = in_two_scopes()
    tell("connected", contact)
    other = join("y", code="GROUPCODE222").assignment.assignment_id
    tell("connected", other, later(1), "wx-2")
    tell("connected", group, later(2), "wx-2")  # x is y
    seat = stored.read(Slot("acme", "y", "group")).seat
    assert seat is not None
    assert [a.assignment_id for a in seat.assignments if a.is_first] == [other]


def test_more_connections_than_are_kept_still_change_the_seat() -> None:
    """A6."""
    seat = join("x").assignment.assignment_id
    for minute in range(0, 50, 2):
        assert tell("connected", seat, later(minute)) == "applied"
        assert tell("lost", seat, later(minute + 1)) == "applied"
    assert tell("connected", seat, later(51)) == "applied"
    assert held() == 1


def test_a_merged_customer_finds_the_other_in_every_scope() -> None:
    """Also where they had no seat: one person never holds two of a kind."""
    open_channel("g", kind="group")
    issue_code("GROUPCODE222", kind="group")
    issue_code("CONTACTCODE2", kind="contact")
    known = join("known", code="GROUPCODE222").assignment
    tell("connected", known.assignment_id)
    first = join("known", code="CONTACTCODE2").assignment
    tell("connected", first.assignment_id, later(1))
    other = join("other", code="CONTACTCODE2").assignment
    tell("connected", other.assignment_id, later(2))
    again = join("other", code="GROUPCODE222", now=later(3))
    assert (again.assignment.assignment_id, again.is_new) == (known.assignment_id, False)


def test_a_merged_customers_own_aliases_lead_to_the_other_for_ever() -> None:
    one = join("one").assignment.assignment_id
    tell("connected", one, later(1), "wx-1")
    tell("lost", one, later(2), "wx-1")
    two = join("two").assignment.assignment_id
    tell("connected", two, later(3), "wx-2")
    back = join("one", now=later(4)).assignment.assignment_id
    assert tell("connected", back, later(5), "wx-2") == "applied"  # one is two
    third = join("three", now=later(6)).assignment.assignment_id
    assert tell("connected", third, later(7), "wx-1") == "applied"  # and three is, by one's id
    seat = stored.read(Slot("acme", "three", "contact")).seat
    assert seat is not None
    assert seat.merged_into == "two"
