"""Rewards: granted by staff, partners and connections."""

from functools import partial

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
