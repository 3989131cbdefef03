"""What a member's personal link shows of a campaign (B2)."""

from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sluice.campaigns.performance_views import TargetsView, targets_view
from sluice.campaigns.rules import campaigns as rules
from sluice.campaigns.rules.campaigns import Campaign, State
from sluice.campaigns.tables import Participation
from sluice.organizations.tables import Organization
from sluice.shared.http import View


class LandingView(View):
    """What customers read."""

    headline: str
    text: str


class DetailView(View):
    """A campaign for the member whose link this is: `link` is what they pass on, not the page's."""

    campaign_id: str
    title: str
    introduction: str
    state: State
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    organization_name: str
    member_id: str
    member_name: str
    link: str
    material: list[str]  # kinds; each at `material/{kind}` below this page, until the end
    landing: LandingView
    targets: TargetsView
    salespeople: list[str]  # names
    signups: int
    participations: int
    rewards_minor: int
    currency: str | None = None


class Shown(NamedTuple):
    """A member in a campaign, as read for a page."""

    campaign: Campaign
    member: Participation
    organization: Organization

    @property
    def times(self) -> tuple[datetime, datetime]:
        """Start and end by the organisation's clock."""
        zone, given = ZoneInfo(self.organization.time_zone), self.campaign.definition
        return given.starts_at.astimezone(zone), given.ends_at.astimezone(zone)

    def state(self, now: datetime) -> State:
        """Tell whether the campaign is to come, runs, or has ended."""
        given = self.campaign.definition
        return rules.state_at(given.status, given.starts_at, given.ends_at, now)


def detail_view(shown: Shown, salespeople: list[str], base_url: str, now: datetime) -> DetailView:
    """Show a campaign to a member."""
    given, member = shown.campaign.definition, shown.member
    return DetailView(
        campaign_id=shown.campaign.campaign_id,
        title=given.title,
        introduction=given.introduction,
        state=shown.state(now),
        starts_at=given.starts_at,
        ends_at=given.ends_at,
        time_zone=shown.organization.time_zone,
        organization_name=shown.organization.name,
        member_id=member.member_id,
        member_name=member.name,
        link=f"{base_url}/s/{member.code}",
        material=[*given.material],
        landing=LandingView(headline=given.landing.headline, text=given.landing.text),
        targets=targets_view(given.targets),
        salespeople=salespeople,
        signups=int(member.signups),
        participations=int(member.participations),
        rewards_minor=int(member.rewards_minor),
        currency=shown.campaign.currency,
    )
