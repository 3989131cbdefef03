"""Syncs with a provider: asked for, run, started by the clock (A9)."""

from functools import partial
from typing import Any

import pytest

from functions.codes.run_sync import handler as run_sync_handler
from sluice.codes.store import syncs
from sluice.codes.tables.syncs import SyncSchedule
from sluice.organizations import store as organizations
from tests.faults.cases_codes import joined, opened, telling
from tests.faults.operations import Call, case, staff
from tests.faults.world import World
from tests.support.codes import open_channel
from tests.support.events import ORGANIZATION

ALL = "ORG/provider-accounts/{account_id}/syncs"
HOUR = 3600


def listing(world: World, **settings: Any) -> None:
    """Let the sandbox list channels and customers; `a` has a connected customer, `b` is gone."""
    given = {"contacts": ["ref-a", "ref-new"], **settings}
    account = {"type": "sandbox", "settings": given}
    organizations.put_provider_account(ORGANIZATION, "sandbox", account)
    opened(world, a=5)
    telling(world, joined(world))()
    open_channel("b")
    world.drain()
    world.wait(HOUR)


@case("codes/request_sync: with customers")
def request_sync(world: World) -> Call:
    listing(world)
    account = {"type": "sandbox", "settings": {"contacts": ["ref-x"]}}
    organizations.put_provider_account(ORGANIZATION, "other", account)
    path = {"account_id": "other"}
    return staff(world, "codes/request_sync", f"POST {ALL}", {"customers": True}, path=path)


def wanted(world: World, **settings: Any) -> Call:
    """Ask for a sync; return the delivery of its event."""
    listing(world, **settings)
    syncs.want(ORGANIZATION, "sandbox", world.now, cause=syncs.OPERATOR, customers=True)
    (event,) = _events(world)
    return partial(world.deliver_event, "codes/run_sync", event)


def _events(world: World) -> list[dict[str, Any]]:
    for table in list(world.streams):
        records = world.take_records(table)
        if table.endswith("outbox"):
            world.deliver_records("outbox/relay_outbox", records)
    found, world.bus = world.bus, []
    return [event for event in found if event["type"] == "sync.wanted.v1"]


@case("codes/run_sync: one gone, one new, one outside, one lost")
def run_sync(world: World) -> Call:
    return wanted(world, customers={"ref-a": "stranger"})


@case("codes/run_sync: what is new is adopted, what is closed stays so")
def adopt(world: World) -> Call:
    call = wanted(world, customers={"ref-a": "wx-1"}, adopt=True)
    open_channel("a", cap=5, status="closed")
    return call


@case("codes/run_sync: an account that is not set up")
def misconfigured(world: World) -> Call:
    return wanted(world, fail="misconfigured")


@case("codes/run_sync: in two rounds")
def run_in_rounds(world: World) -> Call:
    call = wanted(world, customers={"ref-a": "stranger"})

    def first_round() -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(run_sync_handler, "ROUND_SECONDS", -1)
            call()

    return first_round


def sweeping(world: World) -> Call:
    def sweeps() -> None:
        world.minute("codes/start_due_syncs")
        world.wait(2 * 60)  # what the first one put off is due again
        world.minute("codes/start_due_syncs")

    return sweeps


@case("codes/start_due_syncs: an account")
def start_due(world: World) -> Call:
    wanted(world)()
    world.wait(HOUR)
    return sweeping(world)


@case("codes/start_due_syncs: a sync that was lost on the way")
def carry_on(world: World) -> Call:
    wanted(world)  # and it never arrives
    SyncSchedule(ORGANIZATION, "schedule#sandbox").delete()
    world.wait(HOUR)
    return sweeping(world)
