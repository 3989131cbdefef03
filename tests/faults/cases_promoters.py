"""Promoter tasks: offers put, figures counted, rankings made (spec D)."""

from typing import Any

from functions.promoters.put_offer.handler import handler as put_offer_handler
from sluice.organizations import store
from tests.faults.operations import Call, case, staff
from tests.faults.world import World
from tests.support.events import ORGANIZATION, claims, http
from tests.support.promoters import OFFER

ROUTE = "/organizations/{organization_id}/offers/{offer_id}"
PATH = {"offer_id": "apples"}


def with_offer(world: World, **changes: Any) -> None:
    """Put a merchant and their offer."""
    member = {"name": "Orchard", "roles": {"merchant"}}
    store.put_member(ORGANIZATION, "orchard", member, world.now)
    path = {"organization_id": ORGANIZATION} | PATH
    put_offer_handler(http(f"PUT {ROUTE}", path=path, body=OFFER | changes, claims=claims()), None)


@case("promoters/put_offer: the next version, with another budget")
def put_offer(world: World) -> Call:
    with_offer(world, budget_minor=5)
    return staff(
        world,
        "promoters/put_offer",
        "PUT ORG/offers/{offer_id}",
        OFFER | {"status": "paused"},
        path=PATH,
    )
