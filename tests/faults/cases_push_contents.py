"""Templates and contents: put, said, kept by their hash, chained."""

from functools import partial

from sluice.push.rules.contents import Content
from sluice.push.rules.templates import Template, Wording
from sluice.push.store import contents, templates
from sluice.shared.outbox import OutboxItem
from tests.faults.operations import Call, case, staff
from tests.faults.world import World
from tests.support.events import ORGANIZATION
from tests.support.push import USER, put_strategy

TEMPLATE = Template({"en": Wording("Tea, {name}", "It is here.")}, "en", ("name",))
BODY = {
    "locales": {"en": {"title": "Tea for {name}", "body": "It is here."}},
    "fallback_locale": "en",
    "variables": ["name"],
}


@case("push/put_template: in the place of another")
def put_template(world: World) -> Call:
    templates.put_template(ORGANIZATION, "tea", TEMPLATE, world.now)
    path = {"template_id": "tea"}
    return staff(world, "push/put_template", "PUT ORG/templates/{template_id}", BODY, path=path)


@case("push/dry_run: kept in the audit log, and nothing else", writes=False)
def dry_run(world: World) -> Call:
    put_strategy()
    path = {"strategy_id": "cheapest-first"}
    route = "POST ORG/strategies/{strategy_id}/dry-run"
    return staff(world, "push/dry_run", route, {"user_id": USER}, path=path)


@case("push/start_push: by a template")
def start_push(world: World) -> Call:
    templates.put_template(ORGANIZATION, "tea", TEMPLATE, world.now)
    put_strategy()
    body = {
        "strategy_id": "cheapest-first",
        "user_id": USER,
        "template_id": "tea",
        "variables": {"name": "Lin"},
    }
    return staff(world, "push/start_push", "POST ORG/pushes", body)


@case("push/append_content: the second of a chain")
def append_content(world: World) -> Call:
    first = contents.keep(ORGANIZATION, Content("One", "B"), world.now)
    contents.append(ORGANIZATION, str(first.version), world.now)
    contents.keep(ORGANIZATION, Content("Two", "B"), world.now)
    records = world.take_records(OutboxItem.Meta.table_name)
    world.deliver_records("outbox/relay_outbox", records)
    event = next(e for e in world.bus if e["data"]["version"] != first.version)
    world.bus.clear()
    return partial(world.deliver_event, "push/append_content", event)
