"""Alarms: raised and cleared by the schedule."""

from functools import partial

from sluice.codes.rules.successors import Successor
from sluice.codes.store import alarms
from sluice.codes.tables import Channel
from sluice.shared import ids
from tests.faults.operations import Call, case
from tests.faults.world import World
from tests.support.codes import open_channel
from tests.support.events import ORGANIZATION

MINUTE = 60


def _customers(number: int) -> None:
    """Let the provider have so many customers of its own in a channel of ten."""
    channel = Channel(ids.key(ORGANIZATION, "a"))
    channel.update([Channel.held.set(number), Channel.outside.set(number)])


def _looks(world: World) -> Call:
    def looks() -> None:
        world.minute("codes/check_alarms")
        world.wait(2 * MINUTE)  # what the first one put off is due again
        world.minute("codes/check_alarms")

    return looks


@case("codes/check_alarms: a pool that fills")
def raise_alarm(world: World) -> Call:
    open_channel("a", cap=10)
    _customers(9)
    return _looks(world)


@case("codes/check_alarms: a pool that has emptied")
def clear_alarm(world: World) -> Call:
    open_channel("a", cap=10)
    _customers(9)
    world.minute("codes/check_alarms")
    world.drain()
    _customers(4)
    world.wait(5 * MINUTE)
    return _looks(world)


@case("codes/check_alarms: a group that fills is followed")
def follow_group(world: World) -> Call:
    successor = Successor("Club {n}", "club-{n}", at_percent=50)
    open_channel("a", cap=10, kind="group", successor=successor)
    _customers(6)
    return _looks(world)


@case("codes/check_alarms: the id of the next group is taken")
def follow_to_a_taken_id(world: World) -> Call:
    open_channel("a-2", cap=0, kind="group")
    return follow_group(world)


@case("codes/check_alarms: a webhook that is disabled no more")
def clear_webhook(world: World) -> Call:
    alarms.raise_alarm(ORGANIZATION, "webhook-disabled", "gone", {"reason": "410"}, world.now)
    world.drain()
    return _looks(world)


@case("codes/alarm_provider: an account")
def alarm_provider(world: World) -> Call:
    event = {
        "id": "provider.1",
        "type": "provider.abnormal.v1",
        "organization_id": ORGANIZATION,
        "occurred_at": world.now.isoformat(),
        "version": 1,
        "data": {"account_id": "wecom", "channel_id": None, "detail": "not allowed"},
    }
    return partial(world.deliver_event, "codes/alarm_provider", event)


@case("codes/alarm_provider: a webhook")
def alarm_webhook(world: World) -> Call:
    event = {
        "id": "webhook.1",
        "type": "webhook.disabled.v1",
        "organization_id": ORGANIZATION,
        "occurred_at": world.now.isoformat(),
        "version": 2,
        "data": {"webhook_id": "crm", "reason": "it answered 410"},
    }
    return partial(world.deliver_event, "codes/alarm_provider", event)
