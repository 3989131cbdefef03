"""Promoter tasks: offers put, figures counted, rankings made (spec D)."""

from functools import partial
from typing import Any

import msgspec

from functions.promoters.put_offer.handler import handler as put_offer_handler
from sluice.organizations import store
from sluice.promoters.store import figures, rankings
from sluice.promoters.tables import Chunk, ListView, RankingHead
from sluice.shared.table import find
from tests.faults.dump import Dump
from tests.faults.operations import Call, case, staff
from tests.faults.world import World
from tests.support.aws import items_of
from tests.support.events import ORGANIZATION, claims, http
from tests.support.offers import OFFER
from tests.support.promoters import counted, happened

ROUTE = "/organizations/{organization_id}/offers/{offer_id}"
PATH = {"offer_id": "apples"}


def with_offer(world: World, offer_id: str = "apples", **changes: Any) -> None:
    """Put a merchant and an offer of theirs."""
    member = {"name": "Orchard", "roles": {"merchant"}}
    store.put_member(ORGANIZATION, "orchard", member, world.now)
    path = {"organization_id": ORGANIZATION, "offer_id": offer_id}
    put_offer_handler(http(f"PUT {ROUTE}", path=path, body=OFFER | changes, claims=claims()), None)


@case("promoters/put_offer: a draft is published, with another budget")
def put_offer(world: World) -> Call:
    with_offer(world, status="draft", budget_minor=5)
    route = "PUT ORG/offers/{offer_id}"
    return staff(world, "promoters/put_offer", route, OFFER, path=PATH)


def figures_and_rankings(_: World) -> Dump:
    """Look at what is counted and read: of marks and of unread generations there may be more."""
    found = {"FIGURES": [f"{name} {number}" for name, number in sorted(counted().items())]}
    head = find(RankingHead, *figures.head_key(ORGANIZATION))
    found["MARKED"] = [str(bool(head and head.marks))]
    views = [item for item in items_of(ListView) if isinstance(item, ListView)]
    found["VIEWS"] = sorted(f"{item.item} {item.entries}" for item in views)
    for name in ("tag", "board", "places"):
        found[name] = sorted(
            f"{item.item} {item.entries}"
            for item in items_of(Chunk)
            if isinstance(item, Chunk)
            and head is not None
            and item.key.split("#")[2].startswith(name)
            and item.key.endswith(str(head.generation))
        )
    return found


def happening(world: World, event_type: str, **data: Any) -> Call:
    """Return the delivery of an event of a promoter's task."""
    task = {"offer_id": "apples", "member_id": "mei"}
    event = happened(event_type, "o-1", world.now, **task, **data)
    return partial(world.deliver_event, "promoters/count_tasks", msgspec.to_builtins(event))


@case("promoters/count_tasks: a payment", look=figures_and_rankings)
def count_payment(world: World) -> Call:
    with_offer(world)
    return happening(world, "payment.settled.v1", paid_at=world.now.isoformat())


@case("promoters/count_tasks: a payment goes back whole", look=figures_and_rankings)
def count_refund(world: World) -> Call:
    count_payment(world)()
    return happening(world, "payment.refunded.v1", paid_at=world.now.isoformat(), is_whole=True)


@case(
    "promoters/refresh_rankings: offers of two tags, and a promoter on the boards",
    look=figures_and_rankings,
)
def refresh_rankings(world: World) -> Call:
    count_payment(world)()

    def sweeps() -> None:
        for _ in range(2):  # what the first one put off is due again
            world.minute("promoters/refresh_rankings")
            world.wait()

    return sweeps


@case("promoters/read_tasks: the first page of two in the own order", look=figures_and_rankings)
def read_tasks(world: World) -> Call:
    member = {"name": "Mei", "roles": {"promoter"}, "tags": {"pro"}}
    store.put_member(ORGANIZATION, "mei", member, world.now)
    for offer_id in ("apples", "pears"):
        with_offer(world, offer_id)
    count_payment(world)()
    rankings.make(ORGANIZATION, world.now)
    path = {"organization_id": ORGANIZATION, "member_id": "mei"}
    event = http(
        "GET /organizations/{organization_id}/promoters/{member_id}/tasks",
        path=path,
        query={"order": "own", "limit": "1"},
        claims=claims(),
    )
    return partial(world.ask, "promoters/read_tasks", event)
