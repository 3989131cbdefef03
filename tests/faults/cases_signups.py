"""Signups of campaigns: made, judged, corrected, erased (B4, B6)."""

from collections.abc import Callable
from functools import partial
from typing import Any

from sluice.organizations import person_keys
from sluice.rewards.rules.programmes import Programme
from sluice.rewards.store import programmes, reversals
from tests.faults.operations import Call, case
from tests.faults.world import World
from tests.support.events import ORGANIZATION
from tests.support.rewards import rewards
from tests.support.signups import ANSWERS, begin, judge, judging, sign_up, signed_up, signing

ONE: dict[str, Any] = {"salespeople": ["zhou"]}  # who is given of several is chance


def signed(world: World, visitor: str = "v1") -> str:
    """Publish a campaign, sign a visitor up and return their customer."""
    code = begin(**ONE)
    sign_up(code, visitor)
    world.restart()
    return str(signed_up()[0].customer_id)


@case("campaigns/sign_up: the first customer")
def sign_up_first(world: World) -> Call:
    event = signing(begin(**ONE))
    world.restart()
    return partial(world.ask, "campaigns/sign_up", event)


@case("campaigns/sign_up: another customer, and the first again")
def sign_up_twice(world: World) -> Call:
    code = begin(**ONE)
    first = signing(code)
    world.ask("campaigns/sign_up", first)
    second = signing(code, "v2", answers=ANSWERS | {"phone": "+8613900000022"})

    def both() -> None:
        world.ask("campaigns/sign_up", second)
        world.ask("campaigns/sign_up", first)

    return both


@case("campaigns/record_feedback: took part, under a budget")
def took_part(world: World) -> Call:
    event = judging(signed(world), "took-part")
    return partial(world.ask, "campaigns/record_feedback", event)


@case("campaigns/record_feedback: corrected, the reward goes back")
def corrected(world: World) -> Call:
    customer_id = signed(world)
    judge(customer_id, "took-part")
    event = judging(customer_id, "cancelled")
    return partial(world.ask, "campaigns/record_feedback", event)


@case("campaigns/record_feedback: the budget is spent")
def without_budget(world: World) -> Call:
    customer_id = signed(world)
    judge(customer_id, "took-part")
    name = rewards()[0].programme
    judge(customer_id, "did-not")
    spent = Programme(name, budget={"CNY": 1})
    programmes.put_programme(ORGANIZATION, spent, world.now)
    event = judging(customer_id, "took-part")
    return partial(world.ask, "campaigns/record_feedback", event)


@case("campaigns/follow_events: a person in two campaigns")
def forget_person(world: World) -> Call:
    for campaign_id in ("spring", "autumn"):
        sign_up(begin(campaign_id, **ONE))
    judge(signed_up()[0].customer_id, "took-part", note="Her phone rings at noon.")
    key = person_keys.key_of(ORGANIZATION, person_keys.PHONE, "+8613800000011")
    event = {
        "id": "event-1",
        "type": "person.erased.v1",
        "organization_id": ORGANIZATION,
        "occurred_at": world.now.isoformat(),
        "version": 1,
        "data": {"person_keys": [key]},
    }
    return partial(world.deliver_event, "campaigns/follow_events", event)


@case("campaigns/follow_events: a reward taken back by hand")
def unrewarded(world: World) -> Call:
    return _taken_back(world, lambda natural_key: natural_key)


@case("campaigns/follow_events: a reward of an earlier release, whose key says no campaign")
def unrewarded_of_before(world: World) -> Call:
    return _taken_back(world, lambda natural_key: natural_key.partition(":")[2])


def _taken_back(world: World, named: Callable[[str], str]) -> Call:
    judge(signed(world), "took-part")
    (reward,) = rewards()
    reversals.reverse(ORGANIZATION, reward.reward_id, "by-mistake", world.now)
    data = {"programme": reward.programme, "natural_key": named(reward.natural_key)}
    event = {
        "id": "event-2",
        "type": "reward.reversed.v1",
        "organization_id": ORGANIZATION,
        "occurred_at": world.now.isoformat(),
        "version": 2,
        "data": data | {"reward_id": reward.reward_id},
    }
    return partial(world.deliver_event, "campaigns/follow_events", event)
