"""The waiting list: entered, left, served, swept."""

from functools import partial
from typing import Any

from sluice.codes import visitors
from sluice.codes.rules.choice import Rule
from sluice.codes.rules.waiting import Waiting
from sluice.codes.store import issued
from tests.faults.cases_codes import EXPIRY, joined, joining
from tests.faults.operations import Call, case
from tests.faults.world import World
from tests.support.codes import CODE, issue_code, open_channel
from tests.support.events import ORGANIZATION, http

HOUR = 3_600
APART_SECONDS = 61  # between two attempts of an event: the turn of a run that died is over


def waited_for(world: World, *waiting: str, kind: str | None = None) -> None:
    """Open a channel with one place, let somebody take it, and let others wait for it."""
    open_channel("a", cap=1)
    issued.issue(
        ORGANIZATION,
        code=CODE,
        referrer_id="lin",
        campaign_id=None,
        rule=Rule(waiting=Waiting(hours=1, called_seconds=600), kind=kind),  # type: ignore[arg-type]
        expires_at=None,
        answer=None,
        claim=None,
        now=world.now,
    )
    world.restart()
    joined(world, "first")
    for visitor in waiting:
        answer: Any = joining(world, visitor)()
        assert answer["statusCode"] == 202, answer


def leaving(world: World, visitor: str) -> Call:
    token = visitors.token(visitor, CODE, world.now)
    event = http("POST /s/{code}/leave", path={"code": CODE}, body={"visitor_token": token})
    return lambda: world.ask("codes/leave_code", event)


def serving(world: World) -> Call:
    event = {
        "id": "event-1",
        "type": "channel.changed.v1",
        "organization_id": ORGANIZATION,
        "occurred_at": world.now.isoformat(),
        "version": 2,
        "data": {},
    }
    return partial(world.deliver_event, "codes/serve_waiting", event, APART_SECONDS)


@case("codes/assign_channel: onto the waiting list")
def enter(world: World) -> Call:
    waited_for(world)
    return joining(world)


@case("codes/assign_channel: behind those who wait")
def enter_behind(world: World) -> Call:
    waited_for(world, "v1")
    open_channel("a", cap=2)
    return joining(world, "v2")


@case("codes/leave_code: a place")
def leave_place(world: World) -> Call:
    waited_for(world, "v1", "v2")
    return leaving(world, "v1")


@case("codes/leave_code: a seat, which another waits for")
def leave_seat(world: World) -> Call:
    waited_for(world, "v1")
    return leaving(world, "first")


@case("codes/serve_waiting: two of three")
def serve(world: World) -> Call:
    waited_for(world, "v1", "v2", "v3")
    open_channel("a", cap=3)
    open_channel("g", cap=0, kind="group")
    world.restart()
    return serving(world)


@case("codes/serve_waiting: one who has a seat of theirs that has expired")
def serve_renewed(world: World) -> Call:
    waited_for(world, "v1")
    issue_code("WTHUTLST2345")
    open_channel("a", cap=2)
    world.restart()
    token = visitors.token("v1", "WTHUTLST2345", world.now)
    event = http(
        "POST /s/{code}/join", path={"code": "WTHUTLST2345"}, body={"visitor_token": token}
    )
    world.ask("codes/assign_channel", event)
    world.wait(EXPIRY)
    return serving(world)


@case("codes/sweep_waiting: one whose time is over, and one who is served")
def sweep(world: World) -> Call:
    waited_for(world, "v1", "v2")
    token = visitors.token("v3", CODE, world.now)
    event = http("POST /s/{code}/join", path={"code": CODE}, body={"visitor_token": token})
    leaving(world, "v2")()
    world.wait(HOUR // 2)
    world.ask("codes/assign_channel", event)
    world.wait(HOUR // 2)
    open_channel("a", cap=2)
    open_channel("g", cap=0, kind="group")
    world.restart()

    def sweeps() -> None:
        for _ in range(2):  # what the first one put off is due again
            world.minute("codes/sweep_waiting")
            world.wait()

    return sweeps
