"""Faults: channels with details, and joins by what channels were given."""

from typing import Any

from sluice.codes.tables import Channel, Code
from tests.faults.cases_codes import CHANNEL, ONE, joined, joining, opened
from tests.faults.operations import Call, case, staff
from tests.faults.world import World
from tests.support.codes import CODE, open_channel
from tests.support.events import ORGANIZATION

POINT = {"latitude": 31.2304, "longitude": 121.4737}
DETAILED: dict[str, Any] = CHANNEL | {
    "service_area": {"point": POINT, "radius_meters": 500},
    "shifts": {"week": [{"days": ["thu"], "from": "09:00", "to": "18:00"}]},
}


def put(world: World, body: dict[str, Any]) -> Call:
    """Put channel `a`."""
    return staff(world, "codes/put_channel", f"PUT {ONE}", body, path={"channel_id": "a"})


@case("codes/put_channel: with an area and shifts")
def put_with_details(world: World) -> Call:
    return put(world, DETAILED)


@case("codes/put_channel: its details taken away")
def put_without_details(world: World) -> Call:
    put(world, DETAILED)()
    return put(world, CHANNEL)


@case("codes/put_channel: open again beside another")
def put_open_again(world: World) -> Call:
    opened(world)
    joined(world)
    open_channel("b")
    put(world, CHANNEL | {"status": "closed"})()
    return put(world, CHANNEL)


@case("codes/assign_channel: by turns")
def join_by_turns(world: World) -> Call:
    opened(world, a=1)
    Code(CODE).update([Code.rule.set({"order": "rotation"})])
    Channel(f"{ORGANIZATION}#a").update([Channel.turns.set(7)])
    world.restart()
    return joining(world)
