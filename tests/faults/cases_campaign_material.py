"""A campaign's picture: a file, then the item that names it."""

from tests.faults.operations import Call, case, staff
from tests.faults.world import World
from tests.support import material, routes

PICTURE = "PUT ORG/campaigns/{campaign_id}/picture"
PATH = {"campaign_id": material.CAMPAIGN}


@case("campaigns/put_picture: a first one")
def put_picture(world: World) -> Call:
    return _put(world, {"image": routes.PICTURE})


@case("campaigns/put_picture: taken away")
def take_picture_away(world: World) -> Call:
    first = _put(world, {"image": routes.PICTURE})
    first()
    return staff(world, "campaigns/put_picture", PICTURE, {}, path=PATH)


def _put(world: World, body: dict[str, str]) -> Call:
    material.make_bucket()
    material.put_campaign()
    return staff(world, "campaigns/put_picture", PICTURE, body, path=PATH)
