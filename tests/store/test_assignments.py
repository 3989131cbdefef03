"""The lists of channels: written from seats, in any order, and equal to a recount (A8)."""

import itertools
import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from sluice.codes.refusals import NoRoom
from sluice.codes.rules import standings
from sluice.codes.rules.seats import Contact
from sluice.codes.store import assignments, contacts, expiry, pool
from sluice.codes.store.assignments import Written
from sluice.codes.store.seats import Slot
from sluice.codes.tables import SeatItem
from sluice.shared.errors import NotFound
from tests.support import invariants, recount
from tests.support.aws import items_of, local_aws
from tests.support.codes import issue_code, join, open_channel
from tests.support.requests import recorded
from tests.support.staff import NOW, found_organization

PROOF = pytest.mark.proof
CUSTOMERS = ["c1", "c2", "c3"]


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    pool.forget()
    with local_aws():
        found_organization()
        issue_code(referrer_id="lin")
        for channel_id in ("a", "b"):
            open_channel(channel_id)
        yield


class Changes:
    """Remembers each change of a seat."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], Any] = {}
        self.all: list[list[Written]] = []

    def look(self) -> None:
        for item in items_of(SeatItem):
            assert isinstance(item, SeatItem)
            key, version = (item.customer, item.scope), int(item.version)
            old = self._seen.get(key)
            if item.seat != old:
                customer_id = item.customer.split("#")[1]
                found = standings.of_seat_change(old, item.seat, customer_id, version)
                self.all.append([Written("acme", each, NOW) for each in found])
                self._seen[key] = item.seat


def history(chance: random.Random, steps: int) -> Changes:
    """Live through joins, expiries, connections, losses and merges by chance."""
    changes, given = Changes(), list[str]()
    now = NOW
    for _ in range(steps):
        now += timedelta(minutes=chance.choice([1, 1, 1, 20]))
        pool.forget()
        what = chance.choice(["join", "expire", "connected", "connected", "lost"])
        if what == "join":
            try:
                given.append(join(chance.choice(CUSTOMERS), now=now).assignment.assignment_id)
            except NoRoom:
                continue
        elif what == "expire":
            for item in items_of(SeatItem):
                assert isinstance(item, SeatItem)
                expiry.release(Slot("acme", item.customer.split("#")[1], item.scope), now)
        elif given:
            ref = chance.choice(["wx-1", "wx-2"])
            contact = Contact(what, chance.choice(given), now, ref)  # type: ignore[arg-type]
            try:
                contacts.tell("acme", "sandbox", contact, now)
            except NotFound:
                continue
        changes.look()
    return changes


@pytest.mark.parametrize("seed", [*range(3), *(pytest.param(n, marks=PROOF) for n in range(3, 12))])
def test_lists_equal_a_recount_after_any_history_in_any_order(seed: int) -> None:
    """A8: each change delivered twice, none in its place."""
    chance = random.Random(seed)
    changes = history(chance, 40)
    deliveries = [*changes.all, *changes.all]
    chance.shuffle(deliveries)
    for some in itertools.batched(deliveries, 5, strict=False):
        assignments.project(row for change in some for row in change)
    assert recount.assignments()
    invariants.check_assignments()


def test_what_is_in_line_is_written_once() -> None:
    join("c1")
    changes = Changes()
    changes.look()
    (first,) = changes.all
    assert assignments.project(first) == 1
    with recorded() as calls:
        assert assignments.project(first) == 0
    assert len(calls) == 1


def test_one_row_in_line_holds_up_no_other() -> None:
    changes = Changes()
    for customer in CUSTOMERS:
        join(customer)
    changes.look()
    rows = [row for change in changes.all for row in change]
    assignments.project(rows[:2])
    assert assignments.project(rows) == 1
    invariants.check_assignments()
