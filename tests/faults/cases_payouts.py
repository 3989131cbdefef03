"""Payouts: ordered, claimed, paid and failed, cancelled and let go."""

import re
from functools import partial

from sluice.rewards.rules import Grant
from sluice.rewards.rules.payouts import Order, Status
from sluice.rewards.store import claiming, grants, payouts
from sluice.shared import slices
from tests.faults.cases_rewards import sweeping
from tests.faults.dump import Dump, dump
from tests.faults.operations import Call, case, staff
from tests.faults.world import World
from tests.support.events import ORGANIZATION

ROUTE = "ORG/payouts"
FOREVER = float("inf")


def ordered(world: World) -> str:
    """Order a batch of two owners, one of whom has two rewards; return its id."""
    for number, owner_id in enumerate(("lin", "lin", "mei")):
        given = Grant(f"order:{number}", owner_id, 500, "CNY", "manual")
        grants.grant(ORGANIZATION, given, world.now)
    order = Order("CNY", 100)
    return payouts.start_payout(ORGANIZATION, order, "boss", claim=None, now=world.now)


def ready(world: World) -> str:
    """Order a batch and claim its rewards."""
    payout_id = ordered(world)
    claiming.work(ORGANIZATION, payout_id, 1, FOREVER)
    return payout_id


@case("rewards/start_payout: with a minimum")
def start(world: World) -> Call:
    body = {"currency": "CNY", "minimum_minor": 100, "note": "March"}
    return staff(world, "rewards/start_payout", f"POST {ROUTE}", body)


@case("rewards/advance_payout: claims rewards")
def claim(world: World) -> Call:
    return _advance(world, ordered(world), 1)


@case("rewards/advance_payout: lets rewards go")
def let_go(world: World) -> Call:
    payout_id = ready(world)
    payouts.change_payout(ORGANIZATION, payout_id, Status.CANCELLED, world.now)
    return _advance(world, payout_id, 2)


def but_for_slices(_: World) -> Dump:
    """Return what is stored; who cancels again sets the worker going again, in another slice."""
    counted = re.compile(r"\"(slice|version)\": \"Decimal\('\d+'\)\"|\"due_at\": \"[^\"]+\"")
    return {name: [counted.sub("", item) for item in held] for name, held in dump().items()}


@case("rewards/clear_rewards: a payout's worker is lost", look=but_for_slices)
def wake(world: World) -> Call:
    ordered(world)
    world.now += slices.STALLED
    return sweeping(world)


@case("rewards/put_payout: a ready one cancelled", look=but_for_slices)
def cancel(world: World) -> Call:
    body, path = {"status": "cancelled"}, {"payout_id": ready(world)}
    return staff(world, "rewards/put_payout", f"PUT {ROUTE}/{{payout_id}}", body, path=path)


@case("rewards/settle_payout: one row paid, one failed")
def settle(world: World) -> Call:
    path = {"payout_id": ready(world)}
    results = [
        {"owner_id": "lin", "state": "paid"},
        {"owner_id": "mei", "row": 1, "state": "failed", "reason": "account-closed"},
    ]
    route = f"POST {ROUTE}/{{payout_id}}/results"
    return staff(world, "rewards/settle_payout", route, {"results": results}, path=path)


def _advance(world: World, payout_id: str, number: int) -> Call:
    event = {
        "id": "event-1",
        "type": "payout.requested.v1",
        "organization_id": ORGANIZATION,
        "occurred_at": world.now.isoformat(),
        "version": 1,
        "data": {"payout_id": payout_id, "slice": number},
    }
    return partial(world.deliver_event, "rewards/advance_payout", event)
