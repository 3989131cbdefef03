"""A campaign with members whose figures are known, put where the functions read them."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from sluice.campaigns.rules.campaigns import Audience, Definition, Landing, Reward, Targets
from sluice.campaigns.store import campaigns, participations, performance
from sluice.campaigns.tables import CampaignItem, Day, Link, Participation
from sluice.codes.rules.counts import TOTAL, Row
from sluice.codes.store.statistics import key_of
from sluice.codes.tables import StatisticsRow
from sluice.shared import ids
from tests.support.events import ORGANIZATION
from tests.support.staff import NOW

SPRING = "spring"
DEFINITION = Definition(
    title="Spring fair",
    introduction="Everyone who comes gets tea.\nBring a friend.",
    starts_at=datetime(2026, 3, 1, tzinfo=UTC),
    ends_at=datetime(2026, 3, 20, 10, tzinfo=UTC),
    material=("poster", "card", "text"),
    landing=Landing("Come to the fair", "Tea for everyone."),
    targets=Targets(views=100, signups=10, participations=4),
    salespeople=("lin", "boss"),
    audience=Audience(everyone=True),
    reward=Reward(500, "CNY"),
    status="published",
)


def put_campaign(campaign_id: str = SPRING, **changes: Any) -> Definition:
    """Store a campaign as it is now, whatever was there."""
    performance.forget()
    given = msgspec.structs.replace(DEFINITION, **changes)
    CampaignItem(
        campaigns.key_of(ORGANIZATION, campaign_id),
        campaigns.LATEST,
        definition=msgspec.json.encode(given).decode(),
        title=given.title,
        status=given.status,
        version=1,
        starts_at=given.starts_at,
        ends_at=given.ends_at,
        currency="CNY",
        changed_at=NOW,
        organization_id=ORGANIZATION,
        campaign_id=campaign_id,
    ).save()
    return given


def put_member(member_id: str, campaign_id: str = SPRING, **given: Any) -> Participation:
    """Let a member take part; counters that are not given are 0."""
    item = Participation(
        campaigns.key_of(ORGANIZATION, campaign_id),
        participations.name_of(member_id),
        member_id=member_id,
        name=member_id.title(),
        code=f"CODE{member_id.upper()}",
        token=token_of(member_id),
        told_version=1,
        member_key=ids.key(ORGANIZATION, member_id),
        **({"invited_at": NOW} | given),
    )
    item.save()
    Link(
        ids.key("link", item.token),
        participations.LINK,
        organization_id=ORGANIZATION,
        campaign_id=campaign_id,
        member_id=member_id,
    ).save()
    return item


def token_of(member_id: str) -> str:
    """Return the token of a member's personal link."""
    return f"{member_id:0<16}"


def put_views(member_id: str, views: int, visitors: int, day: str = TOTAL) -> None:
    """Say how often a member's code was looked at, on a day or in all."""
    row = Row("codes", f"CODE{member_id.upper()}", day)
    key = key_of(ORGANIZATION, row)
    StatisticsRow(key, ids.key(day, row.id), views=views, visitors=visitors).save()


def put_day(member_id: str, day: str, **counters: Any) -> None:
    """Say what a day brought a member."""
    key = campaigns.key_of(ORGANIZATION, SPRING)
    Day(key, ids.key("day", member_id, day), **counters).save()
