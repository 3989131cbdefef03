"""Campaigns, as operators put them, and the rounds that follow."""

import json
import time
from datetime import datetime
from typing import Any

from functions.campaigns.put_campaign.handler import handler as put_campaign
from sluice.campaigns.store import participations, publishing, tending
from sluice.campaigns.tables import Participation
from sluice.organizations import store
from sluice.shared.outbox import OutboxItem
from tests.support.aws import items_of
from tests.support.campaign_bodies import CAMPAIGN
from tests.support.events import ORGANIZATION, claims, http
from tests.support.staff import NOW

ROUTE = "PUT /organizations/{organization_id}/campaigns/{campaign_id}"


def hire(*member_ids: str, role: str = "member") -> None:
    """Put members of the organisation."""
    for member_id in member_ids:
        store.put_member(ORGANIZATION, member_id, {"name": member_id.title(), "roles": {role}}, NOW)


def put(
    campaign_id: str = "spring", who: dict[str, str] | None = None, **changes: Any
) -> tuple[int, Any]:
    """Put a campaign through the door; return status and answer."""
    path = {"organization_id": ORGANIZATION, "campaign_id": campaign_id}
    event = http(ROUTE, path=path, body=CAMPAIGN | changes, claims=who or claims())
    response = put_campaign(event, None)
    return response["statusCode"], json.loads(response["body"])


def publish(campaign_id: str = "spring", now: datetime = NOW, **changes: Any) -> None:
    """Publish a campaign and bring its members in line."""
    status, answer = put(campaign_id, **changes)
    assert status == 200, answer
    tend(now)


def tend(now: datetime = NOW) -> None:
    """Let the rounds that are due go on."""
    tending.sweep(now, time.monotonic() + 60)


def members(campaign_id: str = "spring") -> dict[str, Participation]:
    """Return the participations of a campaign by member."""
    found = participations.each(ORGANIZATION, campaign_id, limit=1_000)
    return {each.member_id: each for each in found}


def told(kind: str) -> list[dict[str, Any]]:
    """Return the notices of a kind that are wanted, by user."""
    outbox = [item for item in items_of(OutboxItem) if isinstance(item, OutboxItem)]
    found = [json.loads(item.data) for item in outbox if item.type == "notice.wanted.v1"]
    return sorted((each for each in found if each["notice"] == kind), key=lambda n: n["user_id"])


def versions_told() -> list[int]:
    """Return the versions of campaigns that events tell of."""
    outbox = [item for item in items_of(OutboxItem) if isinstance(item, OutboxItem)]
    return sorted(int(item.version) for item in outbox if item.type == publishing.CHANGED)
