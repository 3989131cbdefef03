"""Figures of pushes: counted, windows closed, users held out (E6)."""

from datetime import timedelta
from functools import partial

from sluice.push.rules.strategies import Terms
from sluice.push.tables import PushItem
from tests.faults.cases_push import BODY, TWO, sent
from tests.faults.operations import Call, case, staff
from tests.faults.world import World
from tests.support.push import behave, channel, put_strategy

PUSHES = PushItem.Meta.table_name


@case("push/count_pushes: a push that arrived late, and what it wasted")
def count_pushes(world: World) -> Call:
    sent(world, channel("wechat"), channel("sms"), **{"*": "late:61"})
    world.wait()
    world.states.time_out()
    world.run_tasks()
    world.deliver_messages("push/answer_sandbox", world.receipts())
    records = world.take_records(PUSHES)
    return partial(world.deliver_records, "push/count_pushes", records)


@case("push/repair_waits: a conversion window is over")
def repair_window(world: World) -> Call:
    sent(world)
    behave("bought", world.now)
    world.drain()
    world.now += timedelta(days=7)
    world.restart()
    return partial(world.minute, "push/repair_waits")


@case("push/start_push: to a user who is held out")
def start_held_out(world: World) -> Call:
    put_strategy(*TWO, terms=Terms("assumed", hold_out_percent=50))
    return staff(world, "push/start_push", "POST ORG/pushes", BODY | {"user_id": "u-1"})
