"""A sold-out day: seats that come free, many who serve the list, and newcomers (A4).

On AWS's own engine: two that serve at once meet in the same transaction, as they do there.
"""

import random
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import timedelta

import pytest

from sluice.codes import identities
from sluice.codes.refusals import NoRoom
from sluice.codes.rules.places import NOWHERE
from sluice.codes.rules.seats import Contact
from sluice.codes.store import contacts, issued, pool, waiting
from sluice.codes.tables import SeatItem
from sluice.codes.tables.waiting import Ticket
from sluice.shared import clock
from sluice.shared.outbox import OutboxItem
from tests.load.clients import at_once
from tests.load.test_caps import Watch
from tests.support.aws import items_of
from tests.support.codes import CODE, issue_code, join, open_channel
from tests.support.events import ORGANIZATION
from tests.support.invariants import check_invariants
from tests.support.waiting import LINK, serve, sweep, tickets

pytestmark = pytest.mark.proof
CHANNELS, CAP = 5, 10
SEATS = CHANNELS * CAP
WAITING, LEAVING, NEW = 90, 15, 45
HOURS = 24


def _sell_out() -> list[str]:
    """Fill every channel with connected customers; return their assignments."""
    given = []
    for n in range(SEATS):
        name = join(f"first{n}", now=clock.now()).assignment.assignment_id
        contact = Contact("connected", name, clock.now(), f"wx-{name}")
        contacts.tell(ORGANIZATION, "sandbox", contact, contact.at)
        given.append(name)
    return given


def _who(visitor: str) -> str:
    return identities.visitor_customer(ORGANIZATION, visitor)


def _enter(visitor: str) -> None:
    customer_id, now = _who(visitor), clock.now()
    code = issued.read_code(CODE, now)
    rule = issued.rule_of(code)
    with pytest.raises(NoRoom):
        join(customer_id, now=now)
    entry = waiting.Entry(code, rule, customer_id, NOWHERE, LINK)
    assert waiting.enter(entry, pool.pool(ORGANIZATION), now).is_new


def _asked(lost: Sequence[str], leaving: Collection[str]) -> list[tuple[str, str, str]]:
    asked = [("lose", name, "") for name in lost]
    asked += [("leave", visitor, "") for visitor in leaving]
    asked += [("join", f"n{n}", f"198.51.100.{n}") for n in range(NEW)]
    return random.Random(7).sample(asked, len(asked))


def test_each_seat_that_comes_free_is_given_once_and_in_order() -> None:
    """50 seats come free at one instant while 90 wait, 15 of whom leave; 45 newcomers (A4, A5).

    Whoever does something serves the list after it, so up to 64 serve at once.
    """
    names = [f"c{n}" for n in range(CHANNELS)]
    for name in names:
        open_channel(name, cap=CAP)
    open_channel("g", cap=CAP, kind="group")  # free, and of no use to anybody here
    issue_code(kind="contact", waiting={"hours": HOURS, "called_seconds": 86_400})
    lost = _sell_out()
    line = [f"w{n:03}" for n in range(WAITING)]
    for visitor in line:
        _enter(visitor)
    leaving = set(line[5 : 5 + 2 * LEAVING : 2])
    asked = _asked(lost, leaving)
    watch = Watch(names)
    watch.start()
    outcome = at_once("come", asked, 64)
    watch.stop()
    left = serve(clock.now())
    people = [*line, *(each[1] for each in asked if each[0] == "join")]
    found = tickets()
    places = {visitor: found.pop(_who(visitor)) for visitor in people}
    assert not found
    held = _holders()
    holders = {visitor for visitor in people if _who(visitor) in held}
    served = {visitor for visitor, status in places.items() if status == "served"}
    print(f"\n{outcome}; {dict(Counter(places.values()))}; then {dict(left)}")
    assert watch.looks
    assert watch.over == []

    answers = dict(zip(asked, outcome.answers, strict=True))
    newcomers = {answers[each][0] for each in asked if each[0] == "join"}
    assert newcomers == {202}, "nobody new passes those who wait"
    assert {answers[each][0] for each in asked if each[0] == "leave"} == {200}
    gave_up = {name: answers["leave", name, ""][1] for name in leaving}
    assert {name for name, what in gave_up.items() if what == "seat"} == leaving & served
    assert {name for name in leaving if places[name] == "left"} == leaving - served

    stay = [visitor for visitor in line if visitor not in leaving]
    assert holders == set(stay[:SEATS]), "every seat, once, to those who came first"
    assert served - leaving == holders
    assert not [name for name in places if name.startswith("n") and places[name] != "waiting"]
    notices = [item for item in items_of(OutboxItem) if _is_notice(item)]
    assert len(notices) == len(served), "each who was served was told once"
    check_invariants()


def _holders() -> set[str]:
    """Return the customers with a reservation: those who came first are all lost."""
    found = [item for item in items_of(SeatItem) if isinstance(item, SeatItem)]
    held = [item for item in found if item.seat.current.status == "reserved"]
    assert len(held) == SEATS
    return {item.customer.removeprefix(f"{ORGANIZATION}#") for item in held}


def _is_notice(item: object) -> bool:
    return isinstance(item, OutboxItem) and item.type == "notice.wanted.v1"


def test_places_that_are_served_expired_and_swept_at_once_end_once() -> None:
    """Of 40 places half are over; sweepers and servers meet at 10 seats (A4)."""
    open_channel("a", cap=SEATS)
    issue_code(kind="contact", waiting={"hours": HOURS, "called_seconds": 86_400})
    _sell_out()
    for n in range(40):
        _enter(f"w{n:03}")
    late = clock.now() - timedelta(hours=1)
    for n in range(0, 40, 2):
        key = f"{ORGANIZATION}#{CODE}#{_who(f'w{n:03}')}"
        Ticket(key).update([Ticket.expires_at.set(late), Ticket.due_at.set(late)])
    open_channel("a", cap=SEATS + 10)
    outcome = at_once("serve_or_sweep", ["serve", "sweep"] * 32, 64)
    print(f"\n{outcome}")
    sweep(clock.now() + timedelta(minutes=2))  # what a run out of time has left or put off
    found = tickets()
    ends = [found[_who(f"w{n:03}")] for n in range(40)]
    assert set(ends[::2]) == {"expired"}, "nobody is served whose time is over"
    assert ends[1::2] == ["served"] * 10 + ["waiting"] * 10, "the first ten, each once"
    check_invariants()
