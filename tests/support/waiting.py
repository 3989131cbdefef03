"""A waiting list for tests: joins that may end on it, and runs that serve it."""

import time
from collections import Counter
from datetime import datetime

from sluice.codes.refusals import MustWait, NoRoom
from sluice.codes.rules.areas import Location
from sluice.codes.rules.places import Place
from sluice.codes.store import issued, pool, serving, waiting
from sluice.codes.store.joining import Joined
from sluice.codes.store.waiting import Entered
from sluice.codes.tables.waiting import Ticket
from tests.support.aws import items_of
from tests.support.codes import CODE, join
from tests.support.events import ORGANIZATION
from tests.support.staff import NOW

LINK = f"https://s.example.com/s/{CODE}"


def come(
    customer_id: str,
    *,
    code: str = CODE,
    location: Location | None = None,
    now: datetime = NOW,
    fresh: bool = True,
) -> Joined | Entered:
    """Join as AssignChannel does: a seat, or a place on the list; `fresh`: nothing remembered."""
    if fresh:
        pool.forget()
    try:
        return join(customer_id, code=code, location=location, now=now)
    except NoRoom as full:
        found = issued.read_code(code, now)
        rule = issued.rule_of(found)
        held_back = isinstance(full, MustWait)
        entry = waiting.Entry(found, rule, customer_id, Place(location), LINK, None, held_back)
        return waiting.enter(entry, pool.pool(ORGANIZATION), now)


def wait(customer_id: str, **given: object) -> Entered:
    """Join where there must be no room."""
    entered = come(customer_id, **given)  # type: ignore[arg-type]
    assert isinstance(entered, Entered), f"{customer_id} got a seat"
    return entered


def serve(now: datetime = NOW) -> Counter[str]:
    """Serve the list once, in a process that remembers nothing."""
    pool.forget()
    return serving.serve(ORGANIZATION, now, time.monotonic() + 60)


def sweep(now: datetime = NOW) -> Counter[str]:
    """Let the sweeper come."""
    pool.forget()
    return serving.sweep(now, time.monotonic() + 60)


def tickets() -> dict[str, str]:
    """Return the status of each customer's place."""
    found = [t for t in items_of(Ticket) if isinstance(t, Ticket) and "#" in t.key]
    return {ticket.key.split("#")[2]: ticket.status for ticket in found}
