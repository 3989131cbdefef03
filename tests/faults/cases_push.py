"""Pushes: started, stepped on, settled, cancelled, repaired."""

import json
from functools import partial
from typing import Any

from sluice.organizations import access
from sluice.organizations import store as organizations
from sluice.push.store import pushes
from sluice.push.store.held import load_push
from sluice.push.tables import Attempt, PushItem
from sluice.shared import ids, signing
from sluice.shared.outbox import OutboxItem
from tests.faults.operations import Call, case, partner, staff
from tests.faults.world import Record, World
from tests.support.aws import items_of
from tests.support.events import ORGANIZATION, http
from tests.support.push import CONTENT, USER, begin_attempt, behave, channel, put_strategy, script

BODY = {
    "strategy_id": "cheapest-first",
    "user_id": USER,
    "content": {"title": "Spring tea", "body": "It is here.", "content_id": "spring-tea"},
}
STRATEGY = {
    "purpose": "service",
    "channels": [{"channel": "wechat", "wait_seconds": 60}],
    "behaviours": {"opened": "seen"},
}
RECEIPT = "POST /receipts/{organization_id}/{provider_account_id}"
TWO = (channel("wechat"), channel("sms"))


def requested(world: World, *channels: Any, **words: str) -> str:
    """Store a push, up to its event on the bus; the sandbox accepts and is silent unless told."""
    script(**(words or {"*": "accept"}))
    put_strategy(*(channels or TWO))
    push_id = pushes.start_push(
        ORGANIZATION, USER, "cheapest-first", CONTENT, claim=None, now=world.now
    )
    world.notes["pushes"] = [push_id]
    records = world.take_records(OutboxItem.Meta.table_name)
    world.deliver_records("outbox/relay_outbox", records)
    return push_id


def request(world: World) -> Record:
    """Take the request of a push from the bus; what else is there stays."""
    (event,) = [event for event in world.bus if event["type"] == "push.requested.v1"]
    world.bus.remove(event)
    return event


def started(world: World, *channels: Any, **words: str) -> str:
    """Start a push's execution; its first task is about to run."""
    push_id = requested(world, *channels, **words)
    world.deliver_event("push/start_chain", request(world))
    return push_id


def sent(world: World, *channels: Any, **words: str) -> str:
    """Start a push and send on its first channel."""
    push_id = started(world, *channels, **words)
    world.run_tasks()
    return push_id


def attempts() -> list[Attempt]:
    found = [item for item in items_of(PushItem) if isinstance(item, Attempt)]
    return sorted(found, key=lambda attempt: attempt.position)


def receiving(world: World, status: str, position: int = 0, **more: str) -> Call:
    """Return the sandbox's signed receipt for an attempt."""
    tracking_id = attempts()[position].tracking_id
    body = {"type": "receipt", "status": status, "tracking_id": tracking_id, **more}
    raw = json.dumps(body | {"at": world.now.isoformat()}).encode()
    key = access.provider_key(ORGANIZATION, "sandbox")
    headers = signing.sign_webhook(key, "msg-1", world.now, raw)
    path = {"organization_id": ORGANIZATION, "provider_account_id": "sandbox"}
    event = http(RECEIPT, path=path, body=raw, headers=headers)
    return lambda: world.ask("push/receive_receipt", event)


@case("push/put_strategy: a first version")
def put_strategy_first(world: World) -> Call:
    route = "PUT ORG/strategies/{strategy_id}"
    return staff(world, "push/put_strategy", route, STRATEGY, path={"strategy_id": "s"})


@case("push/put_strategy: a second version")
def put_strategy_second(world: World) -> Call:
    put_strategy(*TWO, strategy_id="s")
    route = "PUT ORG/strategies/{strategy_id}"
    return staff(world, "push/put_strategy", route, STRATEGY, path={"strategy_id": "s"})


@case("push/put_strategy: through an account of its own")
def put_strategy_account(world: World) -> Call:
    organizations.put_provider_account(ORGANIZATION, "second", {"type": "sandbox"})
    body = STRATEGY | {
        "channels": [{"channel": "wechat", "wait_seconds": 60, "provider": "second"}]
    }
    route = "PUT ORG/strategies/{strategy_id}"
    return staff(world, "push/put_strategy", route, body, path={"strategy_id": "s"})


@case("push/start_push: by an operator")
def start_push(world: World) -> Call:
    put_strategy(*TWO)
    return staff(world, "push/start_push", "POST ORG/pushes", BODY)


@case("push/start_push: by a partner")
def start_push_by_partner(world: World) -> Call:
    put_strategy(*TWO)
    return partner(world, "push/start_push", "pushes", "push.start.v1", BODY)


@case("push/start_chain: a requested push")
def start_chain(world: World) -> Call:
    requested(world)
    return partial(world.deliver_event, "push/start_chain", request(world))


@case("push/push_step: sends, and the receipt comes")
def step_sends(world: World) -> Call:
    started(world, **{"*": "deliver"})
    return world.run_tasks


@case("push/push_step: the provider rejects")
def step_rejected(world: World) -> Call:
    three = (channel("wechat"), channel("app"), channel("sms"))
    started(world, *three, **{"wechat": "reject", "*": "deliver"})
    return world.run_tasks


@case("push/push_step: on the last channel")
def step_last(world: World) -> Call:
    started(world, channel("sms"), **{"*": "deliver"})
    return world.run_tasks


@case("push/push_step: the last channel rejects")
def step_last_rejected(world: World) -> Call:
    started(world, channel("sms"), **{"*": "reject"})
    return world.run_tasks


@case("push/push_step: a retry of what a dead process had begun")
def step_retried(world: World) -> Call:
    push_id = started(world, channel("sms"), **{"*": "deliver"})
    held = load_push(ORGANIZATION, push_id)
    begin_attempt(held, 0, "token-of-the-dead", ids.unguessable(), world.now)
    return world.run_tasks


@case("push/push_step: behaviour proves the first")
def step_looks_back(world: World) -> Call:
    sent(world)
    behave("opened", world.now, "spring-tea")
    world.drain()
    world.wait()
    world.states.time_out()
    return world.run_tasks


@case("push/push_step: after a cancellation")
def step_cancelled(world: World) -> Call:
    push_id = started(world)
    pushes.cancel_push(ORGANIZATION, push_id, world.now)
    return world.run_tasks


@case("push/receive_receipt: delivered")
def delivered(world: World) -> Call:
    sent(world)
    return receiving(world, "delivered")


@case("push/receive_receipt: failed, on to the next")
def failed(world: World) -> Call:
    sent(world, wechat="accept", sms="deliver")
    return receiving(world, "failed")


@case("push/receive_receipt: late, after the next was sent")
def delivered_late(world: World) -> Call:
    sent(world, channel("wechat"), channel("app"), channel("sms"))
    world.wait()
    world.states.time_out()
    world.run_tasks()
    return receiving(world, "delivered")


@case("push/answer_sandbox: a receipt")
def answer_sandbox(world: World) -> Call:
    sent(world, **{"*": "deliver"})
    return partial(world.deliver_messages, "push/answer_sandbox", world.receipts())


@case("push/answer_sandbox: a receipt without an id")
def answer_without_id(world: World) -> Call:
    sent(world, **{"*": "no_id"})
    behave("opened", world.now, "spring-tea")
    return partial(world.deliver_messages, "push/answer_sandbox", world.receipts())


@case("push/cancel_push: while it waits")
def cancel(world: World) -> Call:
    push_id = sent(world)
    route, path = "DELETE ORG/pushes/{push_id}", {"push_id": push_id}
    return staff(world, "push/cancel_push", route, path=path)


@case("push/record_behaviour: opened")
def record_behaviour(world: World) -> Call:
    data = {"user_id": USER, "kind": "opened", "at": world.now.isoformat()}
    return partner(world, "push/record_behaviour", "behaviours", "behaviour.recorded.v1", data)


@case("push/repair_waits: never started")
def repair_start(world: World) -> Call:
    requested(world)
    world.bus.clear()
    world.wait()
    return partial(world.minute, "push/repair_waits")


@case("push/repair_waits: its execution was lost")
def repair_lost(world: World) -> Call:
    sent(world)
    world.states.lose()
    world.wait(180)
    return partial(world.minute, "push/repair_waits")


@case("push/repair_waits: a signal was lost")
def repair_signal(world: World) -> Call:
    push_id = sent(world)
    pushes.cancel_push(ORGANIZATION, push_id, world.now)
    world.wait()
    return partial(world.minute, "push/repair_waits")


@case("push/repair_waits: the last wait is over")
def repair_last(world: World) -> Call:
    sent(world, channel("sms"))
    world.wait()
    return partial(world.minute, "push/repair_waits")
