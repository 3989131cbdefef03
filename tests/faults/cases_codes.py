"""Channels, codes, joins, callbacks, and what streams and schedules make of them."""

import json
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from sluice.codes import visitors
from sluice.codes.rules.choice import Rule
from sluice.codes.rules.networks import Limits
from sluice.codes.store import channels, issued, networks, visits
from sluice.codes.tables import SeatItem, Visit
from sluice.organizations import access
from sluice.shared import signing
from tests.faults.operations import Call, case, staff
from tests.faults.world import World
from tests.support.codes import CODE, TODAY, open_channel
from tests.support.events import ORGANIZATION, http

CHANNEL = {"kind": "contact", "name": "A", "provider_ref": "ref-a", "cap": 5, "owner_id": "lin"}
ONE = "ORG/channels/{channel_id}"
CALLBACK = "POST /callbacks/{organization_id}/{provider_account_id}"
BROWSER = {"user-agent": "Mozilla/5.0", "accept": "application/json"}
MINUTE = 60
EXPIRY = 16 * 60  # a quarter of an hour, and a minute


def opened(world: World, **caps: int) -> None:
    """Open channels with these caps (one of 5 unless named), and a code of `lin`."""
    for channel_id, cap in (caps or {"a": 5}).items():
        open_channel(channel_id, cap=cap)
    issued.issue(
        ORGANIZATION,
        code=CODE,
        referrer_id="lin",
        campaign_id=None,
        rule=Rule(),
        expires_at=None,
        answer=None,
        claim=None,
        now=world.now,
    )
    world.restart()


def joining(world: World, visitor: str = "v1") -> Call:
    token = visitors.token(visitor, CODE, world.now)
    event = http("POST /s/{code}/join", path={"code": CODE}, body={"visitor_token": token})
    return lambda: world.ask("codes/assign_channel", event)


def joined(world: World, visitor: str = "v1") -> str:
    """Join; return the assignment's id."""
    answer: Any = joining(world, visitor)()
    assert answer["statusCode"] in {200, 201}, answer
    return str(json.loads(answer["body"])["assignment_id"])


def telling(world: World, assignment_id: str, event: str = "connected", ref: str = "wx-1") -> Call:
    """Return the provider's signed callback, a second after the last."""
    world.now += timedelta(seconds=1)
    at = world.now.isoformat()
    body = {"event": event, "assignment_id": assignment_id, "customer_ref": ref, "at": at}
    raw = json.dumps(body).encode()
    key = access.provider_key(ORGANIZATION, "sandbox")
    headers = signing.sign_webhook(key, "msg-1", world.now, raw)
    path = {"organization_id": ORGANIZATION, "provider_account_id": "sandbox"}
    event_ = http(CALLBACK, path=path, body=raw, headers=headers)
    return lambda: world.ask("codes/confirm_contact", event_)


@case("codes/put_channel: a new one")
def put_channel(world: World) -> Call:
    return staff(world, "codes/put_channel", f"PUT {ONE}", CHANNEL, path={"channel_id": "a"})


@case("codes/put_channel: closed with a seat in it")
def close_channel(world: World) -> Call:
    opened(world)
    joined(world)
    body = CHANNEL | {"status": "closed"}
    return staff(world, "codes/put_channel", f"PUT {ONE}", body, path={"channel_id": "a"})


@case("codes/remove_channel: with a seat in it")
def remove_channel(world: World) -> Call:
    opened(world)
    joined(world)
    return staff(world, "codes/remove_channel", f"DELETE {ONE}", path={"channel_id": "a"})


@case("codes/issue_code: for a referrer")
def issue_code(world: World) -> Call:
    return staff(world, "codes/issue_code", "POST ORG/codes", {"referrer_id": "lin"})


@case("codes/put_code: another rule")
def put_code(world: World) -> Call:
    opened(world)
    body, path = {"rule": {"kind": "group"}, "campaign_id": "spring"}, {"code_id": CODE}
    return staff(world, "codes/put_code", "PUT ORG/codes/{code_id}", body, path=path)


@case("codes/retire_code: one with a seat")
def retire_code(world: World) -> Call:
    opened(world)
    joined(world)
    path = {"code_id": CODE}
    return staff(world, "codes/retire_code", "DELETE ORG/codes/{code_id}", path=path)


# A scan without an answer brought no cookie: who scans again is another visitor, and seen twice.
@case("codes/handle_scan: a first scan", "VISITS", "STATISTICS", "CLAIMS")
def scan(world: World) -> Call:
    opened(world)
    event = http("GET /s/{code}", path={"code": CODE}, headers=BROWSER)
    return lambda: world.ask("codes/handle_scan", event)


@case("codes/assign_channel: a first seat")
def join(world: World) -> Call:
    opened(world)
    return joining(world)


@case("codes/assign_channel: the same again", writes=False)
def join_again(world: World) -> Call:
    opened(world)
    joined(world)
    return joining(world)


@case("codes/assign_channel: renewed after its time")
def join_renewed(world: World) -> Call:
    opened(world)
    joined(world)
    call = joining(world)  # a token is as old as the real clock says
    world.wait(EXPIRY)
    return call


@case("codes/assign_channel: moved from a removed channel")
def join_moved(world: World) -> Call:
    opened(world)
    joined(world)
    open_channel("b")
    channels.remove_channel(ORGANIZATION, "a")
    world.restart()
    return joining(world)


@case("codes/assign_channel: past a full channel")
def join_past_full(world: World) -> Call:
    opened(world, a=1)
    joined(world, "v0")
    open_channel("b", backup=True)
    return joining(world)


@case("codes/assign_channel: taking back what expired")
def join_taking_back(world: World) -> Call:
    opened(world, a=1)
    joined(world, "v0")
    call = joining(world)
    world.wait(EXPIRY)
    return call


@case("codes/assign_channel: sold out")
def join_sold_out(world: World) -> Call:
    opened(world, a=1)
    joined(world, "v0")
    return joining(world)


@case("codes/assign_channel: counted for its network")
def join_counted(world: World) -> Call:
    opened(world)
    call = joining(world)

    def strained() -> object:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(networks, "LIMITS", Limits(0, 1, 900))
            return call()

    return strained


@case("codes/confirm_contact: connected")
def connect(world: World) -> Call:
    opened(world)
    return telling(world, joined(world))


@case("codes/confirm_contact: lost")
def lose(world: World) -> Call:
    opened(world)
    seat = joined(world)
    telling(world, seat)()
    return telling(world, seat, "lost")


@case("codes/confirm_contact: late, over the cap")
def connect_late(world: World) -> Call:
    opened(world, a=1)
    seat = joined(world)
    world.wait(EXPIRY)
    world.minute("codes/release_expired_seats")
    world.now -= timedelta(seconds=EXPIRY)  # a token is as old as the real clock says
    joined(world, "v2")
    return telling(world, seat)


@case("codes/confirm_contact: two customers are one")
def merge(world: World) -> Call:
    opened(world)
    telling(world, joined(world, "v1"), ref="wx-1")()
    return telling(world, joined(world, "v2"), ref="wx-1")


def _seat_records(world: World) -> list[dict[str, Any]]:
    opened(world, a=1)
    seat = joined(world, "v1")
    telling(world, seat)()
    telling(world, seat, "lost")()
    joined(world, "v2")
    return world.take_records(SeatItem.Meta.table_name)


@case("codes/count_changes: four changes of seats")
def count_seats(world: World) -> Call:
    records = _seat_records(world)
    world.deliver_records("codes/relay_assignments", records)
    return partial(world.deliver_records, "codes/count_changes", records)


@case("codes/count_changes: views")
def count_views(world: World) -> Call:
    opened(world)
    code = issued.read_code(CODE, world.now)
    for _ in range(2):
        visits.count_view(code, "v1", TODAY, world.now)
    records = world.take_records(Visit.Meta.table_name)
    return partial(world.deliver_records, "codes/count_changes", records)


@case("codes/relay_assignments: four changes of seats")
def relay_assignments(world: World) -> Call:
    records = _seat_records(world)
    world.deliver_records("codes/count_changes", records)
    return partial(world.deliver_records, "codes/relay_assignments", records)


@case("codes/release_expired_seats: two of three")
def release(world: World) -> Call:
    opened(world)
    for visitor in ("v1", "v2"):
        joined(world, visitor)
    telling(world, joined(world, "v3"))()
    world.wait(EXPIRY)

    def sweeps() -> None:
        world.minute("codes/release_expired_seats")
        world.wait(2 * MINUTE)  # what the first one put off is due again
        world.minute("codes/release_expired_seats")

    return sweeps
