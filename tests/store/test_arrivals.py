"""Who comes to a reference that several channels have (A6): where they are seated or counted."""

from collections.abc import Iterator

import pytest

from sluice.codes import identities
from sluice.codes.providers.protocol import Connected, Identity, Lost
from sluice.codes.rules.seats import Contact
from sluice.codes.store import channels, contacts, people, pool
from sluice.codes.store.people import Arrival
from sluice.codes.tables import Alias
from tests.support.aws import items_of, local_aws
from tests.support.codes import check_counters, issue_code, join, later, open_channel
from tests.support.staff import NOW, found_organization

REF = "zhangsan"


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    pool.forget()
    with local_aws():
        found_organization()
        issue_code()
        yield
        check_counters()


def open_some(*names: str) -> None:
    for name in names:
        open_channel(name, provider_ref=REF)


def come(ref: str = "wm-1", minute: int = 1) -> Connected:
    return Connected(
        key=ref, at=later(minute), kind="contact", provider_ref=REF, customer_ref=ref, state=""
    )


def found(told: Connected, state: str = "") -> list[str]:
    return [c.channel_id for c in people.channels_of("acme", "sandbox", told, state)]


def arrive(told: Connected) -> Arrival:
    there = people.channels_of("acme", "sandbox", told)
    return people.arrive("acme", there, told, Identity(told.customer_ref), told.at)


def test_a_state_names_its_channel_behind_however_many() -> None:
    names = [f"c{number:02}" for number in range(people.MAX_CHANNELS + 2)]
    open_some(*names)
    state = identities.channel_state("acme", names[-1])
    assert found(come(), state) == names[-1:]


def test_a_channel_that_is_there_comes_before_a_removed_one() -> None:
    """Else whoever came past the codes took a place where nobody is given any."""
    open_some("a", "b")
    channels.remove_channel("acme", "a")
    assert found(come()) == ["b", "a"]
    assert arrive(come()).outcome == "outside"
    assert int(channels.read_channel("acme", "b").outside) == 1


def test_who_is_known_is_seated_in_the_channel_that_they_were_given() -> None:
    """A6: a seat in the second of two channels is not left to expire."""
    open_some("b")
    seat = join("x").assignment.assignment_id
    contacts.tell("acme", "sandbox", Contact("connected", seat, later(0), "wm-1"), NOW)
    contacts.tell("acme", "sandbox", Contact("lost", seat, later(1), "wm-1"), NOW)
    pool.forget()
    again = join("x", now=later(2)).assignment.assignment_id
    open_some("a")
    done = arrive(come("wm-1", 3))
    assert done.assignment is not None
    assert (done.outcome, done.assignment.assignment_id) == ("applied", again)
    held = {name: int(channels.read_channel("acme", name).held) for name in ("a", "b")}
    assert held == {"a": 0, "b": 1}


def test_who_leaves_leaves_the_channel_that_they_were_in_last() -> None:
    """Else an earlier loss elsewhere was told once more, and the place here never came back."""
    open_some("a")
    first = join("x").assignment.assignment_id
    contacts.tell("acme", "sandbox", Contact("connected", first, later(0), "wm-1"), NOW)
    contacts.tell("acme", "sandbox", Contact("lost", first, later(1), "wm-1"), NOW)
    channels.remove_channel("acme", "a")
    open_some("b")
    second = join("x", now=later(2)).assignment.assignment_id
    contacts.tell("acme", "sandbox", Contact("connected", second, later(3), "wm-1"), NOW)
    open_some("a")
    told = Lost(
        key="l", at=later(4), kind="contact", provider_ref=REF, customer_ref="wm-1", by="customer"
    )
    there = people.channels_of("acme", "sandbox", told)
    assert [channel.channel_id for channel in there] == ["a", "b"]
    people.leave("acme", there, told, later(4))
    assert int(channels.read_channel("acme", "b").held) == 0


@pytest.mark.parametrize("minute", [1, 2])
def test_of_two_who_seem_to_be_the_one_who_is_awaited_one_is(
    monkeypatch: pytest.MonkeyPatch, minute: int
) -> None:
    """Both events are applied at once, and each finds the one reservation still open."""
    open_some("a")
    awaited = join("x").assignment
    monkeypatch.setattr(people, "_only_open", lambda *_: awaited)
    told = [arrive(come(ref, at)) for ref, at in (("wm-1", 1), ("wm-2", minute), ("wm-1", 1))]
    assert [one.outcome for one in told] == ["applied", "outside", "known"]
    found = channels.read_channel("acme", "a")
    assert (int(found.held), int(found.outside)) == (2, 1)
    refs = {alias.customer_ref for alias in items_of(Alias) if isinstance(alias, Alias)}
    assert refs - {None} == {"wm-1"}


def test_a_loss_that_overtakes_its_connection_waits_in_every_channel_of_the_reference() -> None:
    """It names no state, and the connection does: which channel it will be nobody knows yet."""
    open_some("b")
    join("x")
    open_some("a")
    told = Lost(
        key="l", at=later(4), kind="contact", provider_ref=REF, customer_ref="wm-1", by="customer"
    )
    people.leave("acme", people.channels_of("acme", "sandbox", told), told, later(4))
    came = come("wm-1", 3)
    state = identities.channel_state("acme", "b")
    there = people.channels_of("acme", "sandbox", came, state)
    done = people.arrive("acme", there, came, Identity("wm-1"), later(5))
    assert done.assignment is not None
    assert done.assignment.status == "lost"
    assert int(channels.read_channel("acme", "b").held) == 0
