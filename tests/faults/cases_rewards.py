"""Rewards: granted by staff, partners and connections."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

from sluice.rewards.rules import Grant, Standing
from sluice.rewards.rules.checks import Checks
from sluice.rewards.rules.programmes import Cap, Programme
from sluice.rewards.store import asking, programmes
from tests.faults.operations import Call, case, staff
from tests.faults.operations import partner as by_partner
from tests.faults.world import World
from tests.support.events import ORGANIZATION

BODY = {"natural_key": "order:1", "owner_id": "lin", "amount_minor": 500, "currency": "CNY"}


@case("rewards/grant_reward: by an operator")
def grant(world: World) -> Call:
    return staff(world, "rewards/grant_reward", "POST ORG/rewards", BODY)


@case("rewards/grant_reward: by a partner")
def grant_by_partner(world: World) -> Call:
    return by_partner(world, "rewards/grant_reward", "rewards", "reward.grant.v1", BODY)


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


SETTINGS = {"budget": {"CNY": 900}, "caps": [{"max_count": 3}], "hold_seconds": 60}
WHEN_HELD = Programme("referral", {"CNY": 900}, checks=Checks(blacklist=True))


def settled(world: World, programme: Programme) -> Standing:
    """Settle the referral programme, and grant a reward by it."""
    programmes.put_programme(ORGANIZATION, programme, world.now)
    given = Grant("order:1", "lin", 500, "CNY", "manual")
    return asking.ask(ORGANIZATION, given, world.now)[0]


@case("rewards/grant_reward: with a budget, a cap and a hold period")
def grant_pending(world: World) -> Call:
    caps = (Cap(period_days=30, max_count=3),)
    wanted = Programme("referral", {"CNY": 900}, caps=caps, hold_seconds=60)
    programmes.put_programme(ORGANIZATION, wanted, world.now)
    return staff(world, "rewards/grant_reward", "POST ORG/rewards", BODY)


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
