"""What providers tell, applied by channel and person; and the ways of channels."""

import time
from datetime import timedelta
from functools import partial

import pytest

from sluice.codes import providers
from sluice.codes.providers.protocol import ChannelChanged, Connected, Lost, Told
from sluice.codes.store import changes, told
from sluice.organizations import store
from sluice.shared.guard import Transaction
from sluice.shared.outbox import OutboxItem
from tests.faults.cases_codes import joined, opened
from tests.faults.operations import Call, case
from tests.faults.world import World
from tests.support.events import ORGANIZATION


def arrived(world: World, ref: str = "wx-1", key: str = "k-1") -> Connected:
    world.now += timedelta(seconds=1)
    return Connected(key=key, at=world.now, kind="contact", provider_ref="ref-a", customer_ref=ref)


def left(world: World, ref: str = "wx-1") -> Lost:
    world.now += timedelta(seconds=1)
    return Lost(
        key="k-2",
        at=world.now,
        kind="contact",
        provider_ref="ref-a",
        customer_ref=ref,
        by="customer",
    )


def applying(world: World, happened: Told) -> Call:
    """Return the delivery of what was told; it has been stored."""
    assert isinstance(happened, (Connected, Lost, ChannelChanged))
    told.keep(ORGANIZATION, "sandbox", [happened], world.now)
    event = _event(world, told.TYPE)
    return partial(world.deliver_event, "codes/apply_callback", event)


def _event(world: World, kind: str) -> dict[str, object]:
    world.deliver_records("outbox/relay_outbox", world.take_records(OutboxItem.Meta.table_name))
    (event,) = [event for event in world.bus if event["type"] == kind]
    world.bus.clear()
    return event


def behaving(**settings: object) -> None:
    """Let the sandbox behave as its settings say."""
    store.put_provider_account(ORGANIZATION, "sandbox", {"type": "sandbox", "settings": settings})


@case("codes/apply_callback: the one who joined")
def arrive(world: World) -> Call:
    opened(world)
    joined(world)
    return applying(world, arrived(world))


@case("codes/apply_callback: somebody nobody brought")
def arrive_outside(world: World) -> Call:
    opened(world)
    return applying(world, arrived(world))


@case("codes/apply_callback: from outside to a seat")
def match(world: World) -> Call:
    opened(world)
    applying(world, arrived(world))()
    joined(world)
    return applying(world, arrived(world, key="k-3"))


@case("codes/apply_callback: a customer who leaves")
def leave(world: World) -> Call:
    opened(world)
    joined(world)
    applying(world, arrived(world))()
    return applying(world, left(world))


@case("codes/apply_callback: leaving before they came")
def leave_first(world: World) -> Call:
    opened(world)
    joined(world)
    came = arrived(world)
    applying(world, left(world))()
    return applying(world, came)


@case("codes/apply_callback: an employee who cannot receive customers")
def abnormal(world: World) -> Call:
    opened(world)
    behaving(fail="abnormal")
    return applying(world, arrived(world))


@case("codes/apply_callback: a group that is no more")
def gone(world: World) -> Call:
    opened(world)
    changed = ChannelChanged(
        key="k-4", at=world.now, kind="contact", provider_ref="ref-a", change="gone"
    )
    return applying(world, changed)


def with_ways(call: Call) -> Call:
    """Return a delivery where the sandbox gives ways."""

    def deliver() -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(providers, "WITH_WAYS", frozenset({"sandbox"}))
            patch.setattr(time, "sleep", lambda _: None)
            call()

    return deliver


def syncing(world: World) -> Call:
    """Return the delivery of a change of channel `a`, where the sandbox gives ways."""
    transaction = Transaction()
    changes.tell(transaction, ORGANIZATION, "a", world.now)
    transaction.commit()
    event = _event(world, changes.TYPE)
    return with_ways(partial(world.deliver_event, "codes/sync_way", event))


def quiet(world: World) -> None:
    """Forget what opening the channel told."""
    world.deliver_records("outbox/relay_outbox", world.take_records(OutboxItem.Meta.table_name))
    world.bus.clear()


@case("codes/sync_way: a first way")
def make_way(world: World) -> Call:
    opened(world)
    quiet(world)
    return syncing(world)


@case("codes/sync_way: its account is abnormal")
def refuse_way(world: World) -> Call:
    opened(world)
    behaving(fail="abnormal")
    quiet(world)
    return syncing(world)


@case("codes/apply_callback: the provider wants patience")
def put_off(world: World) -> Call:
    opened(world)
    behaving(fail="rate-limited")
    return applying(world, arrived(world))


@case("codes/start_due_syncs: an event that was put off")
def tell_again(world: World) -> Call:
    put_off(world)()
    world.wait(70)

    def sweeps() -> None:
        world.minute("codes/start_due_syncs")
        world.wait(2 * 60)  # what the first one put off is due again
        world.minute("codes/start_due_syncs")

    return sweeps


@case("codes/follow_provider: a channel without a way, and an event that waits")
def follow(world: World) -> Call:
    put_off(world)()
    quiet(world)
    behaving()
    event = _event(world, "provider.changed.v1")
    return with_ways(partial(world.deliver_event, "codes/follow_provider", event))
