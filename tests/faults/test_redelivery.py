"""Callbacks, receipts, stream records, events and schedules: twice, late, in any order.

What is stored in the end is what in-order, in-time, single delivery leaves.
"""

from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any

import pytest

from sluice.codes.tables import SeatItem, Visit
from sluice.organizations import store
from sluice.push.store.held import load_push
from sluice.shared.outbox import OutboxItem
from tests.faults import cases_codes as codes
from tests.faults import cases_push as push
from tests.faults.bus import consumers
from tests.faults.dump import Dump, differences, dump
from tests.faults.operations import Call, outcomes
from tests.faults.world import STREAMS, World, new_world
from tests.support.events import ORGANIZATION
from tests.support.invariants import check_invariants, check_rest
from tests.support.push import channel

LATE_MINUTES = 5

type Flow = Callable[[World], list[Call]]
type Way = Callable[[Sequence[Call]], list[Call]]

WAYS: dict[str, Way] = {
    "each twice": lambda calls: [call for call in calls for _ in range(2)],
    "all twice": lambda calls: [*calls, *calls],
    "reversed": lambda calls: list(reversed(calls)),
    "reversed and twice": lambda calls: [*reversed(calls), *calls],
    "the middle first": lambda calls: [*calls[1:], *calls[:1]],
}


def connections(world: World) -> list[Call]:
    """A customer comes, goes and comes again."""
    codes.opened(world)
    seat = codes.joined(world)
    return [codes.telling(world, seat, event) for event in ("connected", "lost", "connected")]


def two_customers(world: World) -> list[Call]:
    codes.opened(world)
    seats = [codes.joined(world, visitor) for visitor in ("v1", "v2")]
    return [codes.telling(world, seat, ref=f"wx-{n}") for n, seat in enumerate(seats)]


def records(world: World) -> list[Call]:
    """Every change of seats, visits and the outbox, to every function that its stream feeds."""
    codes.opened(world)
    for visitor in ("v1", "v2"):
        seat = codes.joined(world, visitor)
        codes.telling(world, seat, ref=visitor)()
    codes.telling(world, seat, "lost", ref="v2")()
    member = {"name": "Lin", "roles": {"member"}, "email": "lin@example.com"}
    store.put_member(ORGANIZATION, "lin", member, world.now)
    calls: list[Call] = []
    for model in (SeatItem, Visit, OutboxItem):
        table = model.Meta.table_name
        for record in world.take_records(table):
            calls += [partial(world.deliver_records, name, [record]) for name in STREAMS[table]]
    return calls


def events(world: World) -> list[Call]:
    """Members change and customers connect; the events of both are on the bus."""
    codes.opened(world)
    for email in ("lin@example.com", "lin@example.org"):
        member = {"name": "Lin", "roles": {"member"}, "email": email}
        store.put_member(ORGANIZATION, "lin", member, world.now)
    for visitor in ("v1", "v2"):
        codes.telling(world, codes.joined(world, visitor), ref=visitor)()
    for table, names in STREAMS.items():
        taken = world.take_records(table)
        for name in names if taken else ():
            world.deliver_records(name, taken)
    found, world.bus = world.bus, []
    return [
        partial(world.deliver_event, name, event) for event in found for name in consumers(event)
    ]


def requests(world: World) -> list[Call]:
    """A push is requested; its event comes, and the sweeper."""
    push.requested(world, **{"*": "deliver"})
    return [
        partial(world.deliver_event, "push/start_chain", push.request(world)),
        partial(world.minute, "push/repair_waits"),
    ]


def better_and_better(world: World) -> list[Call]:
    """Receipts of one attempt, each saying more."""
    push.sent(world)
    return [push.receiving(world, status) for status in ("sent", "delivered", "seen")]


def two_attempts(world: World) -> list[Call]:
    """Both of two attempts arrive: the earlier has earned it."""
    push.sent(world, channel("wechat"), channel("app"), channel("sms"))
    world.wait()
    world.states.time_out()
    world.run_tasks()
    return [push.receiving(world, "delivered", position) for position in (0, 1)]


def refused_and_delivered(world: World) -> list[Call]:
    """The provider contradicts itself; the next channel may be tried, the push is reached."""
    push.sent(world)
    return [push.receiving(world, status) for status in ("failed", "delivered")]


def sandbox_receipts(world: World) -> list[Call]:
    push.sent(world, **{"*": "duplicate"})
    return [
        partial(world.deliver_messages, "push/answer_sandbox", [message])
        for message in world.receipts()
    ]


def schedules(world: World) -> list[Call]:
    """Seats expire and a push's last wait ends; both sweepers come."""
    codes.opened(world)
    for visitor in ("v1", "v2"):
        codes.joined(world, visitor)
    push.sent(world, channel("sms"))
    world.wait(codes.EXPIRY)
    names = ("codes/release_expired_seats", "push/repair_waits")
    return [partial(world.minute, name) for name in names]


def pushes_as_they_stand(world: World) -> Dump:
    """Look at what pushes and attempts came to; why and when is another matter."""
    found = []
    for name in world.notes["pushes"]:
        held = load_push(ORGANIZATION, name)
        found.append(f"{held.push.status} {held.push.reached_position}")
        for a in held.attempts:
            facts: list[Any] = [a.position, a.level, a.failed, a.waste, a.price_micros]
            found.append(" ".join(map(str, facts)))
    return {"PUSHES": found}


def everything(_: World) -> Dump:
    return dump()


FLOWS: list[tuple[Flow, Callable[[World], Dump]]] = [
    (connections, everything),
    (two_customers, everything),
    (records, everything),
    (events, everything),
    (requests, everything),
    (better_and_better, pushes_as_they_stand),
    (two_attempts, pushes_as_they_stand),
    (refused_and_delivered, outcomes),
    (sandbox_receipts, everything),
    (schedules, everything),
]
EACH_FLOW = [
    pytest.param(flow, look, id=flow.__name__, marks=pytest.mark.xdist_group(flow.__name__))
    for flow, look in FLOWS
]

QUICK = "reversed and twice"  # the others are for `make proof`
EACH_WAY = [pytest.param(way, marks=[] if way == QUICK else [pytest.mark.proof]) for way in WAYS]


def run(
    flow: Flow, look: Callable[[World], Dump], way: Way, late_minutes: int = 0
) -> tuple[int, Dump]:
    """Deliver; return how many deliveries there were, and what is stored at rest."""
    with new_world() as world:
        calls = flow(world)
        for _ in range(late_minutes):
            world.wait()
        for call in way(calls):
            call()
            check_invariants()
        world.settle()
        check_rest()
        return len(calls), look(world)


@cache
def expected(flow: Flow, look: Callable[[World], Dump]) -> Dump:
    """Return what delivery in order, in time and once leaves."""
    number, state = run(flow, look, list)
    assert number, "nothing is delivered"
    return state


@pytest.mark.parametrize("way", EACH_WAY)
@pytest.mark.parametrize(("flow", "look"), EACH_FLOW)
def test_how_often_and_in_which_order_is_all_the_same(
    flow: Flow, look: Callable[[World], Dump], way: str
) -> None:
    _, found = run(flow, look, WAYS[way])
    assert differences(expected(flow, look), found) == []


@pytest.mark.proof
@pytest.mark.parametrize(("flow", "look"), EACH_FLOW)
def test_late_is_in_time(flow: Flow, look: Callable[[World], Dump]) -> None:
    """Minutes late: callbacks and receipts are signed anew by who sends them again."""
    _, found = run(flow, look, list, LATE_MINUTES)
    assert differences(expected(flow, look), found) == []


def test_a_connection_after_the_release_counts_as_late() -> None:
    """A6: over the cap if need be, which the invariants allow to it alone."""
    with new_world() as world:
        call = codes.connect_late(world)
        for _ in range(2):
            call()
        world.settle()
        check_rest()
        seats = [item.seat.current for item in SeatItem.scan()]
        assert sorted((seat.status, seat.late) for seat in seats) == [
            ("connected", True),
            ("reserved", False),
        ]
