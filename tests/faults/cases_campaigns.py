"""Campaigns: published, and their members brought in line (B1)."""

from datetime import timedelta
from http import HTTPStatus
from typing import Any

from functions.campaigns.put_campaign.handler import handler as put_campaign_handler
from sluice.organizations import store
from tests.faults.operations import Call, case, staff
from tests.faults.world import World
from tests.support.campaign_bodies import CAMPAIGN
from tests.support.events import ORGANIZATION, claims, http

ROUTE = "/organizations/{organization_id}/campaigns/{campaign_id}"
PATH = {"campaign_id": "spring"}


def with_campaign(world: World, **changes: Any) -> None:
    """Put a salesperson and a campaign."""
    member = {"name": "Zhou", "roles": {"member"}}
    store.put_member(ORGANIZATION, "zhou", member, world.now)
    path = {"organization_id": ORGANIZATION, "campaign_id": "spring"}
    body = running(world) | changes
    answer = put_campaign_handler(http(f"PUT {ROUTE}", path=path, body=body, claims=claims()), None)
    assert answer["statusCode"] == HTTPStatus.OK, answer


def running(world: World) -> dict[str, Any]:
    """Return a campaign of these months: the same in each run, and outlasts what faults put off."""
    begun = world.now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    times = {"starts_at": begun, "ends_at": begun + timedelta(days=300)}
    return CAMPAIGN | {name: moment.isoformat() for name, moment in times.items()}


@case("campaigns/put_campaign: a draft is published")
def put_campaign(world: World) -> Call:
    with_campaign(world, status="draft")
    route = "PUT ORG/campaigns/{campaign_id}"
    return staff(world, "campaigns/put_campaign", route, running(world), path=PATH)


@case("campaigns/tend_campaigns: members come, one goes, a change is told")
def tend_campaigns(world: World) -> Call:
    with_campaign(world)
    world.minute("campaigns/tend_campaigns")
    with_campaign(world, title="Summer", audience={"member_ids": ["lin"]})
    return _minutes(world)


@case("campaigns/tend_campaigns: members are invited")
def invite_members(world: World) -> Call:
    with_campaign(world)
    return _minutes(world)


def _minutes(world: World) -> Call:
    """Return two rounds: what the first one put off is due again."""

    def rounds() -> None:
        for _ in range(2):
            world.minute("campaigns/tend_campaigns")
            world.wait()

    return rounds
