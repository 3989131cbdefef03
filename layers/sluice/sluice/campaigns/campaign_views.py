"""Campaigns as they go in and out (F3)."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from sluice.campaigns.rules import campaigns as rules
from sluice.campaigns.rules.campaigns import (
    Audience,
    Campaign,
    Definition,
    Field,
    Kind,
    Landing,
    Notify,
    Poster,
    Reward,
    Status,
    Targets,
)
from sluice.campaigns.store import campaigns, listing
from sluice.campaigns.tables import CampaignItem
from sluice.shared import http, paging
from sluice.shared.fields import Name, Time


class PutCampaign(http.Body):
    """A campaign; times without an offset are those of the organisation's clocks."""

    title: Annotated[str, Meta(min_length=1, max_length=80)]
    starts_at: datetime
    ends_at: datetime
    material: Annotated[tuple[Kind, ...], Meta(min_length=1, max_length=4)]
    landing: Landing
    salespeople: Annotated[tuple[Name, ...], Meta(min_length=1, max_length=rules.MAX_SALESPEOPLE)]
    audience: Audience
    introduction: Annotated[str, Meta(max_length=2000)] = ""
    form: Annotated[tuple[Field, ...], Meta(max_length=rules.MAX_FIELDS)] = ()
    targets: Targets = Targets()
    reward: Reward | None = None
    accent: rules.Accent = rules.BLUE
    poster: Poster = Poster()
    text_template: Annotated[str, Meta(max_length=500)] = ""
    notify: Notify = Notify()
    status: Status = rules.DRAFT


class CampaignView(http.Versioned):
    """A campaign as it is now, or as it was in a version."""

    campaign_id: str
    status: Status
    title: str
    introduction: str
    starts_at: Time
    ends_at: Time
    material: list[Kind]
    landing: Landing
    form: list[Field]
    targets: Targets
    salespeople: list[str]
    audience: Audience
    accent: str
    poster: Poster
    text_template: str
    notify: Notify
    programme: str
    reward: Reward | None = None


class CampaignSummary(http.View):
    """What a list shows of a campaign."""

    campaign_id: str
    version: int
    status: Status
    title: str
    starts_at: Time
    ends_at: Time


class CampaignPage(http.View):
    """Campaigns by id."""

    items: list[CampaignSummary]
    next_cursor: str | None = None


def definition_of(given: PutCampaign) -> Definition:
    """Return a campaign as the rules take it."""
    return Definition(**{name: getattr(given, name) for name in given.__struct_fields__})


def view_of(campaign: Campaign) -> CampaignView:
    """Return a campaign as callers see it."""
    given = campaign.definition
    facts = {name: getattr(given, name) for name in given.__struct_fields__}
    facts |= {"material": list(given.material), "form": list(given.form)}
    return CampaignView(
        campaign_id=campaign.campaign_id,
        version=campaign.version,
        programme=campaigns.programme_of(campaign.campaign_id),
        **facts,
    )


def summary_of(item: CampaignItem) -> CampaignSummary:
    """Return what a list shows."""
    names = CampaignSummary.__struct_fields__
    return msgspec.convert({name: getattr(item, name) for name in names}, CampaignSummary)


def page(
    organization_id: str,
    wanted: paging.Page,
    status: Status | None,
    salesperson_id: str | None,
    *,
    with_drafts: bool,
) -> CampaignPage:
    """Return a page of campaigns: a query, and for a salesperson's as `listing.sold_by`.

    Raises Invalid: no cursor of this list.
    """
    after = paging.place_of(wanted, rules.CAMPAIGN_ID)
    found = campaigns.list_campaigns(organization_id, after, wanted.limit)
    following = paging.following(wanted, found, lambda item: str(item.campaign_id))
    if salesperson_id is not None:
        own = listing.sold_by([item.key for item in found], salesperson_id)
        found = [item for item in found if item.key in own]
    items = [
        summary_of(item)
        for item in found
        if status in {None, item.status} and (with_drafts or item.status != rules.DRAFT)
    ]
    return CampaignPage(items=items, next_cursor=following)
