"""Promotions: settled, taken part in, rewarded (spec C)."""

from tests.faults.operations import Call, case, staff
from tests.faults.world import World
from tests.support.promotions import PROMOTION


@case("invitations/put_promotion: a new one")
def put_promotion(world: World) -> Call:
    path = {"promotion_id": "spring"}
    route = "PUT ORG/promotions/{promotion_id}"
    return staff(world, "invitations/put_promotion", route, PROMOTION, path=path)
