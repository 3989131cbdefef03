"""GET /organizations/{organization_id}/campaigns: campaigns by id (B1).

Or one of them, by the path, as it is now or was in a version. One query or one read. A page that
asks for a status may hold fewer than its limit. Refuses: no-such-campaign.
"""

from typing import Annotated

from msgspec import Meta

from sluice.campaigns import campaign_views
from sluice.campaigns.campaign_views import CampaignPage, CampaignView
from sluice.campaigns.refusals import NoSuchCampaign
from sluice.campaigns.rules.campaigns import CAMPAIGN_ID, Status
from sluice.campaigns.store import campaigns
from sluice.organizations import access
from sluice.organizations.rules import OPERATOR
from sluice.shared import http, paging
from sluice.shared.paging import Page

_LIST = "/organizations/{organization_id}/campaigns"


class ReadCampaigns(Page):
    """Which page of the list, or which version of a campaign."""

    status: Status | None = None
    version: Annotated[int, Meta(ge=1, le=10**9 - 1)] | None = None


@http.operation(
    access.staff(f"GET {_LIST}", OPERATOR),
    access.staff(f"GET {_LIST}/{{campaign_id}}", OPERATOR),
    query=ReadCampaigns,
    answers={200: (CampaignPage, CampaignView)},
    refusals=(NoSuchCampaign,),
)
def handler(call: http.Call[http.NoBody, ReadCampaigns]) -> http.Answer:
    """Show the campaign in the path, or a page of them."""
    query = call.query
    if "campaign_id" in call.path:
        found = campaigns.find(call.organization_id, call.path["campaign_id"], query.version)
        if found is None:
            raise NoSuchCampaign
        return http.Answer(200, campaign_views.view_of(found))
    after = paging.place_of(query, CAMPAIGN_ID)
    page = campaigns.list_campaigns(call.organization_id, after, query.limit)
    following = paging.following(query, page, lambda item: str(item.campaign_id))
    items = [campaign_views.summary_of(item) for item in page]
    wanted = [item for item in items if query.status in {None, item.status}]
    return http.Answer(200, CampaignPage(items=wanted, next_cursor=following))
