"""Notices: carried from their event to a push."""

from functools import partial

from tests.faults.operations import Call, case
from tests.faults.world import World
from tests.support.events import ORGANIZATION
from tests.support.push import put_strategy

EVENT = {
    "id": "notice.n-1",
    "type": "notice.wanted.v1",
    "organization_id": ORGANIZATION,
    "version": 1,
    "data": {"notice": "waiting-served", "user_id": "c1", "content": {"title": "A place is free"}},
}


@case("push/send_notice: by the strategy for all kinds")
def send_notice(world: World) -> Call:
    put_strategy(strategy_id="notices")
    event = EVENT | {"occurred_at": world.now.isoformat()}
    return partial(world.deliver_event, "push/send_notice", event)
