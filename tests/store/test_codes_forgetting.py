"""Erasure in codes (C6) on moto: ids at providers go, seats and places are counted as before."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec
import pytest

from sluice.codes import identities
from sluice.codes.providers.protocol import Connected, Lost
from sluice.codes.rules import outside as rules
from sluice.codes.rules.seats import Contact
from sluice.codes.store import channels, contacts, forgetting, later, lookup, outside, people, pool
from sluice.codes.store.told import TYPE
from sluice.codes.tables import Alias, Channel, Customer
from sluice.codes.tables.contacts import OutsideContact
from sluice.codes.tables.syncs import Later
from sluice.shared import batches, clock, ids
from sluice.shared.errors import Contention
from sluice.shared.outbox import Event
from sluice.shared.providers.failures import Unavailable
from tests.support.aws import items_of, local_aws
from tests.support.codes import CODE, check_counters, issue_code, join, open_channel
from tests.support.codes import later as after
from tests.support.staff import NOW, found_organization

ERASED_AT = after(10)
GROUPS = "GRPKQ2XNB9RT"


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    pool.forget()
    with local_aws():
        found_organization()
        for name in ("a", "b"):
            open_channel(name)
        issue_code(referrer_id="lin")
        yield
        check_counters()


def connect(customer_id: str, ref: str, at: datetime = NOW, code: str = CODE) -> str:
    pool.forget()
    assignment_id = join(customer_id, code=code).assignment.assignment_id
    contacts.tell("acme", "sandbox", Contact("connected", assignment_id, at, ref), at)
    return assignment_id


def come(ref: str, at: datetime = NOW, channel_id: str = "a") -> None:
    """Let somebody come whom no code brought."""
    found = channels.read_channel("acme", channel_id)
    outside.change("acme", found, ref, lambda known: rules.connect(known, at))


def leave(ref: str, at: datetime, channel_id: str = "a") -> None:
    told = Lost(
        key=f"lost-{ref}-{at}",
        at=at,
        kind="contact",
        provider_ref=f"ref-{channel_id}",
        customer_ref=ref,
        by="customer",
    )
    people.leave("acme", [channels.read_channel("acme", channel_id)], told, at)


def forget(*values: str, system: str = "sandbox", only_named: bool = False) -> None:
    names = [identities.outside_name("acme", system, value) for value in values]
    forgetting.forget("acme", names, ERASED_AT, only_named=only_named)


def kept(word: str) -> bool:
    """Tell whether any item of codes holds an id."""
    tables = (Alias, OutsideContact, Later, Channel)
    return any(word in str(item.attribute_values) for t in tables for item in items_of(t))


def aliases() -> set[str]:
    found = [item for item in items_of(Alias) if isinstance(item, Alias)]
    return {str(item.customer_ref) for item in found if "#alias#" in item.key}


def listed(channel_id: str = "a") -> list[str]:
    return [str(item.customer_ref) for item in outside.list_outside("acme", channel_id, 10, "")[0]]


def counts(channel_id: str = "a") -> tuple[int, int]:
    found = channels.read_channel("acme", channel_id)
    return int(found.held), int(found.outside)


def test_an_alias_goes_and_the_seat_stays() -> None:
    seat = connect("x", "wx-1")
    connect("y", "wx-2")
    held = {name: counts(name) for name in ("a", "b")}
    forget("wx-1")
    assert aliases() == {"wx-2"}
    assert not kept("wx-1")
    assert lookup.of_reference("acme", "sandbox", "wx-1") == []
    assert lookup.assignment("acme", seat).assignment.status == "connected"
    assert {name: counts(name) for name in ("a", "b")} == held
    found = lookup.customer("acme", "x")
    assert found is not None
    assert not found.aliases
    assert found.referrer_id == "lin", "who is credited stays: a number, by an id that is nobody's"


@pytest.mark.parametrize("system", ["partner-app", identities.UNIONID])
def test_a_partners_or_wechats_id_leads_to_the_ids_at_providers(system: str) -> None:
    name = identities.outside_name("acme", system, "their-7")
    connect(name.customers[-1], "wx-1")
    forget("their-8", system=system)
    assert aliases() == {"wx-1"}, "somebody else"
    forget("their-7", system=system)
    assert not kept("wx-1")


def test_one_who_was_merged_is_forgotten_by_either_id() -> None:
    connect("x", "wx-1")
    connect("x", "wx-1b", after(1))
    connect("y", "wx-2", after(2))
    connect("y", "wx-1", after(3))  # so x and y are one
    assert len(aliases()) == 3
    found = lookup.customer("acme", "y")
    assert found is not None
    assert found.merged_into == "x"
    names = [identities.OutsideName("app", "acme#alias#app#0", "0", ["y"])]
    forgetting.forget("acme", names, ERASED_AT)
    assert aliases() == set()


def test_only_the_named_id_goes_when_asked() -> None:
    connect("x", "wx-1")
    connect("x", "wx-9", after(1))
    forget("wx-1", only_named=True)
    assert aliases() == {"wx-9"}
    (customer,) = [c for c in items_of(Customer) if isinstance(c, Customer) and "customer" in c.key]
    assert len(customer.aliases) == 1
    forget("wx-9")
    assert aliases() == set()


def test_the_place_of_an_outside_contact_stays_counted_without_the_id() -> None:
    for channel_id in ("a", "b"):
        come("wm-1", channel_id=channel_id)
    come("wm-2")
    forget("wm-1")
    assert not kept("wm-1")
    assert (listed("a"), listed("b")) == (["wm-2"], [])
    assert (counts("a"), counts("b")) == ((2, 2), (1, 1))
    come("wm-1")
    assert not kept("wm-1"), "told again, it is no news"
    leave("wm-1", after(20))
    assert counts("a") == (1, 1), "the place is given back"
    assert not kept("wm-1"), "who leaves is not written down for it"


def test_an_erased_customer_who_leaves_later_brings_no_id_back() -> None:
    open_channel("g", kind="group")
    issue_code(GROUPS, kind="group")
    seats = [connect("x", "wx-1"), connect("x", "wx-1", after(1), code=GROUPS)]
    forget("wx-1")
    found = [lookup.assignment("acme", seat).assignment.channel_id for seat in seats]
    assert found[1] == "g"
    for channel_id in found:
        leave("wx-1", after(30), channel_id)
        assert listed(channel_id) == []
    assert not kept("wx-1")


def test_who_came_back_since_stays() -> None:
    connect("x", "wx-1")
    connect("y", "wx-2", after(20))
    come("wm-3")
    come("wm-3", after(20))
    come("wm-4")
    forget("wx-1", "wx-2", "wm-3", "wm-4")
    assert aliases() == {"wx-2"}
    assert listed() == ["wm-3"]
    come("wm-4", after(40))
    connect("x", "wx-1", after(50))
    assert sorted(listed()) == ["wm-3", "wm-4"]
    assert aliases() == {"wx-1", "wx-2"}
    forget("wx-1", "wx-2", "wm-3", "wm-4")
    assert sorted(listed()) == ["wm-3", "wm-4"], "the same event again"


def test_what_waits_to_be_told_of_them_goes() -> None:
    for number, (ref, at) in enumerate((("wm-1", NOW), ("wm-2", NOW), ("wm-1", after(20)))):
        told = Connected(key="k", at=at, kind="contact", provider_ref="ref-a", customer_ref=ref)
        data = {"account_id": "sandbox", "told": {"customer_ref": told.customer_ref}}
        event = Event(
            id=f"told.{number}",
            type=TYPE,
            organization_id="acme",
            occurred_at=at,
            version=1,
            data=data,
        )
        later.put_off(event, "sandbox", Unavailable("down"), NOW)
    forget("wm-1")
    left = [item for item in items_of(Later) if isinstance(item, Later) and "later" in item.item]
    assert sorted(item.event_id for item in left) == ["told.1", "told.2"]


def test_what_waits_behind_a_thousand_others_goes_too() -> None:
    def waiting(number: int, ref: str) -> Later:
        data = {"account_id": "sandbox", "told": {"customer_ref": ref}}
        return Later(
            "acme",
            ids.key("later", "sandbox", f"told.{number:04}"),
            event_id=f"told.{number:04}",
            type=TYPE,
            occurred_at=NOW,
            event_version=1,
            data=msgspec.json.encode(data).decode(),
            tries=1,
            due_bucket="0",
            due_at=NOW,
        )

    batches.write([*(waiting(number, "wm-2") for number in range(1_000)), waiting(1_000, "wm-1")])
    forget("wm-1")
    assert "told.1000" not in {item.event_id for item in items_of(Later) if isinstance(item, Later)}


def test_what_is_cut_short_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    connect("x", "wx-1")
    come("wx-1", channel_id="b")
    with monkeypatch.context() as patched:
        times = iter(NOW + timedelta(seconds=20 * n) for n in range(9))
        patched.setattr(clock, "now", lambda: next(times))
        with pytest.raises(Contention):
            forget("wx-1")
    assert aliases() == {"wx-1"}, "it still leads to what is left"
    forget("wx-1")
    assert not kept("wx-1")


def test_an_alias_that_is_repointed_meanwhile_goes_with_its_new_customer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    connect("x", "wx-2")
    connect("y", "wx-1", after(1))
    real = forgetting._outside
    raced: list[str] = []

    def outside_of(*given: object) -> object:
        if not raced:
            raced.append(connect("y", "wx-2", after(2)))
        return real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(forgetting, "_outside", outside_of)
    forget("wx-1")
    assert raced
    assert "wx-1" not in aliases()
    found = lookup.customer("acme", "x")
    assert found is not None
    assert len(found.aliases or ()) == len(aliases())
