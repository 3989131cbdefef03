"""Runs: ordered, set going, paused, put in batches, sent."""

import msgspec

from sluice.push.rules.audiences import Audience
from sluice.push.rules.courtesy import Person
from sluice.push.rules.run_words import Words
from sluice.push.rules.runs import Status
from sluice.push.rules.templates import Template, Wording, words
from sluice.push.store import contents, recipients, runs
from sluice.push.store.templates import put_template
from sluice.shared.outbox import OutboxItem
from tests.faults.operations import Call, case, staff
from tests.faults.world import World
from tests.support.events import ORGANIZATION
from tests.support.push import CONTENT, channel, put_strategy, script
from tests.support.runs import named, upload

TWO = (channel("wechat"), channel("sms"))
RUN = "PUT ORG/runs/{run_id}"
BODY = {
    "strategy_id": "cheapest-first",
    "content": {"title": "Spring tea", "body": "It is here."},
}
TEMPLATE = Template(
    {"en": Wording("Tea, {name}", "It is here."), "zh-CN": Wording("{name}", "春茶")},
    "en",
    ("name",),
)
LIST = Audience("upload", format="ndjson", size_bytes=100)


def ordered(
    world: World,
    audience: Audience,
    users: int = 0,
    *,
    says: dict[str, str] | None = None,
    words: Words | None = None,
) -> str:
    """Order a run; the sandbox delivers unless told otherwise."""
    script(**(says or {"*": "deliver"}))
    put_strategy(*TWO)
    return runs.start_run(
        ORGANIZATION,
        "cheapest-first",
        CONTENT,
        audience,
        named(users),
        words=words,
        base_url=None,
        claim=None,
        now=world.now,
    )


def going(world: World, audience: Audience, users: int = 0, **says: str) -> str:
    """Order a run, up to its execution, which is about to begin."""
    run_id = ordered(world, audience, users, says=says)
    begin(world)
    return run_id


def begin(world: World) -> None:
    """Start the execution that was asked for."""
    records = world.take_records(OutboxItem.Meta.table_name)
    world.deliver_records("outbox/relay_outbox", records)
    requested = [event for event in world.bus if event["type"] == "run.requested.v1"]
    world.bus.clear()
    for event in requested:
        world.deliver_event("push/start_chain", event)


def changing(world: World, run_id: str, status: str) -> Call:
    return staff(world, "push/change_run", RUN, {"status": status}, path={"run_id": run_id})


@case("push/start_run: users named with it")
def start_run(world: World) -> Call:
    script(**{"*": "deliver"})
    put_strategy(*TWO)
    body = BODY | {"audience": {"user_ids": ["u-0", "u-1"]}}
    return staff(world, "push/start_run", "POST ORG/runs", body)


@case("push/start_run: by a template")
def start_run_by_template(world: World) -> Call:
    script(**{"*": "deliver"})
    put_strategy(*TWO)
    put_template(ORGANIZATION, "tea", TEMPLATE, world.now)
    says = {"template_id": "tea", "variables": {"name": "friend"}}
    body = {"strategy_id": "cheapest-first", "audience": {"user_ids": ["u-0", "u-1"]}} | says
    return staff(world, "push/start_run", "POST ORG/runs", body)


@case("push/start_run: a list to come")
def start_run_of_a_list(world: World) -> Call:
    put_strategy(*TWO)
    body = BODY | {"audience": {"upload": {"format": "csv", "size_bytes": 100}}}
    return staff(world, "push/start_run", "POST ORG/runs", body)


@case("push/change_run: a list has come")
def begin_run(world: World) -> Call:
    run_id = ordered(world, LIST)
    upload(run_id, b"\n".join(map(msgspec.json.encode, named(3))))
    return changing(world, run_id, "running")


@case("push/change_run: paused")
def pause_run(world: World) -> Call:
    return changing(world, going(world, Audience("users"), 2), "paused")


@case("push/change_run: resumed")
def resume_run(world: World) -> Call:
    run_id = going(world, Audience("users"), 2)
    runs.change_run(ORGANIZATION, run_id, Status.PAUSED, world.now)
    world.drain()
    return changing(world, run_id, "running")


@case("push/change_run: cancelled")
def cancel_run(world: World) -> Call:
    return changing(world, going(world, Audience("users"), 2), "cancelled")


@case("push/advance_run: who has a tag")
def advance_tag(world: World) -> Call:
    for user in named(2):
        recipients.put_recipient(ORGANIZATION, user.user_id, Person(tags=("tea",)), world.now)
    going(world, Audience("tag", tag="tea"))
    return world.play_runs


@case("push/advance_run: a list")
def advance_list(world: World) -> Call:
    run_id = ordered(world, LIST)
    upload(run_id, b"\n".join(map(msgspec.json.encode, named(2))))
    world.drain()
    runs.change_run(ORGANIZATION, run_id, Status.RUNNING, world.now)
    begin(world)
    return world.play_runs


@case("push/send_batch: a list by a template, in two languages")
def send_by_template(world: World) -> Call:
    recipients.put_recipient(ORGANIZATION, "u-1", Person(locale="zh-CN"), world.now)
    # So one language is new: which of two comes first in the chain is chance.
    contents.keep(ORGANIZATION, words(TEMPLATE, "en"), world.now)
    run_id = ordered(world, LIST, words=Words("tea", TEMPLATE, {"name": "friend"}))
    upload(run_id, b"\n".join(map(msgspec.json.encode, named(2))))
    world.drain()
    runs.change_run(ORGANIZATION, run_id, Status.RUNNING, world.now)
    begin(world)
    return world.play_runs


@case("push/send_batch: one is refused and goes on")
def send_batch(world: World) -> Call:
    going(world, Audience("users"), 2, **{"u-0/wechat": "reject", "*": "deliver"})
    return world.play_runs


@case("push/repair_waits: a run whose execution was lost")
def repair_run(world: World) -> Call:
    ordered(world, Audience("users"), 2)
    records = world.take_records(OutboxItem.Meta.table_name)
    world.deliver_records("outbox/relay_outbox", records)
    world.bus.clear()
    world.wait(601)
    return lambda: world.minute("push/repair_waits")
