"""Bonus tasks: offered, accepted, counted, rewarded, taken back, reminded; hints (D6 to D9)."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from sluice.promoters.rules.bonuses import BonusRules, Message, Telling
from sluice.promoters.rules.hints import HintRules
from sluice.promoters.store import bonus_settings, figures
from sluice.promoters.tables import OwnFigures, PromoterTotal, Standing
from sluice.rewards.rules.programmes import Programme
from sluice.rewards.store import programmes
from tests.faults.operations import Call, case, staff
from tests.faults.world import World
from tests.support import bonuses as given
from tests.support.bonuses import APPLES, DAY, MERCHANT, PROMOTER, RULE
from tests.support.events import ORGANIZATION, http
from tests.support.push import channel, put_strategy
from tests.support.routes import BONUS_RULES, HINT_RULES
from tests.support.task_payments import BROWSER, brought, link

ACCEPT = {"offer_id": "apples", "channel_type": "wechat"}
WORDS = Message("{product}", "{missing} to go")


def settled(world: World, **more: Any) -> None:
    """Put an offer, a strategy, and settings that tell promoters by it."""
    given.put_offer(starts_at=world.now - DAY, ends_at=world.now + 30 * DAY)
    put_strategy(channel("sms"))
    telling = Telling("cheapest-first", WORDS, WORDS)
    bonus_settings.put(ORGANIZATION, None, BonusRules((RULE,), telling=telling, **more), world.now)


def happening(world: World, event_type: str, **data: Any) -> Call:
    """Return the delivery of an event of the promoter's task."""
    event = {
        "id": "event-1",
        "type": event_type,
        "organization_id": ORGANIZATION,
        "occurred_at": world.now.isoformat(),
        "version": 1,
        "data": {"offer_id": "apples", "member_id": PROMOTER, **data},
    }
    return partial(world.deliver_event, "promoters/count_bonus_tasks", event)


def sharing(world: World) -> Call:
    """Return the delivery of a share."""
    settled(world)
    return happening(world, "task.shared.v1", share_id="s-1", channel_type="wechat")


def accepting(world: World) -> Call:
    """Return the call that accepts what sharing brought about."""
    sharing(world)()
    path = {"member_id": PROMOTER}
    route = "POST ORG/promoters/{member_id}/bonus-tasks"
    return staff(world, "promoters/accept_bonus_task", route, ACCEPT, path=path)


def paying(world: World, order_id: str) -> Call:
    """Return the delivery of a payment."""
    paid_at = world.now.isoformat()
    return happening(world, "payment.settled.v1", order_id=order_id, paid_at=paid_at)


def nearly(world: World) -> None:
    """Accept a task of a programme with a hold period, and pay all but one of its orders."""
    programmes.put_programme(
        ORGANIZATION, Programme("bonus", {"CNY": 9000}, hold_seconds=60), world.now
    )
    accepting(world)()
    for number in range(4):
        paying(world, f"o-{number}")()


@case("promoters/put_bonus_rules: the organisation's, with hints")
def put_rules(world: World) -> Call:
    settled(world)
    body = BONUS_RULES | {"hints": HINT_RULES}
    return staff(world, "promoters/put_bonus_rules", "PUT ORG/bonus-rules", body)


@case("promoters/count_bonus_tasks: a share brings a task about")
def offer_task(world: World) -> Call:
    return sharing(world)


@case("promoters/accept_bonus_task: offered")
def accept_task(world: World) -> Call:
    return accepting(world)


@case("promoters/count_bonus_tasks: the payment that completes it")
def complete_task(world: World) -> Call:
    nearly(world)
    return paying(world, "last")


@case("promoters/count_bonus_tasks: a refund takes it back")
def uncomplete_task(world: World) -> Call:
    nearly(world)
    paying(world, "last")()
    paid_at = world.now.isoformat()
    return happening(world, "payment.refunded.v1", order_id="last", paid_at=paid_at, is_whole=True)


@case("promoters/follow_task_link: a visitor gets a coupon")
def give_coupon(world: World) -> Call:
    given.put_people(world.now)
    accepting(world)()
    product = replace(APPLES.product, url="https://orchard.example/apples")
    given.put_offer(starts_at=world.now - DAY, ends_at=world.now + 30 * DAY, product=product)
    code = link(PROMOTER)[1]["code"]
    _, cookie = brought(code)
    for number in range(4):
        paying(world, f"o-{number}")()
    event = http("GET /t/{code}", path={"code": code}, headers=BROWSER | {"Cookie": cookie})
    return partial(world.ask, "promoters/follow_task_link", event)


def sweeping(world: World) -> Call:
    """Return three runs of the sweeper: what the first one put off is due again."""

    def sweeps() -> None:
        for _ in range(3):
            world.minute("promoters/sweep_bonus_tasks")
            world.wait()

    return sweeps


@case("promoters/sweep_bonus_tasks: time is short")
def remind(world: World) -> Call:
    accepting(world)()
    world.now += timedelta(seconds=RULE.deadline_seconds - RULE.reminder_seconds + 1)
    return sweeping(world)


@case("promoters/sweep_bonus_tasks: time is over")
def miss(world: World) -> Call:
    accepting(world)()
    world.now += timedelta(seconds=RULE.deadline_seconds + 1)
    return sweeping(world)


@case("promoters/sweep_bonus_tasks: the reward is the promoter's own by now")
def follow_reward(world: World) -> Call:
    nearly(world)
    paying(world, "last")()
    world.now += timedelta(seconds=60)
    world.minute("rewards/clear_rewards")
    world.now += timedelta(minutes=2)
    return sweeping(world)


@case("promoters/sweep_bonus_tasks: the budget is there at last")
def reward_late(world: World) -> Call:
    nearly(world)
    poor = Programme("bonus", {"CNY": 1})
    programmes.put_programme(ORGANIZATION, poor, world.now)
    paying(world, "last")()
    programmes.put_programme(ORGANIZATION, Programme("bonus", {"CNY": 9000}), world.now)
    world.now += timedelta(hours=1)
    return sweeping(world)


@case("promoters/sweep_bonus_tasks: a hint opens, another ends")
def hint(world: World) -> Call:
    hints = HintRules(
        interval_seconds=3600,
        min_age_seconds=0,
        few_transactions=5,
        correlation_millionths=1,
        strategy_id="cheapest-first",
        title="{product}",
        body="{hint}",
    )
    settled(world, hints=hints)
    _stands(world, "apples", 9)
    _stands(world, "pears", 1)
    PromoterTotal(*figures.total_key(ORGANIZATION, "all", PROMOTER), transactions=1).save()
    own = figures.promoter_key(ORGANIZATION, PROMOTER)
    OwnFigures(own, figures.own_name("pears"), transactions=1).save()
    world.minute("promoters/sweep_bonus_tasks")
    world.settle()
    _stands(world, "apples", 1)
    _stands(world, "pears", 9)
    world.now += timedelta(hours=1)
    return sweeping(world)


def _stands(world: World, offer_id: str, transactions: int) -> None:
    Standing(
        *figures.standing_key(ORGANIZATION, offer_id),
        transactions=transactions,
        merchant_id=MERCHANT,
        product_type=APPLES.product.type,
        is_published=True,
        starts_at=world.now - DAY,
        ends_at=world.now + DAY,
    ).save()
