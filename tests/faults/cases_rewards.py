"""Rewards: granted by staff, partners and connections."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

from sluice.rewards.rules import Grant, Standing
from sluice.rewards.rules.checks import Checks, Velocity
from sluice.rewards.rules.programmes import Cap, Programme
from sluice.rewards.store import asking, programmes
from sluice.rewards.tables import Reward
from tests.faults.dump import Dump
from tests.faults.operations import Call, case, staff
from tests.faults.operations import partner as by_partner
from tests.faults.world import World
from tests.support.aws import items_of
from tests.support.events import ORGANIZATION

BODY = {"natural_key": "order:1", "owner_id": "lin", "amount_minor": 500, "currency": "CNY"}


@case("rewards/grant_reward: by an operator")
def grant(world: World) -> Call:
    return staff(world, "rewards/grant_reward", "POST ORG/rewards", BODY)


@case("rewards/grant_reward: by a partner")
def grant_by_partner(world: World) -> Call:
    return by_partner(world, "rewards/grant_reward", "rewards", "reward.grant.v1", BODY)


SETTINGS = {"budget": {"CNY": 900}, "caps": [{"max_count": 3}], "hold_seconds": 60}
WITHOUT_BUDGET = Programme("referral", hold_seconds=60)
WHEN_HELD = Programme("referral", {"CNY": 900}, checks=Checks(blacklist=True))


def settled(world: World, programme: Programme) -> Standing:
    """Settle the referral programme, and grant a reward by it."""
    programmes.put_programme(ORGANIZATION, programme, world.now)
    given = Grant("order:1", "lin", 500, "CNY", "manual")
    return asking.ask(ORGANIZATION, given, world.now)[0]


EVERYTHING = Programme(
    "referral",
    {"CNY": 900},
    caps=(Cap(period_days=30, max_count=3), Cap(currency="CNY", max_amount_minor=900)),
    hold_seconds=60,
)


@case("rewards/grant_reward: with a budget, caps and a hold period")
def grant_by_settings(world: World) -> Call:
    programmes.put_programme(ORGANIZATION, EVERYTHING, world.now)
    return staff(world, "rewards/grant_reward", "POST ORG/rewards", BODY)


@case("rewards/grant_reward: by settings without a budget")
def grant_without_budget(world: World) -> Call:
    programmes.put_programme(ORGANIZATION, WITHOUT_BUDGET, world.now)
    return staff(world, "rewards/grant_reward", "POST ORG/rewards", BODY)


@case("rewards/grant_reward: once more, when the programme is closed", writes=False)
def grant_again(world: World) -> Call:
    settled(world, EVERYTHING)
    programmes.put_programme(ORGANIZATION, replace(EVERYTHING, is_open=False), world.now)
    return staff(world, "rewards/grant_reward", "POST ORG/rewards", BODY)


def granted(_: World) -> Dump:
    """A counter that could not be read holds the reward (D10): compared is what is granted."""
    rewards = [item for item in items_of(Reward) if isinstance(item, Reward)]
    return {"REWARDS": [f"{item.key} {int(item.amount_minor)}" for item in rewards]}


@case("rewards/grant_reward: with a velocity", look=granted)
def grant_with_velocity(world: World) -> Call:
    wanted = Programme("referral", checks=Checks(velocities=(Velocity(3600, 5),)))
    programmes.put_programme(ORGANIZATION, wanted, world.now)
    return staff(world, "rewards/grant_reward", "POST ORG/rewards", BODY)


@case("rewards/reward_referral: a first connection")
def reward_referral(world: World) -> Call:
    event = {
        "id": "event-1",
        "type": "assignment.connected.v1",
        "organization_id": ORGANIZATION,
        "occurred_at": world.now.isoformat(),
        "version": 2,
        "data": {"customer_id": "c1", "referrer_id": "lin", "is_first": True},
    }
    return partial(world.deliver_event, "rewards/reward_referral", event)


@case("rewards/reward_referral: with a budget, caps and a hold period")
def referral_by_settings(world: World) -> Call:
    programmes.put_programme(ORGANIZATION, EVERYTHING, world.now)
    return reward_referral(world)


@case("rewards/reward_referral: by settings without a budget")
def referral_without_budget(world: World) -> Call:
    programmes.put_programme(ORGANIZATION, WITHOUT_BUDGET, world.now)
    return reward_referral(world)


@case("rewards/reward_referral: the programme is closed", writes=False)
def referral_closed(world: World) -> Call:
    programmes.put_programme(ORGANIZATION, replace(EVERYTHING, is_open=False), world.now)
    return reward_referral(world)


@case("rewards/put_programme: anew")
def put_programme(world: World) -> Call:
    settled(world, Programme("referral", {"CNY": 700, "PTS": None}))
    route = "PUT ORG/programmes/{programme}"
    return staff(world, "rewards/put_programme", route, SETTINGS, path={"programme": "referral"})


@case("rewards/decide_reward: approved")
def approve(world: World) -> Call:
    return _decision(world, "approve")


@case("rewards/decide_reward: rejected")
def reject(world: World) -> Call:
    return _decision(world, "reject")


def _decision(world: World, decision: str) -> Call:
    reward_id = settled(world, WHEN_HELD).reward_id
    body = {"decision": decision, "reason": "looked-at"}
    route = "POST ORG/rewards/{reward_id}/decision"
    return staff(world, "rewards/decide_reward", route, body, path={"reward_id": reward_id})


@case("rewards/clear_rewards: the hold period is over")
def clear_rewards(world: World) -> Call:
    settled(world, Programme("referral", {"CNY": 900}, hold_seconds=60))
    world.now += timedelta(seconds=60)
    return sweeping(world)


@case("rewards/clear_rewards: nobody reviewed it")
def expire_rewards(world: World) -> Call:
    settled(world, replace(WHEN_HELD, review_seconds=60))
    world.now += timedelta(seconds=60)
    return sweeping(world)


def sweeping(world: World) -> Call:
    """Return two runs of the sweeper: what the first one put off is due again."""

    def sweeps() -> None:
        for _ in range(2):
            world.minute("rewards/clear_rewards")
            world.wait()

    return sweeps
