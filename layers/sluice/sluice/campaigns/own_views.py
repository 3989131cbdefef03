"""What a member is shown of the campaigns they are in, signed in (B2, B7)."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

import msgspec

from sluice.campaigns.detail_views import DetailView, Shown, detail_view
from sluice.campaigns.performance_views import BroughtView, brought_view
from sluice.campaigns.rules.campaigns import State, state_at
from sluice.campaigns.store import campaigns, participations, performance
from sluice.campaigns.tables import Participation
from sluice.organizations import listing
from sluice.organizations import store as organizations
from sluice.shared import errors, paging
from sluice.shared.http import View


class OwnCampaignView(View):
    """A campaign of a member's; `page` is their personal link: only who is the member gets it."""

    campaign_id: str
    title: str
    state: State
    starts_at: datetime
    ends_at: datetime
    invited_at: datetime
    link: str  # what they pass on
    figures: BroughtView
    currency: str | None = None
    page: str | None = None


class OwnCampaignPage(View):
    """Campaigns of a member, the newest invitation first; a page may hold fewer than its limit."""

    items: list[OwnCampaignView]
    next_cursor: str | None = None


class OwnDetailView(DetailView):
    """A campaign for the member, as their personal page shows it, and where that is."""

    page: str | None = None


class Whose(NamedTuple):
    """Whose campaigns, and for whom they are shown."""

    organization_id: str
    member_id: str
    is_own: bool  # they ask themselves
    base_url: str
    now: datetime

    def page_of(self, member: Participation) -> str | None:
        """Return the member's personal link, for nobody else."""
        return participations.url_of(self.base_url, member.token) if self.is_own else None


def own_page(whose: Whose, wanted: paging.Page, state: State | None) -> OwnCampaignPage:
    """Return a page of a member's campaigns: a query and 3 requests. Raises Invalid: no cursor."""
    after = paging.place_of(wanted, participations.PLACE)
    found = participations.of_member(whose.organization_id, whose.member_id, after, wanted.limit)
    items = [each for each in _own_views(whose, found) if state in {None, each.state}]
    following = paging.following(wanted, found, participations.place_of)
    return OwnCampaignPage(items=items, next_cursor=following)


def own_detail(whose: Whose, campaign_id: str) -> OwnDetailView:
    """Return a campaign as its member's page shows it: 3 reads and a request.

    Raises NoSuchCampaign, NotFound: not in it.
    """
    organization_id = whose.organization_id
    campaign = campaigns.load(organization_id, campaign_id)
    member = participations.find(organization_id, campaign_id, whose.member_id)
    if member is None or not participations.is_there(member):
        raise errors.NotFound("This member is not in the campaign.")
    shown = Shown(campaign, member, organizations.find_organization(organization_id))
    names = listing.names_of(organization_id, campaign.definition.salespeople)
    facts = msgspec.structs.asdict(detail_view(shown, names, whose.base_url, whose.now))
    return OwnDetailView(**facts, page=whose.page_of(member))


def _own_views(whose: Whose, found: list[Participation]) -> Iterator[OwnCampaignView]:
    """Yield the campaigns that a member still is in."""
    heads = campaigns.heads([each.key for each in found])
    for brought in performance.with_figures(whose.organization_id, found):
        member = brought.participation
        campaign = heads.get(member.key)
        if campaign is None or not participations.is_there(member):
            continue
        yield OwnCampaignView(
            campaign_id=member.key.partition("#")[2],
            title=campaign.title,
            state=state_at(campaign.status, campaign.starts_at, campaign.ends_at, whose.now),
            starts_at=campaign.starts_at,
            ends_at=campaign.ends_at,
            invited_at=member.invited_at,
            link=f"{whose.base_url}/s/{member.code}",
            figures=brought_view(brought.figures),
            currency=campaign.currency,
            page=whose.page_of(member),
        )
