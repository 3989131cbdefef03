"""Webhooks: put, removed, tried, fed with events, delivered to (F3)."""

from collections.abc import Callable
from functools import partial

import msgspec
import pytest

from sluice.shared import outside
from sluice.webhooks import queue
from sluice.webhooks.queue import Due
from sluice.webhooks.store import accepting, webhooks
from sluice.webhooks.store.webhooks import Wanted
from sluice.webhooks.tables import Delivery
from tests.faults.dump import Dump
from tests.faults.operations import Call, case, staff
from tests.faults.world import World
from tests.support.events import ORGANIZATION, claims, http
from tests.support.webhooks import campaign_changed, deliveries_of

ONE = "ORG/webhooks/{webhook_id}"
BODY = {"url": "https://crm.example.com/", "events": ["campaign.*"]}
WANTED = Wanted("https://crm.example.com/", {"campaign.*"}, None, "active")
MINUTES = 12  # a lost message is sent again by then


def answering(world: World, *statuses: int) -> None:
    """Let receivers answer these in turn, then 200."""
    answers = list(statuses)

    def post(url: str, headers: object, body: bytes) -> outside.Answer:  # noqa: ARG001 - the client's
        return outside.Answer(answers.pop(0) if answers else 200, {}, b"")

    patch = world.ends.enter_context(pytest.MonkeyPatch.context())
    patch.setattr(outside, "post_public", post)


def put(world: World, *statuses: int) -> None:
    """Put a webhook whose receiver answers."""
    answering(world, *statuses)
    webhooks.put_webhook(ORGANIZATION, "crm", WANTED, world.now)


def heard(world: World) -> Dump:
    """Look at what became of deliveries, once lost messages were sent again; and of webhooks."""
    for _ in range(MINUTES):
        world.wait()
        world.minute("webhooks/feed_webhooks")
        world.drain()
    return {
        "DELIVERIES": sorted({f"{each.type} {each.status}" for each in deliveries_of()}),
        "WEBHOOKS": [
            f"{each.webhook_id} {each.status} {int(each.secret_version)}"
            for each in webhooks.list_webhooks(ORGANIZATION)
        ],
    }


def manage(method: str, end: str = "", body: object = None, **path: str) -> Callable[[World], Call]:
    """Return a call of an operator."""
    route = f"{method} {ONE}{end}"
    given = {"webhook_id": "crm"} | path
    return lambda world: staff(world, "webhooks/manage_webhooks", route, body, path=given)


@case("webhooks/manage_webhooks: a new one", look=heard)
def put_new(world: World) -> Call:
    answering(world)
    return manage("PUT", body=BODY)(world)


@case("webhooks/manage_webhooks: another secret", look=heard)
def rotate(world: World) -> Call:
    put(world)
    return manage("PUT", body=BODY | {"rotate_from": 1})(world)


@case("webhooks/manage_webhooks: no longer wanted", look=heard)
def remove(world: World) -> Call:
    put(world)
    return manage("DELETE")(world)


@case("webhooks/manage_webhooks: a test", look=heard)
def try_one(world: World) -> Call:
    put(world)
    return manage("POST", "/test")(world)


def refused(world: World) -> Delivery:
    """Return a delivery whose receiver was gone and is back."""
    put(world, 410)
    (found,) = accepting.accept(campaign_changed(world.now), world.now)
    queue.wake(found, world.now)
    world.drain()
    webhooks.put_webhook(ORGANIZATION, "crm", WANTED, world.now)
    return found


@case("webhooks/manage_webhooks: what failed since a time again", look=heard)
def replay_since(world: World) -> Call:
    since = refused(world).occurred_at.isoformat()
    route = f"POST {ONE}/replays".replace("ORG", "/organizations/{organization_id}")
    path = {"organization_id": ORGANIZATION, "webhook_id": "crm"}
    event = http(route, path=path, query={"since": since}, claims=claims("operator"))
    return lambda: world.ask("webhooks/manage_webhooks", event)


@case("webhooks/manage_webhooks: a delivery again", look=heard)
def replay(world: World) -> Call:
    found = refused(world)
    return manage("POST", "/deliveries/{delivery_id}/replay", delivery_id=found.item)(world)


@case("webhooks/feed_webhooks: an event", look=heard)
def feed(world: World) -> Call:
    put(world)
    event = msgspec.to_builtins(campaign_changed(world.now))
    return partial(world.deliver_event, "webhooks/feed_webhooks", event)


@case("webhooks/feed_webhooks: what lost its message", look=heard)
def call_overdue(world: World) -> Call:
    put(world)
    accepting.accept(campaign_changed(world.now), world.now)
    world.wait(int(accepting.SOON.total_seconds()))
    return partial(world.minute, "webhooks/feed_webhooks")


def delivering(world: World, *statuses: int) -> Call:
    """Return the delivery of a message of the queue."""
    put(world, *statuses)
    (found,) = accepting.accept(campaign_changed(world.now), world.now)
    due = Due(ORGANIZATION, "crm", found.item)
    record = {"messageId": "m-0", "body": msgspec.json.encode(due).decode()}
    return partial(world.deliver_messages, "webhooks/deliver_webhook", [record])


@case("webhooks/deliver_webhook: heard at once", look=heard)
def deliver(world: World) -> Call:
    return delivering(world)


@case("webhooks/deliver_webhook: heard the second time", look=heard)
def deliver_twice(world: World) -> Call:
    return delivering(world, 500)


@case("webhooks/deliver_webhook: its receiver is gone", look=heard)
def deliver_gone(world: World) -> Call:
    return delivering(world, *[410] * 20)
