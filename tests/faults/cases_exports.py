"""Exports: ordered, written on, cancelled (F7)."""

from sluice.exports import store
from sluice.exports.rules import NAMES
from sluice.exports.store import Order
from tests.faults.operations import Call, case, staff
from tests.faults.world import World
from tests.support.codes import issue_code, open_channel
from tests.support.events import ORGANIZATION
from tests.support.people import make_bucket


def ordered(world: World, *kinds: str) -> str:
    """Order an export of an organisation with a channel and a code."""
    make_bucket()
    open_channel("front-desk")
    issue_code()
    order = Order(kinds, "ndjson", "https://s.example.com", "boss")
    return store.start_export(ORGANIZATION, order, claim=None, now=world.now)


@case("exports/manage_exports: ordered")
def order_export(world: World) -> Call:
    make_bucket()
    body = {"kinds": ["members"], "format": "csv"}
    return staff(world, "exports/manage_exports", "POST ORG/exports", body)


@case("exports/manage_exports: cancelled")
def cancel_export(world: World) -> Call:
    path = {"export_id": ordered(world, "members")}
    return staff(world, "exports/manage_exports", "DELETE ORG/exports/{export_id}", path=path)


@case("exports/write_export: all that there is")
def write_export(world: World) -> Call:
    export_id = ordered(world, *NAMES)
    event = {
        "id": "0" * 26,
        "type": "export.requested.v1",
        "organization_id": ORGANIZATION,
        "occurred_at": world.now.isoformat(),
        "version": 1,
        "data": {"export_id": export_id, "slice": 1},
    }
    return lambda: world.deliver_event("exports/write_export", event)
